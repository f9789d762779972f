'use client';

import { useEffect, useRef } from 'react';
import { useSafeRefresh } from './use-safe-refresh.ts';

/**
 * Reads the page anew as long as something on it is under way and it is looked at, each time a while after what was read last is shown.
 *
 * @param waitMs how long, after so many times; a function that stays the same
 */
export function useRefreshWhile(isUnderWay: boolean, waitMs: (times: number) => number): void {
  const { refresh, isRefreshing } = useSafeRefresh();
  const times = useRef(0);
  useEffect(() => {
    if (!isUnderWay) times.current = 0;
    if (!isUnderWay || isRefreshing) return;
    const timer = setInterval(() => {
      if (document.hidden) return;
      times.current += 1;
      void refresh();
    }, waitMs(times.current));
    return () => clearInterval(timer);
  }, [isUnderWay, isRefreshing, refresh, waitMs]);
}
