import { type ErrorReport, exitCodeOf, reportError } from '#lib/errors/report.ts';

/** How commands with --json tell a failure: the line for programs, with the exit code that follows it. */
export function errorLine(error: unknown): {
  readonly kind: 'error';
  readonly error: ErrorReport;
  readonly exitCode: number;
} {
  const report = reportError(error);
  return { kind: 'error', error: report, exitCode: exitCodeOf(report.kind) };
}
