import { databaseUrl } from './client.ts';
import { Listener, type Notification } from './listen.ts';
import { untilAborted } from './until-aborted.ts';

/** Somebody in this process who follows what one channel announces. */
export interface Hearer {
  readonly channel: string;
  readonly hear: (payload: string) => void;
  /** Announcements may have been missed: it reads anew what it follows. */
  readonly catchUp: () => void;
}

/**
 * One listening connection for everybody in this process, whatever channels they follow; there is none while nobody
 * follows anything.
 */
class SharedListener {
  /** With how often each has entered. */
  readonly #hearers = new Map<Hearer, number>();
  /** By channel: resolves when announcements on it arrive. */
  readonly #heard = new Map<string, Promise<void>>();
  #listener: Listener | null = null;
  #stop = new AbortController();

  /**
   * Resolves when announcements are heard, with the function that ends this hearer's part. One that enters several times
   * hears each announcement once.
   */
  async enter(hearer: Hearer, signal: AbortSignal): Promise<() => void> {
    this.#hearers.set(hearer, (this.#hearers.get(hearer) ?? 0) + 1);
    try {
      await untilAborted(this.#listenTo(hearer.channel), signal);
    } catch (error) {
      this.#leave(hearer);
      throw error;
    }
    return () => this.#leave(hearer);
  }

  #listenTo(channel: string): Promise<void> {
    this.#listener ??= new Listener({
      url: databaseUrl(),
      onNotification: (notification) => this.#hear(notification),
      onGap: () => this.#catchUp(),
      signal: this.#stop.signal,
    });
    const heard = this.#heard.get(channel) ?? this.#listener.hear(channel);
    this.#heard.set(channel, heard);
    return heard;
  }

  #leave(hearer: Hearer): void {
    const times = this.#hearers.get(hearer) ?? 0;
    if (times > 1) this.#hearers.set(hearer, times - 1);
    else this.#hearers.delete(hearer);
    if (this.#hearers.size > 0) return;
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#listener = null;
    this.#heard.clear();
  }

  #hear({ channel, payload }: Notification): void {
    for (const hearer of this.#hearers.keys()) if (hearer.channel === channel) hearer.hear(payload);
  }

  #catchUp(): void {
    for (const hearer of this.#hearers.keys()) hearer.catchUp();
  }
}

// A server bundles this file once for each of its layers; the process still has one listening connection.
const key = Symbol.for('slipway.db.listener');
const holder = globalThis as { [key]?: SharedListener };
holder[key] ??= new SharedListener();
export const sharedListener: SharedListener = holder[key];
