import { type ErrorReport, httpStatusOf, reportError } from '#lib/errors/report.ts';

/** What was thrown, as an answer tells it. Faults of our own are logged. */
export function failureOf(thrown: unknown): { readonly error: ErrorReport; readonly status: number } {
  const error = reportError(thrown);
  if (error.kind === 'internal') console.error(thrown);
  return { error, status: statuses[error.code] ?? httpStatusOf(error.kind) };
}

/** Where HTTP tells apart what is one kind. */
const statuses: Readonly<Record<string, number>> = { not_signed_in: 401, result_gone: 410 };
