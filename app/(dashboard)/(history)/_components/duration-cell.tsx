import { classNames } from '#app/_components/class-names.ts';
import { formatDuration } from '#lib/builds/format.ts';
import type { BuildRow } from '#lib/builds/types.ts';
import { durationBar, durationMs } from './row-figures.ts';

/** How long a build took, and a bar on the scale of the rows shown: the pull first, then the rest. */
export function DurationCell(props: {
  readonly row: BuildRow;
  readonly longestMs: number;
  readonly nowMs: number | null;
}) {
  const { row } = props;
  const totalMs = durationMs(row, props.nowMs);
  const isFaint = row.state === 'failed' || row.state === 'cancelled';
  return (
    <div className="grid grid-cols-[52px_1fr] items-center gap-2.5 max-[901px]:grid-cols-1">
      <span
        className={classNames(
          'text-right tabular-nums max-md:text-small max-md:text-ink-2',
          totalMs === null && 'text-ink-3 max-md:hidden',
        )}
      >
        {totalMs === null ? '–' : formatDuration(totalMs)}
      </span>
      {totalMs !== null && <Bar row={row} totalMs={totalMs} longestMs={props.longestMs} isFaint={isFaint} />}
    </div>
  );
}

function Bar(props: {
  readonly row: BuildRow;
  readonly totalMs: number;
  readonly longestMs: number;
  readonly isFaint: boolean;
}) {
  const { row, totalMs, longestMs } = props;
  const isPulling = row.state === 'running' && row.stage === 'pull';
  const pullMs = Math.min(row.pullMs ?? (isPulling ? totalMs : 0), totalMs);
  const { lengthPercent, pullPercent } = durationBar({ totalMs, pullMs, longestMs });
  const hasRest = totalMs - pullMs >= 100;
  return (
    <span
      role="img"
      aria-label={`Pull ${formatDuration(pullMs)}, other stages ${formatDuration(totalMs - pullMs)}`}
      className={classNames('flex h-[7px] min-w-2 max-[901px]:hidden', props.isFaint && 'opacity-42')}
      style={{ width: `${lengthPercent.toFixed(1)}%` }}
    >
      {pullPercent > 0 && (
        <span
          className={classNames('h-full min-w-1 rounded-l-[1px] bg-tide-solid', hasRest && 'rake-7')}
          style={{ width: `${pullPercent.toFixed(1)}%` }}
        />
      )}
      {hasRest && (
        <span
          className={classNames(
            'h-full flex-1 rounded-r-[1px] bg-steps-fill',
            pullPercent > 0 && '-ml-px rake-start-7',
          )}
        />
      )}
    </span>
  );
}
