'use client';

import { useEffect, useState } from 'react';
import type { Waiting } from '#lib/builds/types.ts';

/** What a build waits for while it is queued, for those who look at it. Null at first: most builds are taken at once. */
export function useWaiting(number: number, isQueued: boolean): Waiting | null {
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  useEffect(() => {
    if (!isQueued) return;
    const leave = new AbortController();
    const timer = setInterval(async () => {
      if (document.hidden) return;
      try {
        const response = await fetch(`/api/builds/${number}/waiting`, { signal: leave.signal });
        if (response.ok) setWaiting(await response.json());
      } catch {
        // The server is restarting, or the page is being left; the next look will tell.
      }
    }, lookEveryMs);
    return () => {
      leave.abort();
      clearInterval(timer);
      setWaiting(null);
    };
  }, [number, isQueued]);
  return waiting;
}

const lookEveryMs = 1_500;
