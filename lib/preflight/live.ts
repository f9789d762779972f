import { follow, lookEveryMs } from '#lib/db/follow.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { isWorkerThere, readPreflight } from './data.ts';
import { abandonPreflight } from './mutations.ts';
import { endOverduePreflights, preflightChannel } from './queue.ts';
import type { PreflightView } from './schema.ts';
import type { PreflightRow } from './types.ts';

/**
 * A check as it stands and as it changes, whole each time; ends after the view that has ended. When `signal` fires, even
 * before the first view was asked for, the check is abandoned: it is made for one follower alone.
 *
 * @throws NotFoundError, at the first step, when the workspace has no such check.
 */
export function followPreflight(options: Following): AsyncGenerator<PreflightView, void, void> {
  const { signal } = options;
  // If the database is away, the check ends by its own deadline, with nobody to tell.
  const abandon = () => void abandonPreflight(options).catch(() => {});
  if (signal.aborted) abandon();
  else signal.addEventListener('abort', abandon, { once: true });
  return views(options, abandon);
}

interface Following {
  readonly scope: Scope;
  readonly id: string;
  readonly signal: AbortSignal;
}

async function* views(options: Following, abandon: () => void): AsyncGenerator<PreflightView, void, void> {
  const { id, signal } = options;
  let hasEnded = false;
  const views = follow({
    channel: preflightChannel,
    payload: id,
    read: () => readPreflight(options).then(viewOf),
    isLast: (view) => view === null || view.state === 'ended',
    // Where no worker is left, whoever waits ends the check.
    onQuiet: async () => void (await endOverduePreflights({ id })),
    signal,
  });
  try {
    for await (const view of views) {
      if (view === null) return;
      hasEnded = view.state === 'ended';
      yield view;
    }
  } finally {
    signal.removeEventListener('abort', abandon);
    if (!hasEnded && !signal.aborted) abandon();
  }
}

/** Null of a check that was abandoned. */
async function viewOf(row: PreflightRow): Promise<PreflightView | null> {
  const { state, checks, ageMs, ...rest } = row;
  if (state === 'abandoned') return null;
  const view: PreflightView = { state, checks: [...checks], ...rest };
  if (state !== 'queued' || ageMs < lookEveryMs) return view;
  const isThere = await isWorkerThere().catch(() => true);
  return { ...view, waitsFor: isThere ? 'slot' : 'worker' };
}
