import { prisma } from '#lib/db/client.ts';
import { untilAborted } from '#lib/db/until-aborted.ts';
import { readEvents } from './events.ts';
import type { NumberedEvent } from './schema.ts';

/** Newest events of one build kept for its followers. Who falls further behind reads the database again. */
const keptEventsMax = 256;
/** How soon a read that failed is tried again. */
const retryMs = 500;
/** Events of one read: what a follower gets, and a page renders, at once. */
const eventsAtOnceMax = 256;

/**
 * What the followers of one build in this process share. New events are read once, however many follow; each follower
 * has a number of its own and takes what comes after it whenever it is ready, so a slow one holds up nobody and fills
 * no queue.
 */
export class Topic {
  readonly buildId: string;
  readonly #read: typeof readStored;
  #followers = 0;
  /** Events with numbers in (#from, #to], without those that progress gave up. */
  #kept: NumberedEvent[] = [];
  #from: number;
  #to: number;
  #announced: number;
  /** How often something was announced: tells whether an answer is older than the last announcement. */
  #announcements = 0;
  #isReading = false;
  #changed = Promise.withResolvers<void>();
  #last: { readonly after: number; readonly to: number; readonly events: NumberedEvent[] } | null = null;

  /**
   * @param head a number up to which every event is stored, so that followers find older ones in the database
   * @param read where stored events are read
   */
  constructor(buildId: string, head: number, read = readStored) {
    this.buildId = buildId;
    this.#read = read;
    this.#from = head;
    this.#to = head;
    this.#announced = head;
  }

  get followers(): number {
    return this.#followers;
  }

  /** Ends with `leave`. */
  enter(): void {
    this.#followers += 1;
  }

  leave(): void {
    this.#followers -= 1;
  }

  /** Somebody wrote events up to `head`; without it, some may have been written unannounced. */
  announce(head?: number): void {
    this.#announcements += 1;
    this.#announced = Math.max(this.#announced, head ?? this.#to + 1);
    if (this.#to < this.#announced) void this.#catchUp();
  }

  /**
   * Events after a number, oldest first, as soon as there are any. Followers with the same number get the same array.
   *
   * @throws what `signal` was aborted with.
   */
  async next(after: number, signal: AbortSignal): Promise<NumberedEvent[]> {
    for (;;) {
      signal.throwIfAborted();
      const changed = this.#changed.promise;
      if (after < this.#from) {
        const events = await this.#read({ buildId: this.buildId, after, limit: eventsAtOnceMax });
        if (events.length > 0) return events;
      }
      if (after < this.#to) return this.#keptAfter(after);
      await untilAborted(changed, signal);
    }
  }

  #keptAfter(after: number): NumberedEvent[] {
    if (this.#last?.after !== after || this.#last.to !== this.#to) {
      const events = this.#kept.filter((event) => event.number > after);
      this.#last = { after, to: this.#to, events };
    }
    return this.#last.events;
  }

  async #catchUp(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#to < this.#announced) {
        const range = { buildId: this.buildId, after: this.#to, limit: eventsAtOnceMax };
        const announcements = this.#announcements;
        const events = await this.#read(range);
        if (events.length > 0) this.#keep(events);
        // Nothing was there, unless it was announced after the database had looked: then it has to look again.
        else if (announcements === this.#announcements) this.#announced = this.#to;
      }
    } catch {
      // The database was away for a moment. Followers wait; nothing is lost, because it all is still there to read.
      setTimeout(() => this.announce(), retryMs).unref();
    } finally {
      this.#isReading = false;
    }
  }

  #keep(events: readonly NumberedEvent[]): void {
    this.#kept = [...this.#kept, ...events];
    this.#to = events.at(-1)?.number ?? this.#to;
    this.#forgetOld();
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  #forgetOld(): void {
    if (this.#kept.length <= keptEventsMax) return;
    const forgotten = this.#kept.splice(0, this.#kept.length - keptEventsMax);
    this.#from = forgotten.at(-1)?.number ?? this.#from;
  }
}

function readStored(range: Parameters<typeof readEvents>[1]): Promise<NumberedEvent[]> {
  return readEvents(prisma(), range);
}
