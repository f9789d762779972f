import { type Step, type StepInput, type StepKind, stepSchema } from '#lib/images/schema.ts';

/** One variable, while it is typed. */
export interface VariableRow {
  readonly id: number;
  readonly name: string;
  readonly value: string;
}

/** A step as it is typed. Ids tell steps apart while they move; they mean nothing elsewhere. */
export type StepDraft = { readonly id: number } & (
  | {
      readonly kind: 'apt_install' | 'pip_install' | 'uv_pip_install';
      readonly packages: readonly string[];
      /** Of pip and uv: the specification's names, as typed. */
      readonly options: Readonly<Record<PipOption, string>>;
      readonly pre: boolean;
      readonly secrets: readonly string[];
    }
  | {
      readonly kind: 'run_commands' | 'dockerfile_commands';
      readonly text: string;
      readonly secrets: readonly string[];
    }
  | { readonly kind: 'entrypoint' | 'cmd'; readonly text: string }
  | { readonly kind: 'env'; readonly rows: readonly VariableRow[] }
  | { readonly kind: 'workdir'; readonly path: string }
);

export const pipOptions = ['index_url', 'extra_index_url', 'find_links', 'extra_options'] as const;
export type PipOption = (typeof pipOptions)[number];

/** The kinds that people reach for, and the others. */
export const commonKinds = ['apt_install', 'pip_install', 'run_commands', 'env', 'workdir'] as const;
export const otherKinds = ['uv_pip_install', 'dockerfile_commands', 'entrypoint', 'cmd'] as const;

export function newStep(kind: StepKind, id: number): StepDraft {
  switch (kind) {
    case 'apt_install':
    case 'pip_install':
    case 'uv_pip_install':
      return { id, kind, packages: [], options: noOptions, pre: false, secrets: [] };
    case 'run_commands':
    case 'dockerfile_commands':
      return { id, kind, text: '', secrets: [] };
    case 'entrypoint':
    case 'cmd':
      return { id, kind, text: '' };
    case 'env':
      return { id, kind, rows: [{ id: 0, name: '', value: '' }] };
    case 'workdir':
      return { id, kind, path: '' };
  }
}

const noOptions = { index_url: '', extra_index_url: '', find_links: '', extra_options: '' };

/** Steps that are kept already, to be typed on. */
export function draftsOf(steps: readonly Step[]): readonly StepDraft[] {
  return steps.map((step, id) => draftOf(step, id));
}

function draftOf(step: Step, id: number): StepDraft {
  switch (step.kind) {
    case 'apt_install':
      return { ...newPackages(step.kind, id), packages: step.packages, secrets: step.secrets };
    case 'pip_install':
    case 'uv_pip_install': {
      const { packages, secrets, pre, extra_options } = step;
      const { index_url = '', extra_index_url = '', find_links = '' } = step;
      const options = { index_url, extra_index_url, find_links, extra_options };
      return { id, kind: step.kind, packages, options, pre, secrets };
    }
    case 'run_commands':
    case 'dockerfile_commands':
      return { id, kind: step.kind, text: step.commands.join('\n'), secrets: step.secrets };
    case 'entrypoint':
    case 'cmd':
      return { id, kind: step.kind, text: step.arguments.join('\n') };
    case 'env': {
      const rows = Object.entries(step.variables).map(([name, value], row) => ({ id: row, name, value }));
      return { id, kind: step.kind, rows };
    }
    case 'workdir':
      return { id, kind: step.kind, path: step.path };
  }
}

function newPackages(kind: 'apt_install', id: number) {
  return { id, kind, options: noOptions, pre: false };
}

/** The steps that were typed, or what is wrong with each of them, by id. What says nothing yet is no step. */
export interface CheckedSteps {
  readonly steps: readonly Step[];
  readonly problems: ReadonlyMap<number, string>;
}

export function checkSteps(drafts: readonly StepDraft[]): CheckedSteps {
  const problems = new Map<number, string>();
  const steps = drafts.flatMap((draft) => {
    const input = inputOf(draft);
    if (input === null) return [];
    const parsed = stepSchema.safeParse(input);
    if (parsed.success) return [parsed.data];
    problems.set(draft.id, parsed.error.issues[0]?.message ?? 'Correct this step.');
    return [];
  });
  return { steps, problems };
}

function inputOf(draft: StepDraft): StepInput | null {
  switch (draft.kind) {
    case 'apt_install':
      return draft.packages.length === 0
        ? null
        : { kind: draft.kind, packages: [...draft.packages], secrets: [...draft.secrets] };
    case 'pip_install':
    case 'uv_pip_install':
      return draft.packages.length === 0 ? null : pipInput(draft);
    case 'run_commands':
    case 'dockerfile_commands': {
      const commands = linesOf(draft.text);
      return commands.length === 0 ? null : { kind: draft.kind, commands, secrets: [...draft.secrets] };
    }
    case 'entrypoint':
    case 'cmd':
      return { kind: draft.kind, arguments: linesOf(draft.text) };
    case 'env': {
      const rows = draft.rows.filter(({ name, value }) => name !== '' || value !== '');
      const variables = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
      return rows.length === 0 ? null : { kind: draft.kind, variables };
    }
    case 'workdir':
      return draft.path.trim() === '' ? null : { kind: draft.kind, path: draft.path };
  }
}

function pipInput(
  draft: Extract<StepDraft, { kind: 'pip_install' | 'uv_pip_install' | 'apt_install' }>,
): StepInput {
  const { packages, pre, secrets, options } = draft;
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value.trim() !== ''));
  const kind = draft.kind === 'uv_pip_install' ? draft.kind : 'pip_install';
  return { kind, packages: [...packages], pre, secrets: [...secrets], ...given };
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

/** Packages out of what was typed or pasted: between blanks and commas, but for one that has a condition of its own. */
export function readPackages(text: string): readonly string[] {
  if (text.includes(';')) return [text.trim()].filter((each) => each !== '');
  return text.split(/[\s,]+(?![^[]*\])/).filter((each) => each !== '');
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
