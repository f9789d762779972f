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
  // Counts the streams that were asked for: one that is just ending is no reason to miss what was queued meanwhile.
  const [asked, setAsked] = useState(initial.some(isOpen) ? 1 : 0);
  useEffect(() => {
    if (asked === 0) return;
    return followEvents({
      url: () => `/api/builds/${number}/pushes`,
      // Whole each time, so nothing of an older message is needed.
      onData: (data) => setPushes(JSON.parse(data) as readonly PushView[]),
      onStatus: () => {},
      onEnd: () => 'done',
    });
  }, [number, asked]);
  return { pushes, follow: () => setAsked((count) => count + 1) };
}

/** Whether anything can still happen to it. */
export function isOpen({ state }: PushView): boolean {
  return state === 'queued' || state === 'running';
}
