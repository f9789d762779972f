import type { ErrorReport } from '#lib/errors/report.ts';
import type { StepProblem } from '../../../_components/steps/steps-draft.ts';
import type { Refusal } from '../../refusal.ts';

/** A refusal by where the form says it. Nothing of it is said nowhere. */
export interface SplitRefusal<Control extends string> {
  /** At the controls that there are. */
  readonly controls: Readonly<Partial<Record<Control, string>>>;
  /** At the steps, by their index in the definition. */
  readonly steps: ReadonlyMap<number, StepProblem>;
  /** At the head of the form: what is at no control, or the refusal as a whole. */
  readonly panel: ErrorReport | null;
}

/**
 * @param options.controls the form's control for each field of a refusal
 * @param options.stepCount of the definition that was refused
 */
export function splitRefusal<Control extends string>(
  refusal: Refusal | null,
  options: { readonly controls: Readonly<Record<string, Control>>; readonly stepCount: number },
): SplitRefusal<Control> {
  const controls: Partial<Record<Control, string>> = {};
  const steps = new Map<number, StepProblem>();
  const rest: string[] = [];
  for (const [field, text] of Object.entries(refusal?.fields ?? {})) {
    const control = Object.hasOwn(options.controls, field) ? options.controls[field] : undefined;
    const [, index, part = ''] = /^steps\.(\d+)(?:\.(\w+))?/.exec(field) ?? [];
    const step = Number(index);
    if (control !== undefined) controls[control] = text;
    else if (step < options.stepCount) steps.set(step, { message: text, field: part });
    else rest.push(text);
  }
  return { controls, steps, panel: refusal === null ? null : panelOf(refusal.report, { refusal, rest }) };
}

function panelOf(
  report: ErrorReport,
  { refusal, rest }: { readonly refusal: Refusal; readonly rest: readonly string[] },
): ErrorReport | null {
  const isSaidInPart = rest.length < Object.keys(refusal.fields).length;
  if (!isSaidInPart) return report;
  return rest.length === 0 ? null : { ...report, why: rest.join(' ') };
}
