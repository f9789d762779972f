import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { connect } from './connect.ts';
import { untilAborted } from './until-aborted.ts';

export interface Notification {
  readonly channel: string;
  readonly payload: string;
}

export interface ListenerOptions {
  readonly url: string;
  readonly onNotification: (notification: Notification) => void;
  /**
   * Called when it listens again after a break: announcements may have been missed, so the caller reads anew what it
   * follows.
   */
  readonly onGap: () => void;
  readonly signal: AbortSignal;
}

/**
 * Hears what other processes announce with NOTIFY on some channels, until `signal` fires. Resolves when it listens for the
 * first time: whatever is announced from then on arrives, except around a broken connection.
 */
export async function listen(
  options: ListenerOptions & { readonly channels: readonly string[] },
): Promise<void> {
  const listener = new Listener(options);
  await Promise.all(options.channels.map((channel) => listener.hear(channel)));
}

/** One direct connection for any number of channels, made again for as long as the signal lets it. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #channels = new Set<string>();
  /** The connection that listens; another one after each break. */
  #connected = Promise.withResolvers<pg.Client>();

  constructor(options: ListenerOptions) {
    this.#options = options;
    void this.#keepListening();
  }

  /** Resolves when announcements on a channel arrive, or when the signal has fired. Asking twice does no harm. */
  async hear(channel: string): Promise<void> {
    const { signal } = this.#options;
    this.#channels.add(channel);
    while (!signal.aborted) {
      try {
        await listenTo(await untilAborted(this.#connected.promise, signal), channel);
        return;
      } catch {
        // It broke: the next connection hears this channel too. Until the break is noted, there is only this one to ask.
        await wait(pauseMinMs, undefined, { signal, ref: false }).catch(() => {});
      }
    }
  }

  async #keepListening(): Promise<void> {
    const { signal, onGap } = this.#options;
    let pauseMs = pauseMinMs;
    let isFirst = true;
    while (!signal.aborted) {
      try {
        await this.#listenOnce(() => {
          pauseMs = pauseMinMs;
          if (!isFirst) onGap();
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
  async #listenOnce(onListening: () => void): Promise<void> {
    const { signal, onNotification } = this.#options;
    const client = await connect(this.#options);
    const { promise: broken, resolve: giveUp } = Promise.withResolvers<void>();
    client.on('end', giveUp);
    client.on('error', () => giveUp());
    signal.addEventListener('abort', () => giveUp(), { once: true });
    client.on('notification', ({ channel, payload = '' }) => onNotification({ channel, payload }));
    const pulse = setInterval(async () => {
      if (!(await answers(client))) giveUp();
    }, pulseMs);
    pulse.unref();
    try {
      for (const channel of this.#channels) await listenTo(client, channel);
      this.#connected.resolve(client);
      onListening();
      await broken;
      this.#connected = Promise.withResolvers();
    } finally {
      clearInterval(pulse);
      // Not waited for: on a dead connection the goodbye is never answered.
      void client.end().catch(() => {});
    }
  }
}

const pauseMinMs = 100;
const pauseMaxMs = 5_000;
/** A firewall that forgets an idle connection says nothing: a question now and then keeps it, or shows the break. */
const pulseMs = 15_000;
const answerMs = 5_000;

async function listenTo(client: pg.Client, channel: string): Promise<void> {
  await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
}

async function answers(client: pg.Client): Promise<boolean> {
  const answer = client.query('SELECT 1').then(
    () => true,
    () => false,
  );
  return Promise.race([answer, wait(answerMs, false, { ref: false })]);
}
