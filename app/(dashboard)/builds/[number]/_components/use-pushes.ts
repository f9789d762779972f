'use client';

import { useEffect, useState } from 'react';
import type { PushView } from '#lib/push/types.ts';
import { followEvents } from './event-stream.ts';

/** The pushes of a build as they go on. `follow` is for after one was queued here. */
export function usePushes(options: { readonly number: number; readonly initial: readonly PushView[] }): {
  readonly pushes: readonly PushView[];
  readonly follow: () => void;
} {
  const { number, initial } = options;
  const [pushes, setPushes] = useState(initial);
  const [isFollowing, setFollowing] = useState(initial.some(isOpen));
  useEffect(() => {
    if (!isFollowing) return;
    return followEvents({
      url: () => `/api/builds/${number}/pushes`,
      // Whole each time, so nothing of an older message is needed.
      onData: (data) => setPushes(JSON.parse(data) as readonly PushView[]),
      onStatus: () => {},
      onEnd: () => {
        setFollowing(false);
        return 'done';
      },
    });
  }, [number, isFollowing]);
  return { pushes, follow: () => setFollowing(true) };
}

/** Whether anything can still happen to it. */
export function isOpen({ state }: PushView): boolean {
  return state === 'queued' || state === 'running';
}
