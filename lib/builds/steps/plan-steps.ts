import { NoEngineError } from '#lib/engines/errors.ts';
import type { StepImage } from '#lib/engines/take-result.ts';
import { stepKeys } from '#lib/images/step-keys.ts';
import { type PlannedStep, planSteps } from '#lib/images/step-plan.ts';
import { createStageLog } from '../log/stage-log.ts';
import { heldResult } from './held-step.ts';
import type { PythonSource } from './python-source.ts';
import type { KeptStep } from './step-results.ts';
import type { RunStepsOptions, StepsWork } from './steps-work.ts';

/**
 * Decides which steps are run.
 * @returns also the results that are kept under the steps' keys, and the image that the first step to be run goes on from
 */
export async function planBuild(
  options: RunStepsOptions,
  { base, python }: { readonly base: StepImage; readonly python: PythonSource | undefined },
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
