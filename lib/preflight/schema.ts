import { z } from 'zod';
import { errorReportSchema } from '#lib/errors/schema.ts';
import { sealedVersionSchema } from '#lib/secrets/sealed-secret.ts';

/** The checks before a build, in their order. Each needs those before it to have passed or been skipped. */
export const checkNames = [
  'name',
  'dns',
  'tls',
  'sign_in',
  'permission',
  'manifest',
  'platform',
  'size',
  'pulls_left',
] as const;
const checkNameSchema = z.enum(checkNames);
export type CheckName = z.infer<typeof checkNameSchema>;

/** How people call each check. */
export const checkLabels: Readonly<Record<CheckName, string>> = {
  name: 'Name',
  dns: 'DNS',
  tls: 'TLS',
  sign_in: 'Sign-in',
  permission: 'Permission',
  manifest: 'Manifest',
  platform: 'Platform',
  size: 'Size',
  pulls_left: 'Pulls left',
};

/** Longest `detail`: a reference has 1,024 characters at most. */
export const detailCharactersMax = 2_000;

/** One check as far as it has come. */
export const preflightCheckSchema = z.object({
  name: checkNameSchema,
  /** `warned` lets a build start. `skipped` says in `detail` why it was not made. */
  state: z.enum(['waiting', 'running', 'passed', 'warned', 'failed', 'skipped']),
  /** One line: what was found. Empty while waiting. */
  detail: z.string().max(detailCharactersMax),
  tookMs: z.int().min(0).optional(),
  /** What, why and what to do, of one that failed or warned. */
  problem: errorReportSchema.optional(),
});
export type PreflightCheck = z.infer<typeof preflightCheckSchema>;

/** Where a credential stands at a registry that counts pulls. */
export const allowanceSchema = z.object({
  limit: z.int().min(0),
  remaining: z.int().min(0),
  windowSeconds: z.int().min(0).optional(),
});
export type Allowance = z.infer<typeof allowanceSchema>;

/** A preflight as it stands: every check, in order. Each message of a stream is a whole one. */
export const preflightViewSchema = z.object({
  state: z.enum(['queued', 'running', 'ended']),
  /** Of one that nobody took for some seconds: no worker runs, or none has a free slot. */
  waitsFor: z.enum(['worker', 'slot']).exactOptional(),
  checks: z.array(preflightCheckSchema).max(checkNames.length),
  allowance: allowanceSchema.optional(),
  /** ISO 8601. When it ended, for a result that was held. */
  endedAt: z.string().optional(),
});
export type PreflightView = z.infer<typeof preflightViewSchema>;

/** What a page asks to be checked, as JSON. References and platforms are parsed later. */
export const preflightInputSchema = z
  .object({
    /** Null to try the secret alone. */
    reference: z.string().trim().min(1).max(1_000).nullable(),
    platform: z.string().trim().min(1).max(200).default('linux/amd64'),
    /** A saved secret of the workspace; null for none. */
    secretName: z.string().max(200).nullable().default(null),
    /** A sealed version that is not saved, instead of a saved one. It is forgotten when the check has ended. */
    draft: z.object({ secretId: z.uuid().lowercase(), version: sealedVersionSchema }).exactOptional(),
    /** A person pressed the button, so a result that is still held is no answer. */
    isAsked: z.boolean().default(false),
  })
  .refine(({ draft, secretName }) => draft === undefined || secretName === null, {
    error: 'A check takes a saved secret or a draft, not both.',
  })
  .refine(
    ({ reference, draft, secretName }) => reference !== null || draft !== undefined || secretName !== null,
    {
      error: 'A check needs a reference or a secret.',
    },
  );
export type PreflightInput = z.output<typeof preflightInputSchema>;
/** The same as a page posts it. */
export type PreflightRequest = z.input<typeof preflightInputSchema>;
