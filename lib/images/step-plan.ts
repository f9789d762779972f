import type { BuiltStep } from './schema.ts';
import { type EarlierBuild, type PythonOrigin, whyRebuilt } from './why.ts';

/**
 * `use`: cached results are taken, new ones kept. `force`: everything is run again and replaces what was kept.
 * `ignore`: everything is run again and the cache stays as it is.
 */
export const cachePolicies = ['use', 'force', 'ignore'] as const;
export type CachePolicy = (typeof cachePolicies)[number];

/** What will become of one step. */
export interface PlannedStep {
  readonly step: BuiltStep;
  readonly key: string;
  readonly isHit: boolean;
  /** Whether it is run whatever is kept, or will be kept by others: it, a step before it, or the build is forced. */
  readonly isForced: boolean;
  /** One short sentence for people: why it is taken from the cache, or why not. */
  readonly why: string;
}

export interface PlanOptions {
  readonly steps: readonly BuiltStep[];
  /** One for each step: `stepKeys`. */
  readonly keys: readonly string[];
  /** Of these keys, those whose results are kept, whole. */
  readonly known: ReadonlySet<string>;
  readonly policy: CachePolicy;
  /** Who chose a policy other than `use`. */
  readonly requester: string;
  readonly base: { readonly reference: string; readonly digest: string; readonly platform: string };
  /** Where Python is taken from; undefined where no step adds it. */
  readonly python?: PythonOrigin | undefined;
  /** Names of the steps' secrets to their ids. */
  readonly secretIds: ReadonlyMap<string, string>;
  /** The last build of the same image; null for the first. */
  readonly earlier: EarlierBuild | null;
}

/**
 * Decides what is a hit. The last step whose result is kept counts, whatever became of those before it: its result holds theirs.
 * After a step that has to run, all have to.
 */
export function planSteps(options: PlanOptions): readonly PlannedStep[] {
  const { steps, keys } = options;
  const forced = options.policy === 'use' ? firstForced(steps) : 0;
  const reusable = keys.slice(0, forced).findLastIndex((key) => options.known.has(key));
  return steps.map((step, index) => {
    const key = keys[index] ?? '';
    const common = { step, key, isForced: index >= forced };
    if (index <= reusable) return { ...common, isHit: true, why: 'Same as before, from the cache' };
    return { ...common, isHit: false, why: whyRebuilt({ ...options, index, first: reusable + 1 }) };
  });
}

/** The number of steps where none is. */
function firstForced(steps: readonly BuiltStep[]): number {
  const index = steps.findIndex((step) => 'force_build' in step && step.force_build);
  return index === -1 ? steps.length : index;
}
