import { NoEngineError } from '#lib/engines/errors.ts';
import { type StepImage, takeResult } from '#lib/engines/take-result.ts';
import type { BaseImage, Engine, StepLimits, StepNetwork } from '#lib/engines/types.ts';
import { linesOfStep } from '#lib/images/dockerfile.ts';
import type { Step } from '#lib/images/schema.ts';
import { stepKeys } from '#lib/images/step-keys.ts';
import { bringsManagedPython } from '#lib/images/step-needs.ts';
import { type CachePolicy, type PlannedStep, planSteps } from '#lib/images/step-plan.ts';
import { titleOfStep } from '#lib/images/step-title.ts';
import type { EarlierBuild } from '#lib/images/why.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { ociForm } from '#lib/pull/oci-form.ts';
import type { ResolvedImage } from '#lib/pull/resolve.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { blobsOf } from '#lib/store/image-blobs.ts';
import type { RecordedImage } from '#lib/store/types.ts';
import type { StageLog } from './build-log.ts';
import { ImageCheckError, OnBuildError } from './errors.ts';
import { formatBytes, formatCountOf, formatDuration } from './format.ts';
import { readImageConfig } from './image-config.ts';
import type { BuildEvent } from './schema.ts';
import { readStepImage } from './step-image.ts';
import type { StoreKeeper } from './store-keeper.ts';

/** What a build does after the pull. */
export interface StepsWork {
  readonly steps: readonly Step[];
  readonly policy: CachePolicy;
  readonly workspaceId: string;
  readonly requester: string;
  /** The custom secrets that steps name: their ids, and their values for the step's file. */
  readonly secrets: ReadonlyMap<
    string,
    { readonly id: string; readonly values: Readonly<Record<string, string>> }
  >;
  /** The last build of the same image, or of the same reference without one. */
  readonly earlier: EarlierBuild | null;
  readonly results: StepResults;
  /** Null where nothing can run steps. */
  readonly engine: Engine | null;
  readonly network: StepNetwork;
  readonly limits: StepLimits;
}

/** A result that is kept: the image's manifest, and what making it cost the build that did. */
export interface KeptStep {
  readonly manifest: Descriptor;
  readonly addedBytes: number;
  readonly tookMs: number;
  readonly buildNumber: number;
}

/** What steps made, kept for builds to come. */
interface StepResults {
  /** The results that are kept under these keys. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, KeptStep>>;
  keep(result: {
    readonly key: string;
    readonly manifest: Descriptor;
    readonly addedBytes: number;
    readonly tookMs: number;
  }): Promise<void>;
}

export interface RunStepsOptions {
  readonly work: StepsWork;
  readonly image: ResolvedImage;
  readonly reference: string;
  readonly platform: string;
  /** As its checks found the base's Python. */
  readonly isExternallyManaged: boolean;
  readonly store: BlobStore;
  readonly keeper: StoreKeeper;
  readonly log: StageLog;
  readonly emit: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs the steps of a build on its base, from the last result that is kept. What a step made is kept as soon as it is done, so that
 * a later failure costs nothing of it.
 *
 * @returns the image that the last step made
 * @throws NoEngineError, OnBuildError, and what an engine throws
 */
export async function runSteps(options: RunStepsOptions): Promise<StepImage> {
  const { emit, log } = options;
  const startedAt = performance.now();
  const base = await baseOf(options);
  const { planned, found, reached } = await plan(options, base);
  const cached = planned.filter(({ isHit }) => isHit).length;
  const comparedWith = options.work.earlier?.number;
  emit({
    kind: 'steps',
    steps: planned.map((step) => summaryOf(step, found.get(step.key))),
    ...(comparedWith === undefined ? {} : { comparedWith }),
  });
  emit({ kind: 'facts', facts: { stepCount: planned.length, stepsCached: cached } });
  for (const [index, { isHit, why }] of planned.entries()) {
    log.say(isHit ? 'cache' : 'step', `${index + 1} of ${planned.length}: ${isHit ? 'kept' : why}`);
  }
  if (cached < planned.length) tellEngine(options);
  let current: StepImage = reached;
  for (const [index, step] of planned.entries()) {
    if (!step.isHit) current = await runOne(options, { step, index, base: current });
  }
  const resultBytes = current.manifest.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const stepsMs = Math.round(performance.now() - startedAt);
  const resultLayers = current.manifest.layers.map(({ digest, sizeBytes }) => ({ digest, sizeBytes }));
  emit({
    kind: 'facts',
    facts: { stepsMs, resultDigest: current.manifest.digest, resultBytes, resultLayers },
  });
  log.say(
    'ok',
    `${formatCountOf(planned.length, 'step')}, ${cached} from the cache, ${formatDuration(stepsMs)}`,
  );
  return current;
}

/** The pulled image in the form that engines and results have. */
async function baseOf({ image, store, keeper }: RunStepsOptions): Promise<StepImage> {
  const config = readImageConfig(image.config);
  const [trigger] = config?.onBuild ?? [];
  if (trigger !== undefined) throw new OnBuildError(trigger);
  const { descriptor, bytes } = ociForm(image.manifest);
  await store.write({ digest: descriptor.digest, bytes });
  const base = await readStepImage(store, descriptor);
  await keeper.hold(recordOf(base));
  return base;
}

async function plan(
  options: RunStepsOptions,
  base: BaseImage & StepImage,
): Promise<{
  readonly planned: readonly PlannedStep[];
  readonly found: ReadonlyMap<string, KeptStep>;
  readonly reached: StepImage;
}> {
  const { work, image, reference, platform } = options;
  const { steps, policy, requester, earlier, workspaceId } = work;
  const baseDigest = image.manifest.digest;
  const secretIds = new Map([...work.secrets].map(([name, { id }]) => [name, id]));
  const keys = stepKeys({ origin: { workspaceId, baseDigest, platform }, steps, secretIds });
  const whole = new Map<string, StepImage>();
  const found = policy === 'use' ? await work.results.find(keys) : new Map<string, KeptStep>();
  for (const [key, { manifest }] of found) {
    const result = await heldResult(options, manifest);
    if (result !== undefined) whole.set(key, result);
  }
  const known = new Set(whole.keys());
  const planned = planSteps({
    steps,
    keys,
    known,
    policy,
    requester,
    base: { reference, digest: baseDigest, platform },
    secretIds,
    earlier,
  });
  const last = planned.findLast(({ isHit }) => isHit);
  return { planned, found, reached: (last && whole.get(last.key)) ?? base };
}

/** A kept result, held and whole; undefined when the store has lost a part of it, which is as good as all of it. */
async function heldResult(
  { store, keeper }: RunStepsOptions,
  manifest: Descriptor,
): Promise<StepImage | undefined> {
  try {
    await keeper.hold(recordOf(await readStepImage(store, manifest)));
    // What a collection had begun to take away is either back by now, or seen to be missing.
    return await readStepImage(store, manifest);
  } catch (error) {
    if (error instanceof ImageCheckError) return undefined;
    throw error;
  }
}

function recordOf({ manifest }: StepImage): RecordedImage {
  return { digest: manifest.digest, blobs: blobsOf({ manifest }) };
}

function summaryOf({ step, isHit, why }: PlannedStep, kept: KeptStep | undefined) {
  const summary = { kind: step.kind, title: titleOfStep(step), isHit, why };
  if (!isHit || kept === undefined) return summary;
  const { addedBytes, tookMs, buildNumber } = kept;
  return { ...summary, made: { addedBytes, tookMs, buildNumber } };
}

function tellEngine({ work, log, emit }: RunStepsOptions): void {
  const { engine, network } = work;
  if (engine === null) throw new NoEngineError();
  const { version, isolation, isIsolated } = engine.facts;
  const name = `${engine.facts.name} ${version}`;
  log.say('step', `${name}, ${isolation}, network ${network}`);
  if (!isIsolated) log.warn('warning', 'Steps are not kept from this machine, by its operator’s choice');
  emit({ kind: 'facts', facts: { engine: { name, isolation, isIsolated, network } } });
}

async function runOne(
  options: RunStepsOptions,
  {
    step: planned,
    index,
    base,
  }: { readonly step: PlannedStep; readonly index: number; readonly base: StepImage },
): Promise<StepImage> {
  const { work, store, log, emit, signal } = options;
  const { step, key } = planned;
  const isExternallyManaged =
    options.isExternallyManaged || work.steps.slice(0, index).some(bringsManagedPython);
  const lines = linesOfStep(step, { isExternallyManaged });
  const startedAt = performance.now();
  emit({ kind: 'step', index, state: 'running' });
  for (const line of lines) log.say('step', line);
  // A step that says nothing changes nothing: an empty list of packages.
  if (lines.length === 0) {
    emit({ kind: 'step', index, state: 'done', addedBytes: 0 });
    return base;
  }
  try {
    const made = await make(options, { step, lines, base });
    const addedBytes = made.added.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const tookMs = Math.round(performance.now() - startedAt);
    log.say('ok', `${formatDuration(tookMs)}, ${formatBytes(addedBytes)} added`);
    if (work.policy !== 'ignore') {
      const { digest, mediaType, bytes } = made.manifest;
      await work.results.keep({
        key,
        manifest: { digest, mediaType, sizeBytes: bytes.length },
        addedBytes,
        tookMs,
      });
    }
    emit({ kind: 'step', index, state: 'done', addedBytes });
    return made;
  } catch (error) {
    if (!signal.aborted) emit({ kind: 'step', index, state: 'failed' });
    throw error;
  }

  async function make(
    { work }: RunStepsOptions,
    run: { readonly step: Step; readonly lines: readonly string[]; readonly base: StepImage },
  ): Promise<StepImage> {
    if (work.engine === null) throw new NoEngineError();
    const output = await work.engine.runStep({
      ...run,
      secretsText: secretsTextOf(run.step, work.secrets),
      network: work.network,
      limits: work.limits,
      onLine: ({ text }) => log.print(text),
      signal,
    });
    try {
      const made = await takeResult({ output, base: run.base, store, signal });
      await options.keeper.hold(recordOf(made));
      const { digest, mediaType, bytes } = made.manifest;
      const isWhole = await readStepImage(store, { digest, mediaType, sizeBytes: bytes.length }).then(
        () => true,
        () => false,
      );
      // A collection came between: what it took is still in the engine's output.
      return isWhole ? made : await takeResult({ output, base: run.base, store, signal });
    } finally {
      await output.dispose();
    }
  }
}

/** Assignments that a shell reads back unchanged; later secrets win. Undefined for a step that takes none. */
function secretsTextOf(step: Step, secrets: StepsWork['secrets']): string | undefined {
  const names = 'secrets' in step ? step.secrets : [];
  if (names.length === 0) return undefined;
  const values = Object.assign({}, ...names.map((name) => secrets.get(name)?.values ?? {})) as Record<
    string,
    string
  >;
  return Object.entries(values)
    .map(([name, value]) => `${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('');
}
