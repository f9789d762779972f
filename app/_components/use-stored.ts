'use client';

import { useCallback, useSyncExternalStore } from 'react';

/** A preference kept in this browser; null when it was never set, and on the server. All tabs follow a change. */
export function useStored(key: string): [string | null, (value: string | null) => void] {
  const value = useSyncExternalStore(
    subscribe,
    () => localStorage.getItem(key),
    () => null,
  );
  const set = useCallback(
    (next: string | null) => {
      if (next === null) localStorage.removeItem(key);
      else localStorage.setItem(key, next);
      window.dispatchEvent(new StorageEvent('storage', { key }));
    },
    [key],
  );
  return [value, set];
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('storage', listener);
  return () => window.removeEventListener('storage', listener);
}
