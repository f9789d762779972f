import { type ErrorReport, reportError } from '#lib/errors/report.ts';
import { cleanReport } from './clean-texts.ts';

/** A failure as it leaves the process that met it. `diagnostic`: redacted text of a fault of our own, for the worker's log. */
export interface ToldFailure {
  readonly error: ErrorReport;
  readonly diagnostic?: string;
}

export function failureOf(error: unknown, hide: (text: string) => string): ToldFailure {
  const report = reportError(error);
  const hidden = cleanReport(report, hide);
  if (report.kind !== 'internal') return { error: hidden };
  const diagnostic = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { error: hidden, diagnostic: hide(diagnostic).slice(0, diagnosticMax) };
}

/** A stack with its causes. */
const diagnosticMax = 16_000;
