'use client';

import { useCallback } from 'react';
import { useStored } from './use-stored.ts';

/** Turns light into dark and back, now and at the next visit. */
export function useThemeSwitch(): () => void {
  const [, setTheme] = useStored('slipway.theme');
  return useCallback(() => {
    const root = document.documentElement;
    const theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
    root.dataset.theme = theme;
    setTheme(theme);
  }, [setTheme]);
}
