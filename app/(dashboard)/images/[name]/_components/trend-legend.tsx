import type { TrendBuild } from '#lib/images/types.ts';
import { markFills, markHeights } from './trend-chart.tsx';
import { markOf } from './trend-words.ts';

/** What the colours of the trends mean, of those that occur. */
export function TrendLegend({ builds }: { readonly builds: readonly TrendBuild[] }) {
  const marks = new Set(builds.map(markOf));
  return (
    <p aria-hidden className="flex flex-wrap gap-x-3.5 gap-y-1 text-small text-ink-3">
      {parts.map(([word, look]) => (
        <span key={word} className="inline-flex items-center gap-1.5">
          <span className={`h-2 w-3 ${look}`} />
          {word}
        </span>
      ))}
      {(['failed', 'cancelled', 'cached'] as const)
        .filter((mark) => marks.has(mark))
        .map((mark) => (
          <span key={mark} className="inline-flex items-center gap-1.5">
            <svg aria-hidden width="8" height="8">
              <rect width="8" height={markHeights[mark]} className={markFills[mark]} />
            </svg>
            {markWords[mark]}
          </span>
        ))}
    </p>
  );
}

const parts = [
  ['Pull', 'bg-tide-solid'],
  ['Steps', 'bg-steps-fill'],
  ['Other stages', 'bg-plate-reused'],
] as const;

const markWords = { failed: 'Failed', cancelled: 'Cancelled', cached: 'All from the cache' } as const;
