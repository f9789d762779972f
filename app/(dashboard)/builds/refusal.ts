import type { z } from 'zod';
import { InputError } from '#lib/errors/input.ts';
import { type ErrorReport, reportError } from '#lib/errors/report.ts';

/** Why nothing was done. `fields` says it at the field, where the field is known. */
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

/**
 * What an action was called with, in its shape.
 * @param what the plain fact of a refusal: "The build was not started"
 * @throws InputError saying of each field what the schema says of it. Fields of a definition go by their own names.
 */
export function parseInput<Output>(schema: z.ZodType<Output>, input: unknown, what: string): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const fields: Record<string, string> = {};
  for (const { path, message } of parsed.error.issues) {
    fields[path.filter((part) => part !== 'definition').join('.')] ??= message;
  }
  const why = parsed.error.issues[0]?.message ?? 'It has another shape.';
  throw new InputError({ what, why, next: 'Correct it and try again.' }, fields);
}

/** Refusals that are about one field. */
const fieldOfCode: Readonly<Record<string, string>> = {
  reference_invalid: 'reference',
  platform_invalid: 'platform',
  secret_host_mismatch: 'secretName',
  custom_secret: 'secretName',
};
