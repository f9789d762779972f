import { align } from './align.ts';
import type { BuiltStep } from './schema.ts';
import { canonicalStep } from './step-keys.ts';
import { titleOfStep } from './step-title.ts';
import type { StepHits } from './types.ts';

/**
 * How often each step of the newest revision came from the cache. Hits are the beginning of a chain, so the count of a build says which
 * of its steps they were; a build counts for the steps that its own revision has too.
 */
export function stepHits(options: {
  readonly steps: readonly BuiltStep[];
  readonly builds: readonly { readonly steps: readonly BuiltStep[]; readonly stepsCached: number | null }[];
}): readonly StepHits[] {
  const keys = options.steps.map(canonicalStep);
  const counts = keys.map(() => ({ hits: 0, builds: 0 }));
  for (const { steps, stepsCached } of options.builds) {
    if (stepsCached === null) continue;
    for (const { before, after } of align(steps.map(canonicalStep), keys)) {
      const count = after === null ? undefined : counts[after];
      if (count === undefined || before === null) continue;
      count.builds += 1;
      if (before < stepsCached) count.hits += 1;
    }
  }
  return options.steps.map((step, index) => ({
    title: titleOfStep(step),
    hits: counts[index]?.hits ?? 0,
    builds: counts[index]?.builds ?? 0,
  }));
}
