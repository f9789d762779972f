'use client';

import { useSyncExternalStore } from 'react';

/** What the platform's modifier is called on its keyboards. */
export function useModifier(): '⌘' | 'Ctrl' {
  return useSyncExternalStore(
    () => () => {},
    () => (/mac|iphone|ipad/i.test(navigator.platform) ? '⌘' : 'Ctrl'),
    () => '⌘',
  );
}
