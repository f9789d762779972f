import type { z } from 'zod';
import { type ErrorReport, reportError } from '#lib/errors/report.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** What a form's server action hands back: what was typed, and what is wrong with it. */
export interface FormState {
  /** By field name, without what is write-only. */
  readonly values: Readonly<Record<string, string>>;
  /** By field name: what to do about it. */
  readonly errors: Readonly<Record<string, string>>;
  /** What stopped the whole of it. */
  readonly failure: ErrorReport | null;
  /** Rises with each success, for pages that say so. */
  readonly doneCount: number;
}

export const emptyForm: FormState = { values: {}, errors: {}, failure: null, doneCount: 0 };

/** The text fields of a posted form, by name. */
export function textsOf(form: FormData): Record<string, string> {
  return Object.fromEntries(
    [...form].flatMap(([name, value]) =>
      typeof value === 'string' && !name.startsWith('$') ? [[name, value]] : [],
    ),
  );
}

/** What was typed, without the named fields, which never travel back. */
export function keptValues(values: Readonly<Record<string, string>>, ...writeOnly: readonly string[]) {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !writeOnly.includes(name)));
}

/** The first complaint about each field. */
export function fieldErrors(error: z.ZodError): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { path, message } of error.issues) errors[String(path[0])] ??= message;
  return errors;
}

/** A raised error as a form shows it. Defects are thrown on: whoever asked is told of them by `askAction`. */
export function failureOf(error: unknown): ErrorReport {
  if (error instanceof SlipwayError) return reportError(error);
  throw error;
}
