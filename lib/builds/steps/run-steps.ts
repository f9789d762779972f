import type { StepImage } from '#lib/engines/take-result.ts';
import type { PlannedStep } from '#lib/images/step-plan.ts';
import { titleOfStep } from '#lib/images/step-title.ts';
import { ociForm } from '#lib/pull/oci-form.ts';
import { OnBuildError } from '../errors.ts';
import { formatCountOf, formatDuration } from '../format.ts';
import { readImageConfig } from '../image-config.ts';
import { recordOf } from './held-step.ts';
import { planBuild } from './plan-steps.ts';
import type { PythonSource } from './python-source.ts';
import { engineOf, runStep } from './run-step.ts';
import { readStepImage } from './step-image.ts';
import type { KeptStep } from './step-results.ts';
import type { RunStepsOptions } from './steps-work.ts';

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
  const { planned, found, reached } = await planBuild(options, { base, python });
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
    const { image, isTaken } = await runStep(options, { step, index, base: current, python });
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
async function baseOf({ image, store, keeper, clean }: RunStepsOptions): Promise<StepImage> {
  const config = readImageConfig(image.config);
  const [trigger] = config?.onBuild ?? [];
  if (trigger !== undefined) throw new OnBuildError({ trigger, clean: clean.text });
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
