import { type ErrorReport, reportError } from '#lib/errors/report.ts';
import { ReportedError } from '#lib/errors/reported-error.ts';
import { cleanReport } from './clean-texts.ts';

/** A failure as it leaves the process that met it. `diagnostic`: redacted text of a fault of our own, for the worker's log. */
export interface ToldFailure {
  readonly error: ErrorReport;
  readonly diagnostic?: string;
}

export function failureOf(error: unknown, clean: (text: string) => string): ToldFailure {
  const report = reportError(error);
  const cleaned = cleanReport(report, clean);
  if (report.kind !== 'internal') return { error: cleaned };
  const diagnostic = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { error: cleaned, diagnostic: clean(diagnostic).slice(0, diagnosticMax) };
}

/** The failure to throw on to whoever prints it and knows none of the values: its texts and its trace hold none any more. */
export function cleanedError(error: unknown, clean: (text: string) => string): ReportedError {
  const { error: report, diagnostic } = failureOf(error, clean);
  return new ReportedError(report, diagnostic);
}

/** A stack with its causes. */
const diagnosticMax = 16_000;
