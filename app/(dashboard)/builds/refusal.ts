import { InputError } from '#lib/errors/input.ts';
import { type ErrorReport, reportError } from '#lib/errors/report.ts';

/** Why nothing was started or stopped. `fields` says it at the field, where the field is known. */
export interface Refusal {
  readonly report: ErrorReport;
  readonly fields: Readonly<Record<string, string>>;
}

/** A refusal as a form shows it. */
export function refusalOf(error: unknown): Refusal {
  const report = reportError(error);
  if (report.kind === 'internal') console.error(error);
  if (error instanceof InputError) return { report, fields: error.fields };
  const field = fieldOfCode[report.code];
  return { report, fields: field === undefined ? {} : { [field]: `${report.why} ${report.next}` } };
}

/** Refusals that are about one field. */
const fieldOfCode: Readonly<Record<string, string>> = {
  reference_invalid: 'reference',
  platform_invalid: 'platform',
  secret_host_mismatch: 'secretName',
  custom_secret: 'secretName',
};
