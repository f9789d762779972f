import { InputError } from '#lib/errors/input.ts';
import { type ErrorReport, reportError } from '#lib/errors/report.ts';

/** Why an action did nothing, as data that crosses to the browser. */
export interface ActionFailure {
  readonly report: ErrorReport;
  /** Sentences for single fields, by field. */
  readonly fields: Readonly<Record<string, string>>;
}

export function failureOf(error: unknown): ActionFailure {
  return { report: reportError(error), fields: error instanceof InputError ? error.fields : {} };
}
