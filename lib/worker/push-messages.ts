import { z } from 'zod';
import { errorReportSchema } from '#lib/errors/schema.ts';
import { type Digest, isDigest } from '#lib/oci/digest.ts';
import { pushProgressSchema } from '#lib/push/schema.ts';
import { secretTypeSchema } from '#lib/secrets/schema.ts';
import { wayOutSchema } from './way-out.ts';

/**
 * What a worker and the process of a push say to each other, over the pipe between them. As with builds, values of secrets
 * travel here alone, and a message is read by schema on both sides.
 */

/** As many as a manifest can name. */
const digestsMax = 50_000;

const digestSchema = z.custom<Digest>((text) => typeof text === 'string' && isDigest(text));

const openedSecretSchema = z
  .object({
    type: secretTypeSchema,
    host: z.string().nullable(),
    values: z.record(z.string(), z.string()),
  })
  .nullable();

const pushJobSchema = z.object({
  ...wayOutSchema.shape,
  reference: z.string(),
  storeFolder: z.string(),
  secret: openedSecretSchema,
  manifest: z.object({ digest: digestSchema, mediaType: z.string(), sizeBytes: z.int().min(0) }),
  /** Which blobs another repository of the same registry has given to this workspace. */
  mountFrom: z.array(z.tuple([z.string(), z.string()])).max(digestsMax),
  /** What has to be readable; null where the build has just proved it. */
  base: z.object({ reference: z.string(), digest: z.string(), secret: openedSecretSchema }).nullable(),
  /** The process ends by itself when it hears nothing for so long. */
  silenceMaxMs: z.int(),
});
export type PushJob = z.infer<typeof pushJobSchema>;

export const toPushSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('job'), job: pushJobSchema }),
  /** The lease was renewed. */
  z.object({ kind: z.literal('alive') }),
  z.object({ kind: z.literal('cancel') }),
]);
export type ToPush = z.infer<typeof toPushSchema>;

const blobSchema = z.object({ digest: digestSchema, sizeBytes: z.int().min(0) });

const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('succeeded'),
    digest: digestSchema,
    sentBytes: z.int().min(0),
    mountedBytes: z.int().min(0),
    presentBytes: z.int().min(0),
    blobs: z.array(blobSchema).max(digestsMax),
  }),
  z.object({
    kind: z.literal('failed'),
    error: errorReportSchema,
    diagnostic: z.string().max(16_384).optional(),
  }),
]);
export type PushOutcome = z.infer<typeof outcomeSchema>;

export const fromPushSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  /** The answer to `alive`: the process is not stuck. */
  z.object({ kind: z.literal('alive') }),
  z.object({ kind: z.literal('progress'), progress: pushProgressSchema }),
  z.object({ kind: z.literal('ended'), outcome: outcomeSchema }),
]);
export type FromPush = z.infer<typeof fromPushSchema>;
