import { Ticks } from '#app/_components/ticks.tsx';
import type { StepHits } from '#lib/images/types.ts';

/** How often each step of the definition came from the cache, in draught ticks. */
export function StepHitsList({ steps }: { readonly steps: readonly StepHits[] }) {
  if (steps.length === 0) return null;
  return (
    <div>
      <h3 className="mb-1 text-small font-medium">From the cache</h3>
      <ol aria-label="Cache hits by step">
        {steps.map(({ title, hits, builds }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is known by its place.
          <li key={index} className="flex items-center gap-3 border-t border-line py-1.5 first:border-t-0">
            <span className="w-4 flex-none text-small text-ink-3 tabular-nums">{index + 1}</span>
            <code className="min-w-0 flex-1 cut font-mono text-small" title={title}>
              {title}
            </code>
            <span className="inline-flex flex-none items-center gap-2 text-small text-ink-2 tabular-nums">
              {builds === 0 ? 'not built yet' : `${hits} of ${builds}`}
              {builds > 0 && <Ticks share={hits / builds} />}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
