import { z } from 'zod';
import type { ErrorReport } from './report.ts';

/** Longest text to copy: a policy statement has some hundred characters. */
const pasteCharactersMax = 8_192;

/** A report as it comes back from the database or from another process. */
export const errorReportSchema = z.object({
  code: z.string(),
  kind: z.enum([
    'input',
    'denied',
    'not_found',
    'conflict',
    'rate_limited',
    'network',
    'registry',
    'integrity',
    'storage',
    'setup',
    'unsupported',
    'cancelled',
    'internal',
  ]),
  isRetryable: z.boolean(),
  what: z.string(),
  why: z.string(),
  next: z.string(),
  paste: z.object({ title: z.string(), text: z.string().max(pasteCharactersMax) }).exactOptional(),
}) satisfies z.ZodType<ErrorReport>;
