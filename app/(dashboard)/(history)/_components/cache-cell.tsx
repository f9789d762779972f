import { Ticks } from '#app/_components/ticks.tsx';
import { formatPercent } from '#lib/builds/format.ts';
import type { BuildRow } from '#lib/builds/types.ts';
import { reusedShare } from './row-figures.ts';

/** The share of an image's bytes that was in the store already, in words and in ten draught ticks. */
export function CacheCell(props: { readonly row: BuildRow }) {
  const share = reusedShare(props.row);
  if (share === null) return <span className="text-ink-3">–</span>;
  return (
    <span className="inline-flex items-center justify-end gap-2 tabular-nums">
      {formatPercent(share)}
      <Ticks share={share} />
    </span>
  );
}
