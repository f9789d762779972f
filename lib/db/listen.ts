import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { connect } from './connect.ts';

export interface Notification {
  readonly channel: string;
  readonly payload: string;
}

/**
 * Hears what other processes announce with NOTIFY, over one direct connection that is made again for as long as
 * `signal` lets it. Resolves when it listens for the first time: whatever is announced from then on arrives, except
 * around a broken connection.
 *
 * @param options.onGap called when it listens again after a break: announcements may have been missed, so the caller
 *   reads anew what it follows
 */
export async function listen(options: ListenOptions): Promise<void> {
  await new Promise<void>((resolve) => {
    void keepListening(options, resolve);
    if (options.signal.aborted) resolve();
    options.signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

export interface ListenOptions {
  readonly url: string;
  readonly channels: readonly string[];
  readonly onNotification: (notification: Notification) => void;
  readonly onGap: () => void;
  readonly signal: AbortSignal;
}

async function keepListening(options: ListenOptions, onFirst: () => void): Promise<void> {
  const { signal } = options;
  let pauseMs = pauseMinMs;
  let isFirst = true;
  while (!signal.aborted) {
    try {
      await listenOnce(options, () => {
        pauseMs = pauseMinMs;
        if (isFirst) onFirst();
        else options.onGap();
        isFirst = false;
      });
    } catch {
      // Whatever broke it, the answer is the same: connect again, less and less often.
    }
    await wait(pauseMs, undefined, { signal, ref: false }).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
  }
}

/** Listens until the connection breaks or the signal fires. */
async function listenOnce(options: ListenOptions, onListening: () => void): Promise<void> {
  const client = await connect(options);
  const { promise: broken, resolve: giveUp } = Promise.withResolvers<void>();
  client.on('end', giveUp);
  client.on('error', () => giveUp());
  options.signal.addEventListener('abort', () => giveUp(), { once: true });
  client.on('notification', ({ channel, payload = '' }) => options.onNotification({ channel, payload }));
  const pulse = setInterval(async () => {
    if (!(await answers(client))) giveUp();
  }, pulseMs);
  pulse.unref();
  try {
    for (const channel of options.channels) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    onListening();
    await broken;
  } finally {
    clearInterval(pulse);
    // Not waited for: on a dead connection the goodbye is never answered.
    void client.end().catch(() => {});
  }
}

const pauseMinMs = 100;
const pauseMaxMs = 5_000;
/** A firewall that forgets an idle connection says nothing: a question now and then keeps it, or shows the break. */
const pulseMs = 15_000;
const answerMs = 5_000;

async function answers(client: pg.Client): Promise<boolean> {
  const answer = client.query('SELECT 1').then(
    () => true,
    () => false,
  );
  return Promise.race([answer, wait(answerMs, false, { ref: false })]);
}
