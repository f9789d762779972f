'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { Meter } from '#app/_components/meter.tsx';
import { formatPercent } from '#lib/builds/format.ts';
import type { BuildRow } from '#lib/builds/types.ts';
import { splitReference } from '#lib/images/split-reference.ts';
import { followRows } from './live-rows.ts';
import { useSafeRefresh } from './use-safe-refresh.ts';

/** Builds under way, wherever one is. Hidden when there are none. */
export function RunningNow(props: { readonly initial: readonly BuildRow[] }) {
  const path = usePathname();
  const rows = useRunning(props.initial);
  if (rows.length === 0) return null;
  return (
    <>
      <h2 className="mx-2 mt-5 mb-1.5 text-small font-medium text-ink-3">Running now</h2>
      <nav aria-label="Running builds" className="grid grid-cols-[minmax(0,1fr)] gap-px">
        {rows.slice(0, shownMax).map((row) => (
          <Link
            key={row.number}
            href={`/builds/${row.number}`}
            title={row.reference}
            aria-current={path === `/builds/${row.number}` ? 'page' : undefined}
            className="group grid grid-cols-[minmax(0,1fr)] gap-1.5 rounded-md px-2 pt-[7px] pb-2 hover:bg-fill-hover aria-[current]:bg-fill-active touch:min-h-touch"
          >
            <span className="flex gap-2 text-small">
              <span className="cut font-mono font-medium tracking-none">
                {row.image?.name ?? splitReference(row.reference).name}
              </span>
              <span className="ml-auto whitespace-nowrap text-ink-3 tabular-nums group-aria-[current]:text-ink-2">
                {progressOf(row)}
              </span>
            </span>
            <Meter share={shareOf(row)} />
          </Link>
        ))}
      </nav>
    </>
  );
}

function useRunning(initial: readonly BuildRow[]): readonly BuildRow[] {
  const { refresh } = useSafeRefresh();
  const [rows, setRows] = useState(initial);
  useEffect(() => setRows(initial), [initial]);
  const wasLost = useRef(false);
  useEffect(
    () =>
      followRows((message) => {
        if (message.kind === 'rows') setRows((known) => merge(known, message.rows));
        if (message.kind === 'lost') wasLost.current = true;
        if (message.kind === 'opened' && wasLost.current) {
          wasLost.current = false;
          void refresh();
        }
      }),
    [refresh],
  );
  return rows;
}

/** Newest first; what has ended goes. */
function merge(known: readonly BuildRow[], changed: readonly BuildRow[]): readonly BuildRow[] {
  const byNumber = new Map([...known, ...changed].map((row) => [row.number, row]));
  return [...byNumber.values()].filter((row) => row.state === 'running').sort((a, b) => b.number - a.number);
}

function shareOf(row: BuildRow): number {
  if (row.progress === null || !row.totalBytes) return 0;
  return row.progress.doneBytes / row.totalBytes;
}

function progressOf(row: BuildRow): string {
  if (row.stage === 'pull' && row.progress !== null) return formatPercent(shareOf(row));
  return row.stage ?? 'starting';
}

const shownMax = 5;
