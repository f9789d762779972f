'use client';

import { useEffect, useRef } from 'react';
import { useAnnounce } from '#app/_components/live-region.tsx';
import { useToast } from '#app/_components/toast.tsx';
import { formatBytes } from '#lib/builds/format.ts';
import type { CollectionRow } from '#lib/store/types.ts';
import { useRefreshWhile } from '../../_components/use-refresh-while.ts';
import { isUnderWay } from './under-way.ts';

/** Reads the page anew while a collection is under way, and says once how it ended. Shows nothing itself. */
export function FollowCollection({ newest }: { readonly newest: CollectionRow | null }) {
  const toast = useToast();
  const announce = useAnnounce();
  const followed = useRef<string | null>(null);
  const isPending = isUnderWay(newest);
  useRefreshWhile(isPending, waitMs);

  useEffect(() => {
    if (newest === null) return;
    if (isPending) followed.current = newest.id;
    else if (followed.current === newest.id) {
      followed.current = null;
      const isDone = newest.state === 'done';
      const text = isDone ? `Collected, ${formatBytes(newest.freedBytes)} freed` : 'The collection failed';
      toast({ text, tone: isDone ? 'ok' : 'bad' });
      announce(text);
    }
  }, [newest, isPending, toast, announce]);

  return null;
}

/** A collection of a small store takes less than a second; of a large one, its figures move this often. */
function waitMs(): number {
  return 800;
}
