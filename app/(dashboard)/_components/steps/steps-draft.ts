import type { z } from 'zod';
import {
  type Step,
  type StepFile,
  type StepInput,
  type StepKind,
  stepSchema,
  type Upload,
} from '#lib/images/schema.ts';

/** One variable, while it is typed. */
export interface VariableRow {
  readonly id: number;
  readonly name: string;
  readonly value: string;
}

/** A step as it is typed. Ids tell steps apart while they move; they mean nothing elsewhere. */
export type StepDraft = { readonly id: number } & (
  | ({
      readonly kind: 'apt_install' | 'pip_install' | 'uv_pip_install';
      readonly packages: readonly string[];
      /** Of pip and uv: the specification's names, as typed. */
      readonly options: Readonly<Record<PipOption, string>>;
      readonly pre: boolean;
    } & RunDraft)
  | ({
      readonly kind: 'run_commands';
      readonly text: string;
      /** Variables of these commands alone. */
      readonly rows: readonly VariableRow[];
    } & RunDraft)
  | ({
      readonly kind: 'dockerfile_commands';
      readonly text: string;
      readonly files: readonly StepFile[];
    } & RunDraft)
  | { readonly kind: 'entrypoint' | 'cmd'; readonly text: string }
  | { readonly kind: 'env'; readonly rows: readonly VariableRow[] }
  | { readonly kind: 'workdir'; readonly path: string }
  | {
      readonly kind: 'add_file';
      /** Null until it has arrived. */
      readonly upload: Upload | null;
      readonly path: string;
      readonly mode: string;
    }
);

/** Of files that are only there to be read, as most are. */
export const usualMode = '0644';

/** What all steps have that run something. */
interface RunDraft {
  readonly secrets: readonly string[];
  readonly isForced: boolean;
}

export const pipOptions = ['index_url', 'extra_index_url', 'find_links', 'extra_options'] as const;
export type PipOption = (typeof pipOptions)[number];

/** The kinds that people reach for, and the others. */
export const commonKinds = [
  'apt_install',
  'pip_install',
  'run_commands',
  'add_file',
  'env',
  'workdir',
] as const;
export const otherKinds = ['uv_pip_install', 'dockerfile_commands', 'entrypoint', 'cmd'] as const;

export function newStep(kind: StepKind, id: number): StepDraft {
  switch (kind) {
    case 'apt_install':
    case 'pip_install':
    case 'uv_pip_install':
      return { id, kind, packages: [], options: noOptions, pre: false, ...newRun };
    case 'run_commands':
      return { id, kind, text: '', rows: [], ...newRun };
    case 'dockerfile_commands':
      return { id, kind, text: '', files: [], ...newRun };
    case 'entrypoint':
    case 'cmd':
      return { id, kind, text: '' };
    case 'env':
      return { id, kind, rows: [{ id: 0, name: '', value: '' }] };
    case 'workdir':
      return { id, kind, path: '' };
    case 'add_file':
      return { id, kind, upload: null, path: '', mode: usualMode };
  }
}

const noOptions = { index_url: '', extra_index_url: '', find_links: '', extra_options: '' };
const newRun: RunDraft = { secrets: [], isForced: false };

/** Steps that are kept already, to be typed on. */
export function draftsOf(steps: readonly Step[]): readonly StepDraft[] {
  return steps.map((step, id) => draftOf(step, id));
}

function draftOf(step: Step, id: number): StepDraft {
  switch (step.kind) {
    case 'apt_install':
      return { id, kind: step.kind, packages: step.packages, options: noOptions, pre: false, ...runOf(step) };
    case 'pip_install':
    case 'uv_pip_install': {
      const { packages, pre, extra_options } = step;
      const { index_url = '', extra_index_url = '', find_links = '' } = step;
      const options = { index_url, extra_index_url, find_links, extra_options };
      return { id, kind: step.kind, packages, options, pre, ...runOf(step) };
    }
    case 'run_commands':
      return { id, kind: step.kind, text: step.commands.join('\n'), rows: rowsOf(step.env), ...runOf(step) };
    case 'dockerfile_commands':
      return { id, kind: step.kind, text: step.commands.join('\n'), files: step.files, ...runOf(step) };
    case 'entrypoint':
    case 'cmd':
      return { id, kind: step.kind, text: step.arguments.join('\n') };
    case 'env':
      return { id, kind: step.kind, rows: rowsOf(step.variables) };
    case 'workdir':
      return { id, kind: step.kind, path: step.path };
    case 'add_file': {
      const { kind, path, mode, ...upload } = step;
      return { id, kind, path, mode, upload };
    }
  }
}

function runOf(step: { readonly secrets: readonly string[]; readonly force_build: boolean }): RunDraft {
  return { secrets: step.secrets, isForced: step.force_build };
}

function rowsOf(variables: Readonly<Record<string, string>>): readonly VariableRow[] {
  return Object.entries(variables).map(([name, value], id) => ({ id, name, value }));
}

/** What is wrong with a step, and at which of its fields, named as in a definition; of variables, in which row. */
export interface StepProblem {
  readonly message: string;
  readonly field: string;
  readonly rowId?: number | undefined;
}

/** The steps that were typed, or what is wrong with each of them, by id. What says nothing yet is no step. */
export interface CheckedSteps {
  readonly steps: readonly Step[];
  readonly problems: ReadonlyMap<number, StepProblem>;
}

export function checkSteps(drafts: readonly StepDraft[]): CheckedSteps {
  const problems = new Map<number, StepProblem>();
  const steps = drafts.flatMap((draft) => {
    const input = inputOf(draft);
    if (input === null) return [];
    const parsed = stepSchema.safeParse(input);
    const problem = parsed.success ? repeatedVariable(draft) : problemOf(draft, parsed.error.issues[0]);
    if (problem !== undefined) problems.set(draft.id, problem);
    return parsed.success && problem === undefined ? [parsed.data] : [];
  });
  return { steps, problems };
}

function problemOf(draft: StepDraft, issue: z.core.$ZodIssue | undefined): StepProblem {
  if (draft.kind === 'add_file' && draft.upload === null) {
    return { message: 'Choose a file, and wait until it has arrived.', field: 'file' };
  }
  const [field = '', name] = issue?.path ?? [];
  const row = 'rows' in draft ? draft.rows.find((each) => each.name === name) : undefined;
  return { message: issue?.message ?? 'Correct this step.', field: String(field), rowId: row?.id };
}

/** Of two variables with one name the image would have the later alone. */
function repeatedVariable(draft: StepDraft): StepProblem | undefined {
  const rows = 'rows' in draft ? typedRows(draft.rows) : [];
  const row = rows.find(({ name }, index) => rows.findIndex((each) => each.name === name) < index);
  if (row === undefined) return undefined;
  const message = `There is a variable ${row.name} above: change one of the names, or remove one.`;
  return { message, field: draft.kind === 'env' ? 'variables' : 'env', rowId: row.id };
}

function inputOf(draft: StepDraft): StepInput | null {
  switch (draft.kind) {
    case 'apt_install':
      return draft.packages.length === 0
        ? null
        : { kind: draft.kind, packages: [...draft.packages], ...runInput(draft) };
    case 'pip_install':
    case 'uv_pip_install':
      return draft.packages.length === 0 ? null : pipInput(draft);
    case 'run_commands': {
      const commands = draft.text.split('\n').filter((line) => line.trim() !== '');
      if (commands.length === 0) return null;
      return { kind: draft.kind, commands, env: variablesOf(draft.rows), ...runInput(draft) };
    }
    case 'dockerfile_commands': {
      if (draft.text.trim() === '' && draft.files.length === 0) return null;
      const commands = linesOf(draft.text);
      return { kind: draft.kind, commands, files: [...draft.files], ...runInput(draft) };
    }
    case 'entrypoint':
    case 'cmd':
      return { kind: draft.kind, arguments: linesOf(draft.text) };
    case 'env': {
      const variables = variablesOf(draft.rows);
      return Object.keys(variables).length === 0 ? null : { kind: draft.kind, variables };
    }
    case 'workdir':
      return draft.path.trim() === '' ? null : { kind: draft.kind, path: draft.path };
    case 'add_file': {
      const { kind, upload, path, mode } = draft;
      if (upload !== null) return { kind, path, ...upload, mode };
      // No step without a file; while it is on its way, its path says that there will be one.
      return path.trim() === '' ? null : { kind, path, name: '', file: '', size_bytes: 0, mode };
    }
  }
}

function runInput({ secrets, isForced }: RunDraft) {
  return { secrets: [...secrets], force_build: isForced };
}

function variablesOf(rows: readonly VariableRow[]): Record<string, string> {
  return Object.fromEntries(typedRows(rows).map(({ name, value }) => [name, value]));
}

function typedRows(rows: readonly VariableRow[]): readonly VariableRow[] {
  return rows.filter(({ name, value }) => name !== '' || value !== '');
}

function pipInput(
  draft: Extract<StepDraft, { kind: 'pip_install' | 'uv_pip_install' | 'apt_install' }>,
): StepInput {
  const { packages, pre, options } = draft;
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value.trim() !== ''));
  const kind = draft.kind === 'uv_pip_install' ? draft.kind : 'pip_install';
  return { kind, packages: [...packages], pre, ...runInput(draft), ...given };
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.split('\n');
}

/** The step at a place, moved up or down by one. */
export function moved(drafts: readonly StepDraft[], index: number, by: -1 | 1): readonly StepDraft[] {
  const [step, other] = [drafts[index], drafts[index + by]];
  if (step === undefined || other === undefined) return drafts;
  return drafts.with(index, other).with(index + by, step);
}

export function nextId(drafts: readonly { readonly id: number }[]): number {
  return Math.max(-1, ...drafts.map(({ id }) => id)) + 1;
}
