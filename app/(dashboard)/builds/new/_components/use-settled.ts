'use client';

import { useEffect, useState } from 'react';

/**
 * Whether somebody has stopped typing: nobody is told what is wrong in the middle of a word. `settle` says so at once,
 * as when the field is left.
 */
export function useSettled(isSettledAtFirst: boolean) {
  const [typedAtMs, setTypedAtMs] = useState<number | null>(null);
  const [isSettled, setSettled] = useState(isSettledAtFirst);
  useEffect(() => {
    if (typedAtMs === null) return;
    const timer = setTimeout(() => setSettled(true), pauseMs);
    return () => clearTimeout(timer);
  }, [typedAtMs]);
  return {
    isSettled,
    settle: () => setSettled(true),
    unsettle: () => {
      setSettled(false);
      setTypedAtMs(performance.now());
    },
  };
}

const pauseMs = 800;
