import { formatPercent } from '#lib/builds/format.ts';
import type { BuildRow } from '#lib/builds/types.ts';
import { reusedShare } from './row-figures.ts';
import styles from './ticks.module.css';

/** The share of an image's bytes that was in the store already, in words and in ten draught ticks. */
export function CacheCell(props: { readonly row: BuildRow }) {
  const share = reusedShare(props.row);
  if (share === null) return <span className="text-ink-3">–</span>;
  return (
    <span className="inline-flex items-center justify-end gap-2 tabular-nums">
      {formatPercent(share)}
      <span aria-hidden className={styles.ticks}>
        <span style={{ width: `${Math.max(0, Math.round(share * 10) * 4 - 2)}px` }} />
      </span>
    </span>
  );
}
