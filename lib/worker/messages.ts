import { z } from 'zod';
import { buildEventSchema } from '#lib/builds/schema.ts';
import { errorReportSchema } from '#lib/errors/schema.ts';
import { contentsSummarySchema, imageContentsSchema } from '#lib/images/contents.ts';
import { builtStepsMax } from '#lib/images/schema.ts';
import { type Digest, isDigest } from '#lib/oci/digest.ts';
import { secretTypeSchema } from '#lib/secrets/schema.ts';
import { keptResultSchema, stepKeySchema, stepsJobSchema, storedResultSchema } from './steps-job.ts';
import { wayOutSchema } from './way-out.ts';

/**
 * What a worker and the process of a build say to each other, over the pipe between them. Values of a secret travel
 * here alone: never in arguments, environment or files. A message is read by schema on both sides.
 */

/** Manifests are bounded at 4 MiB, and a digest with its descriptor takes more than 100 bytes of them. */
const digestsMax = 50_000;

const jobSchema = z.object({
  number: z.int(),
  reference: z.string(),
  platform: z.string(),
  attempt: z.int(),
  /** The folder of the store. */
  storeFolder: z.string(),
  ...wayOutSchema.shape,
  /** The opened values; null for a public image. */
  secret: z
    .object({
      name: z.string(),
      version: z.int(),
      type: secretTypeSchema,
      host: z.string().nullable(),
      values: z.record(z.string(), z.string()),
    })
    .nullable(),
  /** How it came to this secret, or to none; null for builds from before it was written down. */
  secretWhy: z.string().nullable(),
  /** Null for a plain pull. */
  steps: stepsJobSchema.nullable(),
  /** The process ends by itself when it hears nothing for so long: its worker is stopped, and lost the build. */
  silenceMaxMs: z.int(),
});
export type Job = z.infer<typeof jobSchema>;

export const toProcessSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('job'), job: jobSchema }),
  /** The batch with this id is stored; the next may come. */
  z.object({ kind: z.literal('stored'), id: z.int() }),
  z.object({ kind: z.literal('known'), id: z.int(), digests: z.array(z.string()).max(digestsMax) }),
  /** The image with this id is held, or room was made as far as it could be. */
  z.object({ kind: z.literal('kept'), id: z.int() }),
  z.object({
    kind: z.literal('proven'),
    id: z.int(),
    proven: z.object({ digest: z.string(), sizeBytes: z.int().min(0), provenAt: z.string() }).nullable(),
  }),
  z.object({ kind: z.literal('results'), id: z.int(), results: z.array(storedResultSchema) }),
  /** The number of the build that runs the step; null when it is this one's turn. */
  z.object({ kind: z.literal('turn'), id: z.int(), running: z.int().nullable() }),
  z.object({ kind: z.literal('contents'), id: z.int(), summary: contentsSummarySchema.nullable() }),
  /** Where an upload lies on this machine; null when the workspace has none such. */
  z.object({ kind: z.literal('upload'), id: z.int(), file: z.string().nullable() }),
  /** What the message with this id asked for cannot be done. */
  z.object({ kind: z.literal('refused'), id: z.int(), error: errorReportSchema }),
  /** The lease was renewed. */
  z.object({ kind: z.literal('alive') }),
  z.object({ kind: z.literal('cancel') }),
]);
export type ToProcess = z.infer<typeof toProcessSchema>;

const digestSchema = z.custom<Digest>((text) => typeof text === 'string' && isDigest(text));

const imageSchema = z.object({
  digest: digestSchema,
  blobs: z
    .array(
      z.object({
        digest: digestSchema,
        kind: z.enum(['index', 'manifest', 'config', 'layer']),
        position: z.int().min(0),
        sizeBytes: z.int().min(0),
      }),
    )
    .max(digestsMax),
  reference: z.string().max(1_000).optional(),
});

const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('succeeded'),
    blobs: z.array(z.object({ digest: z.string(), sizeBytes: z.int().min(0) })).max(digestsMax),
  }),
  z.object({
    kind: z.literal('failed'),
    error: errorReportSchema,
    /** Redacted text of a fault of our own, for the worker's log. */
    diagnostic: z.string().max(16_384).optional(),
  }),
]);
export type Outcome = z.infer<typeof outcomeSchema>;

export const toWorkerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  /** The answer to `alive`: the process is not stuck. */
  z.object({ kind: z.literal('alive') }),
  z.object({ kind: z.literal('events'), id: z.int(), events: z.array(buildEventSchema).max(10_000) }),
  z.object({ kind: z.literal('known?'), id: z.int(), digests: z.array(z.string()).max(digestsMax) }),
  /** The build needs this image, and will look what of it is in the store once it is held. */
  z.object({ kind: z.literal('hold'), id: z.int(), image: imageSchema }),
  /** The build is about to fetch so many bytes. */
  z.object({ kind: z.literal('room?'), id: z.int(), neededBytes: z.int().min(0) }),
  /** The registry is down: what did it prove last, and may that stand in for it? */
  z.object({ kind: z.literal('proven?'), id: z.int() }),
  /** What steps with these keys made, as far as it is kept. */
  z.object({ kind: z.literal('results?'), id: z.int(), keys: z.array(stepKeySchema).max(builtStepsMax) }),
  /** Is this step the build's to run, or does another build run it now? */
  z.object({ kind: z.literal('turn?'), id: z.int(), key: stepKeySchema }),
  /** A step needs this file. */
  z.object({ kind: z.literal('upload?'), id: z.int(), digest: digestSchema }),
  /** A step is done; answered by `stored` once that is kept. */
  z.object({ kind: z.literal('keep'), id: z.int(), result: keptResultSchema }),
  /** What is known of the image with this digest? */
  z.object({ kind: z.literal('contents?'), id: z.int(), digest: digestSchema }),
  /** What was learnt of an image; answered by `stored` once that is kept. */
  z.object({ kind: z.literal('learnt'), id: z.int(), digest: digestSchema, contents: imageContentsSchema }),
  /** All events are stored; nothing comes after it. */
  z.object({ kind: z.literal('ended'), outcome: outcomeSchema }),
]);
export type ToWorker = z.infer<typeof toWorkerSchema>;
