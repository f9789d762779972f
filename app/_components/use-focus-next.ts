'use client';

import { useCallback, useEffect, useRef } from 'react';

type Find = () => HTMLElement | null | undefined;

/** Gives the focus to what a change brings onto the page, or to what is left when it takes something away: found after the next render. */
export function useFocusNext(): (find: Find) => void {
  const next = useRef<Find | null>(null);
  useEffect(() => {
    const element = next.current?.();
    next.current = null;
    element?.focus();
  });
  return useCallback((find) => {
    next.current = find;
  }, []);
}

/** An element to be focused, unless something else has the focus: whoever went on meanwhile is not pulled back. */
export function unlessFocused(element: HTMLElement | null | undefined): HTMLElement | null | undefined {
  return document.activeElement === document.body ? element : null;
}
