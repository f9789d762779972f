import { setTimeout as wait } from 'node:timers/promises';
import { sharedListener } from '#lib/db/shared-listener.ts';
import { untilAborted } from '#lib/db/until-aborted.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { isWorkerThere, readPreflight } from './data.ts';
import { abandonPreflight } from './mutations.ts';
import { endOverduePreflights, preflightChannel } from './queue.ts';
import type { PreflightView } from './schema.ts';
import type { PreflightRow } from './types.ts';

/** How long a check may wait before its view says what for, and how often a follower looks without being told to. */
const lookEveryMs = 3_000;
/** How soon a read that failed is tried again. */
const retryMs = 500;
/** A server that starts again answers by then. */
const readMaxMs = 15_000;

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
  let changed = Promise.withResolvers<void>();
  let leave = () => {};
  let hasEnded = false;
  const catchUp = () => changed.resolve();
  const hear = (payload: string) => {
    if (payload === id) changed.resolve();
  };
  try {
    leave = await sharedListener.enter({ channel: preflightChannel, hear, catchUp }, signal);
    for (let shown = ''; !hasEnded; ) {
      // Made before the row is read, so that a change while it is read is not missed.
      changed = Promise.withResolvers();
      const row = await readAgain(options);
      if (row.state === 'abandoned') return;
      const view = await viewOf(row);
      hasEnded = view.state === 'ended';
      const text = JSON.stringify(view);
      if (text !== shown) yield view;
      shown = text;
      if (!hasEnded) await changedOrLate(changed.promise, options);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    leave();
    signal.removeEventListener('abort', abandon);
    if (!hasEnded && !signal.aborted) abandon();
  }
}

/** Waits for a change, or for the time to look by oneself: where no worker is left, whoever waits ends the check. */
async function changedOrLate(changed: Promise<void>, { id, signal }: Following): Promise<void> {
  const isChanged = changed.then(() => true);
  const isLate = wait(lookEveryMs, false, { ref: false });
  if (await untilAborted(Promise.race([isChanged, isLate]), signal)) return;
  await endOverduePreflights({ id }).catch(() => {});
}

/** A database that is away for a moment is asked again; a check that is not there never comes. */
async function readAgain(options: Following): Promise<PreflightRow> {
  const endsAt = performance.now() + readMaxMs;
  for (;;) {
    try {
      return await readPreflight(options);
    } catch (error) {
      if (error instanceof NotFoundError || performance.now() > endsAt) throw error;
      await wait(retryMs, undefined, { signal: options.signal });
    }
  }
}

async function viewOf(row: PreflightRow): Promise<PreflightView> {
  const { state, checks, ageMs, ...rest } = row;
  const view: PreflightView = {
    state: state === 'abandoned' ? 'ended' : state,
    checks: [...checks],
    ...rest,
  };
  if (state !== 'queued' || ageMs < lookEveryMs) return view;
  const isThere = await isWorkerThere().catch(() => true);
  return { ...view, waitsFor: isThere ? 'slot' : 'worker' };
}
