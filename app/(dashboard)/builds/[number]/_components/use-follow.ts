'use client';

import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

export interface Follow {
  readonly isFollowing: boolean;
  readonly setFollowing: (isFollowing: boolean) => void;
}

/**
 * Whether the log keeps to its end. Scrolling up or selecting text lets go of it; scrolling to the end takes hold again.
 * Scrolling is told from a list, or a window on it, that changes its height: that moves it too.
 */
export function useFollow(options: {
  readonly scroller: RefObject<HTMLElement | null>;
  readonly isLive: boolean;
}): Follow {
  const { scroller, isLive } = options;
  const [isFollowing, setFollowing] = useState(isLive);
  const last = useRef({ top: 0, contentPx: 0, viewPx: 0 });

  useEffect(() => {
    const element = scroller.current;
    if (element === null || !isLive) return;
    function onScroll() {
      if (element === null) return;
      const { scrollTop, scrollHeight, clientHeight } = element;
      const { top, contentPx, viewPx } = last.current;
      last.current = { top: scrollTop, contentPx: scrollHeight, viewPx: clientHeight };
      if (scrollHeight !== contentPx || clientHeight !== viewPx) return;
      if (scrollTop < top - 2) setFollowing(false);
      else if (scrollTop > top && scrollHeight - scrollTop - clientHeight < nearEndPx) setFollowing(true);
    }
    function onSelection() {
      const selection = document.getSelection();
      if (selection === null || selection.isCollapsed) return;
      if (element?.contains(selection.anchorNode)) setFollowing(false);
    }
    element.addEventListener('scroll', onScroll, { passive: true });
    document.addEventListener('selectionchange', onSelection);
    return () => {
      element.removeEventListener('scroll', onScroll);
      document.removeEventListener('selectionchange', onSelection);
    };
  }, [scroller, isLive]);

  return { isFollowing: isFollowing && isLive, setFollowing: useCallback((next) => setFollowing(next), []) };
}

/** About a line: who is this near the end is at it. */
const nearEndPx = 24;
