'use client';

import { useSyncExternalStore } from 'react';

/**
 * The present in ms since 1970, moving in steps of `stepMs`; null on the server and while the page hydrates, when
 * no clock can be right in both places. One timer serves all that look at it.
 */
export function useNow(stepMs: number): number | null {
  return useSyncExternalStore(
    subscribe,
    () => Math.floor(Date.now() / stepMs) * stepMs,
    () => null,
  );
}

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
