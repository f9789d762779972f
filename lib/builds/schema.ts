import { z } from 'zod';
import { errorReportSchema } from '#lib/errors/schema.ts';
import { contentsSummarySchema } from '#lib/images/contents.ts';
import { builtStepsSchema } from '#lib/images/schema.ts';
import { cachePolicies } from '#lib/images/step-plan.ts';
import { checkNames, preflightCheckSchema } from '#lib/preflight/schema.ts';

/** The stages of a build, in order. */
export const stageNames = ['authenticate', 'resolve', 'pull', 'check', 'steps', 'publish'] as const;
export const stageNameSchema = z.enum(stageNames);
export type StageName = z.infer<typeof stageNameSchema>;

export const buildStateSchema = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
export type BuildState = z.infer<typeof buildStateSchema>;

export const layerStateSchema = z.enum(['waiting', 'fetching', 'verifying', 'verified', 'reused', 'failed']);
export type LayerState = z.infer<typeof layerStateSchema>;

/** One layer of the base image as the page shows it. `index` counts from 0, from the base upwards. */
const layerSchema = z.object({
  index: z.int().min(0),
  digest: z.string(),
  mediaType: z.string(),
  sizeBytes: z.int().min(0),
  state: layerStateSchema,
  /** Bytes in place, those of an earlier attempt included. */
  doneBytes: z.int().min(0),
  /** The history line of the image's config that made it, when known. */
  createdBy: z.string().optional(),
});
export type Layer = z.infer<typeof layerSchema>;

/** A named result of the check stage. */
const checkSchema = z.object({
  name: z.string(),
  state: z.enum(['passed', 'warned', 'failed', 'skipped']),
  detail: z.string(),
  remedy: z.string().optional(),
});
export type Check = z.infer<typeof checkSchema>;

/** Longest text of one log event, so that no reader has to take more than this at once. */
export const logChunkBytesMax = 64 * 1024;

/** Facts learnt on the way; each event carries those that are new. */
const factsSchema = z
  .object({
    registryHost: z.string(),
    repository: z.string(),
    platform: z.string(),
    indexDigest: z.string(),
    baseDigest: z.string(),
    configDigest: z.string(),
    mediaType: z.string(),
    layerCount: z.int(),
    totalBytes: z.int(),
    fetchedBytes: z.int(),
    reusedBytes: z.int(),
    pullMs: z.int(),
    rateLimit: z.object({
      limit: z.int(),
      remaining: z.int(),
      windowSeconds: z.int().optional(),
      /** Whose pulls are counted. */
      source: z.enum(['account', 'address']).optional(),
    }),
    /** What runs the steps, as people call it: "Buildah 1.28.2", and how it keeps them from the host. */
    engine: z.object({
      name: z.string(),
      isolation: z.string(),
      isIsolated: z.boolean(),
      network: z.string(),
    }),
    /** The image that Python is taken from, where a step adds it. */
    python: z.object({ version: z.string(), reference: z.string(), digest: z.string() }),
    stepCount: z.int(),
    stepsCached: z.int(),
    stepsMs: z.int(),
    /** Of the image that the steps made. */
    resultDigest: z.string(),
    resultBytes: z.int(),
    /** Its layers, those of the base first. */
    resultLayers: z.array(z.object({ digest: z.string(), sizeBytes: z.int().min(0) })),
    /** What is in the image that the build came to; the whole of it is kept by its digest. */
    contents: contentsSummarySchema,
    /** The registry would not, or could not, hand the image out now: it came out of the store. */
    served: z.object({
      why: z.enum(['rate_limited', 'registry_down']),
      /** ISO 8601. When access was last proved, if not by this build. */
      provenAt: z.string().optional(),
    }),
  })
  .partial();
export type Facts = z.infer<typeof factsSchema>;

/** What running a step cost the build that did. */
const madeSchema = z.object({
  addedBytes: z.int().min(0),
  tookMs: z.int().min(0),
  buildNumber: z.int(),
});

/** One step, with what will become of it. Indexes count from 0. */
const plannedStepSchema = z.object({
  kind: z.string(),
  /** The step in one line. */
  title: z.string(),
  isHit: z.boolean(),
  /** Why it is taken from the cache, or run. */
  why: z.string(),
  /** Of a step from the cache. */
  made: madeSchema.optional(),
});

/**
 * What a build's child process says, and, numbered and dated, what the event stream of the build holds.
 * `progress` is coalesced: the stream keeps the newest one alone.
 */
export const buildEventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('state'),
    state: buildStateSchema,
    attempt: z.int(),
    /** Why it came to this state, when that is not plain: "Cancelled by Ines", "The worker was lost". */
    cause: z.string().optional(),
    error: errorReportSchema.optional(),
  }),
  z.object({
    kind: z.literal('stage'),
    stage: stageNameSchema,
    state: z.enum(['running', 'done', 'failed', 'skipped']),
    cached: z.boolean().optional(),
    detail: z.string().optional(),
  }),
  z.object({ kind: z.literal('facts'), facts: factsSchema }),
  z.object({ kind: z.literal('layers'), layers: z.array(layerSchema) }),
  z.object({
    kind: z.literal('progress'),
    layers: z.array(z.object({ index: z.int(), state: layerStateSchema, doneBytes: z.int() })),
    bytesPerSecond: z.number(),
    secondsLeft: z.number().optional(),
  }),
  /** What asking the registry showed so far, as the checks of a preflight: all of them, in order. */
  z.object({ kind: z.literal('preflight'), checks: z.array(preflightCheckSchema).max(checkNames.length) }),
  z.object({ kind: z.literal('checks'), checks: z.array(checkSchema) }),
  z.object({
    kind: z.literal('steps'),
    steps: z.array(plannedStepSchema),
    /** The number of the build that the reasons speak of. */
    comparedWith: z.int().optional(),
  }),
  /** Lines of the stage `steps` that follow are this step's. */
  z.object({
    kind: z.literal('step'),
    index: z.int().min(0),
    /** `cached`: another build, which ran it at the same time, made it. */
    state: z.enum(['running', 'done', 'failed', 'cached']),
    /** Of the layers that it added. */
    addedBytes: z.int().optional(),
    /** Of a step that another build made meanwhile. */
    made: madeSchema.optional(),
  }),
  z.object({
    kind: z.literal('log'),
    stage: stageNameSchema,
    level: z.enum(['info', 'warn', 'error']),
    /** One or more whole lines, redacted, joined by \n, without a last newline. At most 64 KiB. */
    text: z.string(),
    /** Number of the first line, from 1; given when the event is stored. */
    firstLine: z.int().optional(),
  }),
]);
export type BuildEvent = z.infer<typeof buildEventSchema>;

/** An event as stored and streamed. `at` is ISO 8601. */
export const numberedEventSchema = z.object({
  number: z.int().min(1),
  at: z.string(),
  event: buildEventSchema,
});
export type NumberedEvent = z.infer<typeof numberedEventSchema>;

/** What a build is started with: what a form, an action and a command hand over. References and platforms are parsed later. */
export const startBuildSchema = z.object({
  reference: z
    .string()
    .trim()
    .min(1, 'Type or paste an image reference, such as python:3.13.')
    .max(1_000, 'Shorten the reference to 1,000 characters.'),
  platform: z.string().trim().min(1, 'Choose a platform.').max(200).default('linux/amd64'),
  /** Null for a public image. */
  secretName: z.string().max(200).nullable().default(null),
  /** Absent in a repetition: those of the build that it repeats. */
  steps: builtStepsSchema.optional(),
  /** `use` where it is absent. */
  cache: z.enum(cachePolicies).optional(),
  /** The number of the build that this one repeats. */
  rerunOf: z.int().min(1).optional(),
});
export type StartBuildInput = z.infer<typeof startBuildSchema>;
