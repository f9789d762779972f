import Link from 'next/link';
import { memo, type ReactNode } from 'react';
import { Avatar } from '#app/_components/avatar.tsx';
import { classNames } from '#app/_components/class-names.ts';
import { ImageName } from '#app/_components/image-name.tsx';
import { ImageReference } from '#app/_components/image-reference.tsx';
import { RegistryIcon } from '#app/_components/registry-icon.tsx';
import { Status } from '#app/_components/status.tsx';
import { Age, Time } from '#app/_components/time.tsx';
import { formatDigestShort } from '#lib/builds/format.ts';
import type { BuildRow } from '#lib/builds/types.ts';
import { registryOf } from '../../_components/registry-of.ts';
import { Trigger } from '../../builds/_components/trigger.tsx';
import { CacheCell } from './cache-cell.tsx';
import { DurationCell } from './duration-cell.tsx';
import { LiveLine } from './live-line.tsx';
import { progressShare } from './row-figures.ts';
import styles from './table.module.css';
import { asCell, asRow } from './table-roles.ts';

export interface HistoryRowProps {
  readonly row: BuildRow;
  readonly longestMs: number;
  /** Moves for rows that are under way; one value for ever for those that ended. */
  readonly nowMs: number | null;
  /** Under the row of its day a build of some hours ago has a clock time; an age says it of a newer one. */
  readonly isClock: boolean;
  /** It came while one watched: it slides in. */
  readonly isNew: boolean;
}

/** A build in the history; a second row under it while it runs and where it failed. */
export const HistoryRow = memo(function HistoryRow({
  row,
  longestMs,
  nowMs,
  isClock,
  isNew,
}: HistoryRowProps) {
  const registry = registryOf(row.reference);
  const secondId = `build-${row.number}-more`;
  const isLive = row.state === 'running';
  const second = secondLineOf(row);
  return (
    <>
      <tr
        {...asRow}
        data-build={row.number}
        className={classNames(
          styles.row,
          isLive && styles.live,
          second !== null && styles.first,
          isNew && styles.isNew,
        )}
      >
        <td {...asCell} className={styles.status}>
          <Status state={row.state} share={progressShare(row) ?? undefined} />
        </td>
        <td {...asCell} className={styles.image}>
          <Link
            href={`/builds/${row.number}`}
            aria-describedby={second === null ? undefined : secondId}
            className={styles.link}
          >
            <RegistryIcon registry={registry.host} title={registry.name} />
            {row.image !== null && <ImageName name={row.image.name} />}
            <ImageReference
              reference={row.reference}
              isHostHidden={registry.kind !== 'registry' || row.image !== null}
            />
          </Link>
        </td>
        <td {...asCell} className={styles.number}>
          <span className="text-ink-3">#</span>
          <span className="text-ink max-md:text-ink-3">{row.number}</span>
          <span className="hidden max-md:inline">
            {' · '}
            {row.requesterName.split(' ')[0]}
            {' · '}
            {isClock ? <Time at={row.createdAt} format="clock" /> : <Age at={row.createdAt} />}
          </span>
        </td>
        <td {...asCell} className={styles.requester}>
          <span className="flex min-w-0 items-center gap-[7px]">
            <Avatar name={row.requesterName} />
            <span className="cut" title={row.requesterName}>
              {row.requesterName}
            </span>
          </span>
        </td>
        <td {...asCell} className={styles.trigger}>
          <Trigger build={row} />
        </td>
        <td {...asCell} className={styles.digest} title={row.baseDigest ?? undefined}>
          {row.baseDigest === null ? <Dash /> : formatDigestShort(row.baseDigest)}
        </td>
        <td {...asCell} className={styles.duration}>
          <DurationCell row={row} longestMs={longestMs} nowMs={nowMs} />
        </td>
        <td {...asCell} className={styles.cache}>
          <CacheCell row={row} />
        </td>
        <td {...asCell} className={styles.started}>
          {isClock ? (
            <Time at={row.createdAt} format="clock" className="text-ink-2 tabular-nums" />
          ) : (
            <Age at={row.createdAt} className="text-ink-2 tabular-nums" />
          )}
        </td>
      </tr>
      {second !== null && (
        <tr {...asRow} id={secondId} className={classNames(styles.second, isLive && styles.live)}>
          <td {...asCell} colSpan={9}>
            {second}
          </td>
        </tr>
      )}
    </>
  );
});

function secondLineOf(row: BuildRow): ReactNode {
  if (row.state === 'running') return <LiveLine row={row} />;
  if (row.state !== 'failed' || row.failure === null) return null;
  const { what, why } = row.failure;
  return (
    <div className="flex min-w-0 items-baseline gap-2.5 text-small text-bad-fg max-md:flex-wrap max-md:gap-y-0">
      <span className="cut max-md:whitespace-normal" title={`${what}. ${why}`}>
        {what}. {why}
      </span>
      <Link
        href={`/builds/${row.number}`}
        aria-label={`See the fix for build ${row.number}`}
        className="whitespace-nowrap text-ink-2 underline decoration-line-control underline-offset-3 hover:text-ink touch:inline-flex touch:h-touch touch:items-center"
      >
        See the fix
      </Link>
    </div>
  );
}

function Dash() {
  return <span className="text-ink-3">–</span>;
}
