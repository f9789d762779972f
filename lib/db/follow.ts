import { setTimeout as wait } from 'node:timers/promises';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { sharedListener } from './shared-listener.ts';
import { untilAborted } from './until-aborted.ts';

export interface Following<View> {
  readonly channel: string;
  /** What is announced on the channel when what is followed has changed. */
  readonly payload: string;
  /** @throws NotFoundError when it is not there: it never comes. */
  readonly read: () => Promise<View>;
  /** Whether nothing comes after this view. */
  readonly isLast: (view: View) => boolean;
  /** Called when nothing was announced for some seconds, before it is read all the same. */
  readonly onQuiet?: () => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * What is followed, as it stands and as it changes, whole each time; ends after the last view, or when the signal fires. A database
 * that is away for a moment is asked again.
 *
 * @throws NotFoundError
 */
export async function* follow<View>(options: Following<View>): AsyncGenerator<View, void, void> {
  const { channel, payload, read, isLast, onQuiet, signal } = options;
  let changed = Promise.withResolvers<void>();
  let leave = () => {};
  const catchUp = () => changed.resolve();
  const hear = (heard: string) => {
    if (heard === payload) changed.resolve();
  };
  try {
    leave = await sharedListener.enter({ channel, hear, catchUp }, signal);
    for (let shown = ''; ; ) {
      // Made before it is read, so that a change meanwhile is not missed.
      changed = Promise.withResolvers();
      const view = await readAgain(read, signal);
      const text = JSON.stringify(view);
      if (text !== shown) yield view;
      shown = text;
      if (isLast(view)) return;
      const isChanged = changed.promise.then(() => true);
      const isQuiet = wait(lookEveryMs, false, { ref: false });
      if (!(await untilAborted(Promise.race([isChanged, isQuiet]), signal)))
        await onQuiet?.().catch(() => {});
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    leave();
  }
}

/** How often a follower looks without being told to. */
export const lookEveryMs = 3_000;
/** How soon a read that failed is tried again. */
const retryMs = 500;
/** A server that starts again answers by then. */
const readMaxMs = 15_000;

async function readAgain<View>(read: () => Promise<View>, signal: AbortSignal): Promise<View> {
  const endsAt = performance.now() + readMaxMs;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (error instanceof NotFoundError || performance.now() > endsAt) throw error;
      await wait(retryMs, undefined, { signal });
    }
  }
}
