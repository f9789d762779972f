import { z } from 'zod';
import { errorReportSchema } from '#lib/errors/schema.ts';
import { preflightViewSchema } from '#lib/preflight/schema.ts';
import { secretTypeSchema } from '#lib/secrets/schema.ts';
import { wayOutSchema } from './way-out.ts';

/**
 * What a worker and the process of a check say to each other, over the pipe between them. As with builds, values of a
 * secret travel here alone, and a message is read by schema on both sides.
 */

/** As many as a manifest can name. */
const digestsMax = 50_000;

const preflightJobSchema = z.object({
  /** Null to try the secret alone. */
  reference: z.string().nullable(),
  platform: z.string(),
  storeFolder: z.string(),
  ...wayOutSchema.shape,
  /** The opened values; null without a secret. */
  secret: z
    .object({
      type: secretTypeSchema,
      host: z.string().nullable(),
      values: z.record(z.string(), z.string()),
    })
    .nullable(),
});
export type PreflightJob = z.infer<typeof preflightJobSchema>;

export const toPreflightSchema = z.discriminatedUnion('kind', [
  /** `budgetMs` is for all checks together. */
  z.object({ kind: z.literal('job'), job: preflightJobSchema, budgetMs: z.int().min(0) }),
  z.object({ kind: z.literal('known'), id: z.int(), digests: z.array(z.string()).max(digestsMax) }),
]);
export type ToPreflight = z.infer<typeof toPreflightSchema>;

export const fromPreflightSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  /** The checks as they stand, while they are made. */
  z.object({ kind: z.literal('view'), view: preflightViewSchema }),
  /** What was found, and whether the registry or its cloud refused the credentials as such. */
  z.object({ kind: z.literal('ended'), view: preflightViewSchema, isCredentialRefused: z.boolean() }),
  /** Which of some blobs this repository already delivered to this workspace. */
  z.object({ kind: z.literal('known?'), id: z.int(), digests: z.array(z.string()).max(digestsMax) }),
  /** A fault of our own ended the checks; redacted, the diagnostic for the worker's log. */
  z.object({ kind: z.literal('fault'), problem: errorReportSchema, diagnostic: z.string().max(16_384) }),
]);
export type FromPreflight = z.infer<typeof fromPreflightSchema>;
