'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { extendRange, formatLineHash, type LineRange, parseLineHash } from './line-range.ts';

export interface LineSelection {
  readonly range: LineRange | null;
  /** Selects a line, or from the last selected one to this; the address follows. */
  readonly select: (line: number, isRange: boolean) => void;
}

/**
 * The lines that the address names. The page's first render knows no address, so `onOpen` is called as soon as there
 * is one: at the start, on going back and forth, and on links within the page.
 */
export function useLineSelection(onOpen: (range: LineRange) => void): LineSelection {
  const [range, setRange] = useState<LineRange | null>(null);
  const anchor = useRef<number | null>(null);
  const latest = useRef(onOpen);
  useEffect(() => {
    latest.current = onOpen;
  });

  useEffect(() => {
    function read() {
      const named = parseLineHash(window.location.hash);
      setRange(named);
      anchor.current = named?.from ?? null;
      if (named !== null) latest.current(named);
    }
    /** A link to where the address is already changes nothing in it, and is meant all the same. */
    function readAgain(event: MouseEvent) {
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      if (!event.defaultPrevented && link?.href === window.location.href) read();
    }
    read();
    window.addEventListener('hashchange', read);
    document.addEventListener('click', readAgain);
    return () => {
      window.removeEventListener('hashchange', read);
      document.removeEventListener('click', readAgain);
    };
  }, []);

  const select = useCallback((line: number, isRange: boolean) => {
    const isExtended = isRange && anchor.current !== null;
    const next = isExtended ? extendRange(anchor.current ?? line, line) : { from: line, to: line };
    if (!isExtended) anchor.current = line;
    setRange(next);
    window.history.replaceState(window.history.state, '', formatLineHash(next));
  }, []);

  return { range, select };
}
