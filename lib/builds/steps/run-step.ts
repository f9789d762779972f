import { NoEngineError } from '#lib/engines/errors.ts';
import { type StepImage, takeResult } from '#lib/engines/take-result.ts';
import type { ContextFile, Engine } from '#lib/engines/types.ts';
import { type BuiltStep, filesOf } from '#lib/images/schema.ts';
import type { PlannedStep } from '#lib/images/step-plan.ts';
import { formatBytes, formatDuration } from '../format.ts';
import { heldResult, recordOf } from './held-step.ts';
import { PrintedLines } from './printed-lines.ts';
import type { PythonSource } from './python-source.ts';
import { readStepImage } from './step-image.ts';
import { type Instructions, instructionsOf } from './step-instructions.ts';
import { takeTurn } from './step-turn.ts';
import type { RunStepsOptions, StepsWork } from './steps-work.ts';

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

/**
 * Runs one step and keeps what it made, or takes what another build makes of it at this moment.
 * @throws NoEngineError, and what an engine throws
 */
export async function runStep(options: RunStepsOptions, one: OneStep): Promise<StepEnd> {
  const { work, log, emit, signal } = options;
  const { index, base } = one;
  emit({ kind: 'step', index, state: 'running' });
  try {
    const { lines, images } = await instructionsOf(options, { ...one, ...one.step });
    for (const line of lines) log.say('step', line);
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

/** @throws NoEngineError with what the worker found missing */
export function engineOf({ engine, lack }: StepsWork): Engine {
  if (engine !== null) return engine;
  throw new NoEngineError(lack);
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

async function make(
  { work, image, store, keeper, clean, log, signal }: RunStepsOptions,
  one: Instructions & { readonly step: BuiltStep; readonly base: StepImage },
): Promise<StepImage> {
  const { platform } = image;
  const run = { ...one, platform };
  const engine = engineOf(work);
  const printed = new PrintedLines(log);
  const files: ContextFile[] = [];
  for (const file of filesOf(run.step)) {
    files.push({
      name: file.name,
      file: await work.uploads.fetch(file),
      mode: Number.parseInt(file.mode, 8),
    });
  }
  const output = await engine.runStep({
    ...run,
    files,
    secretsText: secretsTextOf(run.step, work.secrets),
    network: work.network,
    limits: work.limits,
    clean,
    onLine: ({ text }) => printed.add(text),
    taken: printed.taken,
    signal,
  });
  try {
    const made = await takeResult({ output, run, store, signal });
    await keeper.hold(recordOf(made));
    const { digest, mediaType, bytes } = made.manifest;
    const isWhole = await readStepImage(store, { digest, mediaType, sizeBytes: bytes.length }).then(
      () => true,
      () => false,
    );
    // A collection came between: what it took is still in the engine's output.
    return isWhole ? made : await takeResult({ output, run, store, signal });
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
