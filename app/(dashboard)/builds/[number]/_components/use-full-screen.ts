'use client';

import { useEffect, useState } from 'react';

/** Whether something fills the window; Escape ends it. */
export function useFullScreen(): [boolean, (isFullScreen: boolean) => void] {
  const [isFullScreen, setFullScreen] = useState(false);
  useEffect(() => {
    if (!isFullScreen) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) setFullScreen(false);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [isFullScreen]);
  return [isFullScreen, setFullScreen];
}
