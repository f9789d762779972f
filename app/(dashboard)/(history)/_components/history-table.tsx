'use client';

import { ArrowDown } from 'lucide-react';
import { Fragment } from 'react';
import { useNow } from '#app/_components/use-now.ts';
import { formatCountOf } from '#lib/builds/format.ts';
import type { BuildRow } from '#lib/builds/types.ts';
import { groupByDay } from './day-groups.ts';
import { HistoryRow } from './history-row.tsx';
import { longestMs } from './row-figures.ts';
import styles from './table.module.css';
import { asCell, asGroup, asHead, asRow, asTable } from './table-roles.ts';

export interface HistoryTableProps {
  readonly rows: readonly BuildRow[];
  readonly hasOlder: boolean;
  /** Numbers above this came while one watched. */
  readonly newAbove: number;
  /** When the server made the page, for what it draws before the browser knows the time. */
  readonly renderedAt: string;
}

/** Builds by day, newest first. Roles are spelled out because a list of blocks, as on small screens, loses them. */
export function HistoryTable(props: HistoryTableProps) {
  const { rows } = props;
  const isAnyLive = rows.some(({ state }) => state === 'running');
  const nowMs = useNow(isAnyLive ? 1000 : 60_000);
  const now = new Date(nowMs ?? props.renderedAt);
  const days = groupByDay(rows, {
    now,
    timeZone: nowMs === null ? 'UTC' : undefined,
    hasOlder: props.hasOlder,
  });
  const longest = longestMs(rows, nowMs);
  return (
    <table {...asTable} aria-label="Builds" className={styles.table}>
      <thead {...asGroup}>
        <tr {...asRow}>
          {columns.map(({ name, className, isSorted }) => (
            <th
              key={name}
              {...asHead}
              scope="col"
              className={className}
              aria-sort={isSorted ? 'descending' : undefined}
            >
              {name}
              {isSorted && <ArrowDown aria-hidden className="ml-1 inline-block size-3 align-[-2px]" />}
            </th>
          ))}
        </tr>
      </thead>
      <tbody {...asGroup}>
        {days.map((day) => (
          <Fragment key={day.key}>
            <tr {...asRow} className={styles.day}>
              <td {...asCell} colSpan={columns.length}>
                {day.name !== null && <span className="mr-2 font-medium text-ink-2">{day.name}</span>}
                {day.date}
                {day.isWhole && `, ${formatCountOf(day.rows.length, 'build')}`}
              </td>
            </tr>
            {day.rows.map((row) => (
              <HistoryRow
                key={row.number}
                row={row}
                longestMs={longest}
                nowMs={row.state === 'running' ? nowMs : null}
                isClock={day.name !== 'Today' && now.getTime() - Date.parse(row.createdAt) >= agesUnderMs}
                isNew={row.number > props.newAbove}
              />
            ))}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

/** As long as ages are told in hours. */
const agesUnderMs = 12 * 3_600_000;

const columns = [
  { name: 'Status', className: styles.status },
  { name: 'Image', className: styles.image },
  { name: 'Build', className: styles.number },
  { name: 'Requester', className: styles.requester },
  { name: 'Trigger', className: styles.trigger },
  { name: 'Base digest', className: styles.digest },
  { name: 'Duration', className: styles.duration },
  { name: 'Cache', className: styles.cache },
  { name: 'Started', className: styles.started, isSorted: true },
] as readonly { readonly name: string; readonly className: string; readonly isSorted?: true }[];
