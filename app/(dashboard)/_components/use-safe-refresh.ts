'use client';

import { useRouter } from 'next/navigation';
import { startTransition, useCallback, useEffect, useRef, useState } from 'react';

/**
 * Reads the page anew if the server answers. A refresh that reaches no server becomes a full load, which puts the
 * browser's error page in the place of ours, so the server is asked first whether it is there.
 *
 * Refreshes wait in one row with the actions of the page, so there is one at a time: who asks meanwhile gets one more after it.
 */
export function useSafeRefresh(): {
  readonly refresh: () => Promise<void>;
  /** Until what was read is on the page. */
  readonly isRefreshing: boolean;
} {
  const router = useRouter();
  const [isRefreshing, setRefreshing] = useState(false);
  const isUnderWay = useRef(false);
  const isDueAgain = useRef(false);

  const refresh = useCallback(async () => {
    isDueAgain.current = isUnderWay.current;
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    setRefreshing(true);
    const health = await fetch('/api/health', { cache: 'no-store' }).catch(() => null);
    startTransition(() => {
      if (health?.ok) router.refresh();
      // Comes with what is read, as one change.
      setRefreshing(false);
    });
  }, [router]);

  useEffect(() => {
    if (isRefreshing) return;
    isUnderWay.current = false;
    if (isDueAgain.current) void refresh();
  }, [isRefreshing, refresh]);

  return { refresh, isRefreshing };
}
