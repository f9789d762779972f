'use client';

import { useRouter } from 'next/navigation';
import { useCallback } from 'react';

/**
 * Reads the page anew if the server answers. A refresh that reaches no server becomes a full load, which puts the
 * browser's error page in the place of ours, so the server is asked first whether it is there.
 */
export function useSafeRefresh(): () => Promise<void> {
  const { refresh } = useRouter();
  return useCallback(async () => {
    const health = await fetch('/api/health', { cache: 'no-store' }).catch(() => null);
    if (health?.ok) refresh();
  }, [refresh]);
}
