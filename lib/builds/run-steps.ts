import { NoEngineError } from '#lib/engines/errors.ts';
import { type StepImage, takeResult } from '#lib/engines/take-result.ts';
import type { BaseImage, ContextFile, Engine, StepLimits, StepNetwork } from '#lib/engines/types.ts';
import { linesOfStep } from '#lib/images/dockerfile.ts';
import { pythonImageName } from '#lib/images/python-copy.ts';
import { type BuiltStep, type Upload, uploadsOf } from '#lib/images/schema.ts';
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
import { addPythonLines } from './add-python.ts';
import { createStageLog, type StageLog } from './build-log.ts';
import { ImageCheckError, OnBuildError } from './errors.ts';
import { formatBytes, formatCountOf, formatDuration } from './format.ts';
import { readImageConfig } from './image-config.ts';
import { PrintedLines } from './printed-lines.ts';
import type { PythonSource } from './python-source.ts';
import type { BuildEvent } from './schema.ts';
import { readStepImage } from './step-image.ts';
import type { KeptStep, StepResults } from './step-results.ts';
import { takeTurn } from './step-turn.ts';
import type { StoreKeeper } from './store-keeper.ts';

/** What a build does after the pull. */
export interface StepsWork {
  readonly steps: readonly BuiltStep[];
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
  readonly uploads: StepUploads;
  /** Where Python is taken from: a reference with `{version}` in it. */
  readonly pythonImage: string;
  /** Null where nothing can run steps. */
  readonly engine: Engine | null;
  /** What is missing there, and how to get it. */
  readonly lack: { readonly why: string; readonly next: string } | null;
  readonly network: StepNetwork;
  readonly limits: StepLimits;
}

/** The files that steps put into the image. */
interface StepUploads {
  /**
   * Brings a file to this machine, verified.
   * @returns where it lies until the build ends
   */
  fetch(upload: Upload): Promise<string>;
}

export interface RunStepsOptions {
  readonly work: StepsWork;
  readonly image: ResolvedImage;
  readonly reference: string;
  readonly platform: string;
  /** As its checks found the base's Python. */
  readonly isExternallyManaged: boolean;
  /** Asks what Python of a series is now. */
  readonly findPython: (version: string, log: StageLog) => Promise<PythonSource>;
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
  const python = await pythonOf(options);
  const { planned, found, reached } = await plan(options, { base, python });
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
  let meanwhile = 0;
  for (const [index, step] of planned.entries()) {
    if (step.isHit) continue;
    const { image, isTaken } = await runOne(options, { step, index, base: current, python });
    current = image;
    if (isTaken) meanwhile += 1;
  }
  const resultBytes = current.manifest.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const stepsMs = Math.round(performance.now() - startedAt);
  const resultLayers = current.manifest.layers.map(({ digest, sizeBytes }) => ({ digest, sizeBytes }));
  emit({
    kind: 'facts',
    facts: {
      stepsMs,
      stepsCached: cached + meanwhile,
      resultDigest: current.manifest.digest,
      resultBytes,
      resultLayers,
    },
  });
  log.say(
    'ok',
    `${formatCountOf(planned.length, 'step')}, ${cached + meanwhile} from the cache, ${formatDuration(stepsMs)}`,
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

/** Undefined where no step adds it. */
async function pythonOf({ work, findPython, log, emit }: RunStepsOptions): Promise<PythonSource | undefined> {
  const [first] = work.steps;
  if (first?.kind !== 'add_python') return undefined;
  const python = await findPython(first.version, log);
  const { reference, digest } = python;
  emit({ kind: 'facts', facts: { python: { version: first.version, reference, digest } } });
  return python;
}

async function plan(
  options: RunStepsOptions,
  { base, python }: { readonly base: BaseImage & StepImage; readonly python: PythonSource | undefined },
): Promise<{
  readonly planned: readonly PlannedStep[];
  readonly found: ReadonlyMap<string, KeptStep>;
  readonly reached: StepImage;
}> {
  const whole = new Map<string, StepImage>();
  const found = await keptSteps(options, python);
  for (const [key, { manifest }] of found) {
    const result = await heldResult(options, manifest);
    if (result !== undefined) whole.set(key, result);
  }
  const planned = planWith(options, python, new Set(whole.keys()));
  const last = planned.findLast(({ isHit }) => isHit);
  return { planned, found, reached: (last && whole.get(last.key)) ?? base };
}

type PlanOptions = Pick<RunStepsOptions, 'work' | 'image' | 'reference' | 'platform'>;
type MaybePython = PythonSource | undefined;

/** What is kept under the keys of the steps, as far as the build may use it. */
async function keptSteps(options: PlanOptions, python: MaybePython): Promise<ReadonlyMap<string, KeptStep>> {
  const { policy, results } = options.work;
  return policy === 'use' ? results.find(keysOf(options, python)) : new Map();
}

/** @param known the keys of the results that are kept */
function planWith(
  options: PlanOptions,
  python: MaybePython,
  known: ReadonlySet<string>,
): readonly PlannedStep[] {
  const { work, image, reference, platform } = options;
  const { steps, policy, requester, earlier } = work;
  const base = { reference, digest: image.manifest.digest, platform };
  const keys = keysOf(options, python);
  const secretIds = secretIdsOf(work);
  return planSteps({ steps, keys, known, policy, requester, base, python, secretIds, earlier });
}

function keysOf({ work, image, platform }: PlanOptions, python: MaybePython): readonly string[] {
  const { steps, workspaceId } = work;
  const origin = { workspaceId, baseDigest: image.manifest.digest, platform };
  return stepKeys({ origin, steps, secretIds: secretIdsOf(work), pythonDigest: python?.digest });
}

function secretIdsOf({ secrets }: StepsWork): ReadonlyMap<string, string> {
  return new Map([...secrets].map(([name, { id }]) => [name, id]));
}

/** Why the steps cannot be run, known before anything is pulled for them; null when they can, or all of their results are kept. */
export async function whyNoSteps(
  options: PlanOptions & Pick<RunStepsOptions, 'findPython'>,
): Promise<NoEngineError | null> {
  const { engine, lack, steps } = options.work;
  if (engine !== null) return null;
  const [first] = steps;
  // Said when the steps are reached.
  const quiet = createStageLog('steps', () => undefined);
  const python = first?.kind === 'add_python' ? await options.findPython(first.version, quiet) : undefined;
  const planned = planWith(options, python, new Set((await keptSteps(options, python)).keys()));
  return planned.every(({ isHit }) => isHit) ? null : new NoEngineError(lack);
}

/** @throws NoEngineError with what the worker found missing */
function engineOf({ engine, lack }: StepsWork): Engine {
  if (engine !== null) return engine;
  throw new NoEngineError(lack);
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
  const { network } = work;
  const engine = engineOf(work);
  const { version, isolation, isIsolated } = engine.facts;
  const name = `${engine.facts.name} ${version}`;
  log.say('step', `${name}, ${isolation}, network ${network}`);
  if (!isIsolated) log.warn('warning', 'Steps are not known to be kept from the machine that they run on');
  emit({ kind: 'facts', facts: { engine: { name, isolation, isIsolated, network } } });
}

interface OneStep {
  readonly step: PlannedStep;
  readonly index: number;
  readonly base: StepImage;
  readonly python: PythonSource | undefined;
}

interface StepEnd {
  readonly image: StepImage;
  /** Another build made it. */
  readonly isTaken: boolean;
}

async function runOne(options: RunStepsOptions, one: OneStep): Promise<StepEnd> {
  const { work, log, emit, signal } = options;
  const { index, base } = one;
  emit({ kind: 'step', index, state: 'running' });
  try {
    const { lines, images } = await instructionsOf(options, one);
    for (const line of lines) log.say('step', line);
    // A step that says nothing changes nothing: an empty list of packages.
    if (lines.length === 0) {
      emit({ kind: 'step', index, state: 'done', addedBytes: 0 });
      return { image: base, isTaken: false };
    }
    const taken = await madeMeanwhile(options, one);
    if (taken !== undefined) return { image: taken, isTaken: true };
    const startedAt = performance.now();
    const image = await make(options, { step: one.step.step, lines, images, base });
    const addedBytes = image.added.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const tookMs = Math.round(performance.now() - startedAt);
    log.say('ok', `${formatDuration(tookMs)}, ${formatBytes(addedBytes)} added`);
    if (work.policy !== 'ignore') {
      const { digest, mediaType, bytes } = image.manifest;
      const manifest = { digest, mediaType, sizeBytes: bytes.length };
      await work.results.keep({ key: one.step.key, manifest, addedBytes, tookMs });
    }
    emit({ kind: 'step', index, state: 'done', addedBytes });
    return { image, isTaken: false };
  } catch (error) {
    if (!signal.aborted) emit({ kind: 'step', index, state: 'failed' });
    throw error;
  }
}

/** What another build, which ran the step at the same time, made of it; undefined when this one has to run it. */
async function madeMeanwhile(options: RunStepsOptions, one: OneStep): Promise<StepImage | undefined> {
  const { work, log, emit, signal } = options;
  const { step, index } = one;
  if (step.isForced) return undefined;
  const kept = await takeTurn({ key: step.key, results: work.results, log, signal });
  const image = kept === null ? undefined : await heldResult(options, kept.manifest);
  if (kept === null || image === undefined) return undefined;
  const { addedBytes, tookMs, buildNumber } = kept;
  log.say('cache', `Build #${buildNumber} made it meanwhile`);
  emit({ kind: 'step', index, state: 'cached', addedBytes, made: { addedBytes, tookMs, buildNumber } });
  return image;
}

interface Instructions {
  readonly lines: readonly string[];
  /** What `COPY --from` names in them. */
  readonly images: ReadonlyMap<string, BaseImage>;
}

async function instructionsOf(options: RunStepsOptions, one: OneStep): Promise<Instructions> {
  const { work, store, signal } = options;
  const { step, python } = { ...one, ...one.step };
  if (step.kind === 'add_python') {
    if (python === undefined) throw new TypeError('Python was not looked for');
    const source = await python.bring();
    const { version } = step;
    const lines = await addPythonLines({ version, source, base: one.base, store, signal });
    return { lines, images: new Map([[pythonImageName, source]]) };
  }
  // A Python that was added is nobody's but the image's own.
  const isExternallyManaged =
    python === undefined &&
    (options.isExternallyManaged || work.steps.slice(0, one.index).some(bringsManagedPython));
  return { lines: linesOfStep(step, { isExternallyManaged }), images: new Map() };
}

async function make(
  { work, store, keeper, log, signal }: RunStepsOptions,
  run: Instructions & { readonly step: BuiltStep; readonly base: StepImage },
): Promise<StepImage> {
  const engine = engineOf(work);
  const printed = new PrintedLines(log);
  const files: ContextFile[] = [];
  for (const upload of uploadsOf(run.step)) {
    files.push({ name: upload.name, file: await work.uploads.fetch(upload) });
  }
  const output = await engine.runStep({
    ...run,
    files,
    secretsText: secretsTextOf(run.step, work.secrets),
    network: work.network,
    limits: work.limits,
    onLine: ({ text }) => printed.add(text),
    taken: printed.taken,
    signal,
  });
  try {
    const made = await takeResult({ output, base: run.base, store, signal });
    await keeper.hold(recordOf(made));
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

/** Assignments that a shell reads back unchanged; later secrets win. Undefined for a step that takes none. */
function secretsTextOf(step: BuiltStep, secrets: StepsWork['secrets']): string | undefined {
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
