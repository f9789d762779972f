import { z } from 'zod';

export type PushState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** Where one blob of the image stands. */
const pushBlobStateSchema = z.enum(['waiting', 'asking', 'present', 'mounted', 'uploading', 'uploaded']);
export type PushBlobState = z.infer<typeof pushBlobStateSchema>;

/** Manifests are bounded, and so is what they can name. */
const blobsMax = 50_000;

/** A push as its process sees it, whole each time. */
export const pushProgressSchema = z.object({
  /** The config and each distinct layer, from the base upwards, the config last. */
  blobs: z
    .array(
      z.object({
        digest: z.string(),
        kind: z.enum(['layer', 'config']),
        sizeBytes: z.int().min(0),
        state: pushBlobStateSchema,
        /** That have gone out. */
        sentBytes: z.int().min(0),
      }),
    )
    .max(blobsMax),
  bytesPerSecond: z.number().min(0),
  secondsLeft: z.number().min(0).optional(),
  /** What the tag meant before; null where there was none. Absent before the registry was asked. */
  tagBefore: z.string().nullable().optional(),
});
export type PushProgress = z.infer<typeof pushProgressSchema>;

/** Where a push goes, as a form hands it over. References are parsed later. */
export const pushInputSchema = z.object({
  reference: z.string().trim().min(1).max(1_000),
  /** Null for a registry that takes pushes from anybody. */
  secretName: z.string().max(200).nullable(),
});
export type PushInput = z.infer<typeof pushInputSchema>;

/** Where the builds of an image go. */
export const pushTargetSchema = pushInputSchema.extend({ isAutomatic: z.boolean() });
export type PushTargetInput = z.infer<typeof pushTargetSchema>;
