import { useEffect, useRef } from 'react';
import { useAnnounce } from '#app/_components/live-region.tsx';
import type { PushState } from '#lib/push/schema.ts';
import type { PushView } from '#lib/push/types.ts';

/** Says aloud when a push comes to another state. */
export function usePushAnnouncements(pushes: readonly PushView[]): void {
  const announce = useAnnounce();
  const said = useRef<ReadonlyMap<string, PushState>>(statesOf(pushes));
  useEffect(() => {
    const changed = pushes.filter(({ id, state }) => said.current.get(id) !== state);
    said.current = statesOf(pushes);
    if (changed.length === 0) return;
    announce(changed.map(({ reference, state }) => `Push to ${reference} ${words[state]}`).join('. '));
  }, [announce, pushes]);
}

function statesOf(pushes: readonly PushView[]): ReadonlyMap<string, PushState> {
  return new Map(pushes.map(({ id, state }) => [id, state]));
}

const words: Readonly<Record<PushState, string>> = {
  queued: 'is queued',
  running: 'is running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
};
