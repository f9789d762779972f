import { z } from 'zod';
import { engineSchema } from '#lib/engines/engine.ts';
import { builtStepSchema } from '#lib/images/schema.ts';
import { cachePolicies } from '#lib/images/step-plan.ts';
import { isDigest } from '#lib/oci/digest.ts';

const secretIdsSchema = z.array(z.tuple([z.string(), z.string()]));

/** What the process of a build is told about its steps. */
export const stepsJobSchema = z.object({
  steps: z.array(builtStepSchema),
  policy: z.enum(cachePolicies),
  workspaceId: z.string(),
  requester: z.string(),
  secrets: z.array(z.object({ name: z.string(), id: z.string(), values: z.record(z.string(), z.string()) })),
  earlier: z
    .object({
      number: z.int(),
      steps: z.array(builtStepSchema),
      base: z.object({ digest: z.string(), platform: z.string() }),
      secretIds: secretIdsSchema,
      pythonDigest: z.string().nullish(),
    })
    .nullable(),
  pythonImage: z.string(),
  /** Null where nothing can run steps; results that are kept still do. */
  engine: engineSchema.nullable(),
  /** What is missing there. */
  lack: z.object({ why: z.string(), next: z.string() }).nullable(),
  /** Where the engine keeps what it needs. */
  engineFolder: z.string(),
  network: z.enum(['none', 'private', 'host']),
  limits: z.object({
    timeoutMs: z.int(),
    outputBytesMax: z.int(),
    memoryBytes: z.int().optional(),
  }),
});
export type StepsJob = z.infer<typeof stepsJobSchema>;

export const stepKeySchema = z.string().regex(/^[0-9a-f]{64}$/);

const manifestSchema = z.object({
  mediaType: z.string(),
  digest: z.string().refine(isDigest),
  sizeBytes: z.int().min(0),
});

/** A result to keep: the image that a step made. */
export const keptResultSchema = z.object({
  key: stepKeySchema,
  manifest: manifestSchema,
  addedBytes: z.int().min(0),
  tookMs: z.int().min(0),
});
export type KeptResult = z.infer<typeof keptResultSchema>;

/** One that is kept, and the number of the build that made it. */
export const storedResultSchema = keptResultSchema.extend({ buildNumber: z.int() });
