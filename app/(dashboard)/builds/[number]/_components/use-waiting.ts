'use client';

import { useEffect, useState } from 'react';
import type { Waiting } from '#lib/builds/types.ts';
import { lookAgain } from '../../../_components/look-again.ts';

/** What a build waits for while it is queued, for those who look at it. Null at first: most builds are taken at once. */
export function useWaiting(number: number, isQueued: boolean): Waiting | null {
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  useEffect(() => {
    if (!isQueued) return;
    const leave = lookAgain({
      url: `/api/builds/${number}/waiting`,
      everyMs: lookEveryMs,
      onAnswer: setWaiting,
    });
    return () => {
      leave();
      setWaiting(null);
    };
  }, [number, isQueued]);
  return waiting;
}

const lookEveryMs = 1_500;
