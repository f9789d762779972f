import { z } from 'zod';
import { fromBase64 } from './base64.ts';
import { disagreementOf, type PublicRecord } from './public-record.ts';
import { patternCharactersMax, patternsMax, patternsProblem } from './repository-pattern.ts';
import { customKeysMax, secretNameSchema, secretTypeSchema } from './schema.ts';

const idSchema = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'Reload the page and try again.');

/** 512 KiB, the bound of a sealed record, as base64. */
const sealedCharactersMax = Math.ceil((512 * 1024) / 3) * 4;

/** Patterns as a form posts them; whether they suit the secret is asked where it is known. */
export const repositoriesSchema = z.array(z.string().min(1).max(patternCharactersMax)).max(patternsMax);

const versionShape = z.object({
  /** Chosen at random by whoever sealed; part of what the seal is bound to. */
  versionId: idSchema,
  type: secretTypeSchema,
  /** `bindingOf` the type; the one that counts is sealed. */
  host: z.string().max(300).nullable(),
  keyId: z.string().regex(/^[0-9a-f]{16}$/),
  /** Base64 on the way in, bytes afterwards. */
  sealed: z.string().min(1).max(sealedCharactersMax).transform(decodeOrRefuse),
  /** The keys that hold a value. */
  keys: z.array(z.string().min(1).max(16_384)).min(1).max(customKeysMax),
  /** Values of public keys, for people to recognise the version by. */
  facts: z.record(z.string().min(1).max(64), z.string().min(1).max(2048)),
});

/** A sealed set of values, as a browser posts it to replace those of a secret. */
export const sealedVersionSchema = versionShape.superRefine(refuseDisagreement);
export type SealedVersion = z.output<typeof sealedVersionSchema>;
export type SealedVersionInput = z.input<typeof sealedVersionSchema>;

/** A new secret, as a browser posts it. There is no plaintext in it. */
export const sealedSecretSchema = versionShape
  .extend({ id: idSchema, name: secretNameSchema, repositories: repositoriesSchema.default([]) })
  .superRefine(refuseDisagreement)
  .superRefine(({ repositories: patterns, ...binding }, context) => {
    const message = patternsProblem({ patterns, binding });
    if (message !== undefined) context.addIssue({ code: 'custom', message, path: ['repositories'] });
  });
export type SealedSecret = z.output<typeof sealedSecretSchema>;
export type SealedSecretInput = z.input<typeof sealedSecretSchema>;

function decodeOrRefuse(text: string, context: z.RefinementCtx): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(text);
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: 'custom', message: 'The sealed values are no base64.' });
  return z.NEVER;
}

function refuseDisagreement(version: PublicRecord, context: z.RefinementCtx): void {
  const message = disagreementOf(version);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
}
