'use client';

import { Button } from '#app/_components/button.tsx';
import { Note } from '#app/_components/note.tsx';
import { useNow } from '#app/_components/use-now.ts';
import { formatClock } from '#lib/builds/format.ts';
import { useSafeRefresh } from '../../_components/use-safe-refresh.ts';

/** Says that the rows no longer change by themselves, once that has lasted longer than a hiccup. */
export function LostBanner(props: { readonly lostAtMs: number | null }) {
  const nowMs = useNow(1000);
  const { refresh, isRefreshing } = useSafeRefresh();
  const { lostAtMs } = props;
  if (lostAtMs === null || nowMs === null || nowMs - lostAtMs < hiccupMs) return null;

  return (
    <Note tone="warn" className="mx-6 mb-3 max-md:mx-4">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="tabular-nums">
          <span className="font-medium text-ink">
            Live updates stopped {Math.floor((nowMs - lostAtMs) / 1000)}s ago.
          </span>{' '}
          The rows below are from {formatClock(new Date(lostAtMs))}. The connection is tried again by itself.
        </p>
        <Button size="sm" isBusy={isRefreshing} busyLabel="Trying" onClick={refresh}>
          Try now
        </Button>
      </div>
    </Note>
  );
}

const hiccupMs = 3000;
