'use client';

import { useEffect } from 'react';
import { useSafeRefresh } from '../../_components/use-safe-refresh.ts';

/** A worker answers within a second or two: often at first, then rarely, as long as the page is looked at. */
const quickMs = 400;
const slowMs = 4000;
const quickTries = 25;

/** Reads the page anew until the check of a version has ended. Shows nothing itself. */
export function RefreshWhilePending({ isPending }: { isPending: boolean }) {
  const refresh = useSafeRefresh();
  useEffect(() => {
    if (!isPending) return;
    let tries = 0;
    let timer: ReturnType<typeof setTimeout>;
    const next = () => {
      timer = setTimeout(
        () => {
          tries += 1;
          if (!document.hidden) void refresh();
          next();
        },
        tries < quickTries ? quickMs : slowMs,
      );
    };
    next();
    return () => clearTimeout(timer);
  }, [isPending, refresh]);
  return null;
}
