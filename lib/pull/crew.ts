import type { RegistryClient } from '#lib/oci/client.ts';
import type { Landed } from '#lib/store/landed.ts';
import type { Cargo } from './carrier.ts';
import { type Hand, handHere, handInThread } from './hand.ts';
import { Haul } from './haul.ts';
import { threadCount } from './threads.ts';
import { connectionsMax, sampleEveryMs, Width } from './width.ts';

/** Brings blobs, several at once, with as many hands and connections as help. */
export interface Crew {
  /**
   * Fetches what has not landed and hashes all of it. Resolves with the hash, in hexadecimal digits; rejects with the failure
   * that came first. Either way nobody writes to the file any more.
   */
  bring(order: {
    readonly cargo: Cargo;
    readonly landed: Landed;
    readonly signal: AbortSignal;
  }): Promise<string>;
  close(): Promise<void>;
}

/** A crew for so many bytes: this thread, with others beside it where they are worth their start. */
export function gatherCrew(options: {
  readonly client: RegistryClient;
  readonly toFetchBytes: number;
}): Crew {
  const { client, toFetchBytes } = options;
  const { errand } = client;
  const isWorthThreads = errand !== undefined && toFetchBytes >= threadsWorthBytes;
  const others = isWorthThreads ? Array.from({ length: threadCount }, () => handInThread(errand)) : [];
  return new HandsAtWork([handHere(client), ...others]);
}

/** Starting threads takes as long as fetching this much over a fast line. */
const threadsWorthBytes = 24 * 1024 * 1024;

class HandsAtWork implements Crew {
  readonly #hands: readonly Hand[];
  readonly #hauls = new Set<Haul>();
  readonly #width = new Width();
  /** How busy each hand was of late; all of its time before anything is known. */
  readonly #busy: Map<Hand, number>;
  /** Of hauls that are over. */
  #earlierBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(hands: readonly Hand[]) {
    this.#hands = hands;
    this.#busy = new Map(hands.map((hand) => [hand, 1]));
  }

  async bring(order: {
    readonly cargo: Cargo;
    readonly landed: Landed;
    readonly signal: AbortSignal;
  }): Promise<string> {
    const haul = new Haul({ ...order, home: this.#leastLoaded((hand) => this.#bytesAt(hand)) });
    this.#hauls.add(haul);
    this.#timer ??= setInterval(() => this.#sample(), sampleEveryMs);
    haul.begin();
    this.#assign();
    try {
      return await haul.result;
    } finally {
      this.#hauls.delete(haul);
      this.#earlierBytes += haul.landed.totalBytes;
      if (this.#hauls.size === 0) this.#rest();
    }
  }

  async close(): Promise<void> {
    this.#rest();
    await Promise.all(this.#hands.map((hand) => hand.close()));
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Gives connections to blobs that have none, in the order in which they came; then, to those that have the fewest, further
   * ones where the home waits for bytes. A home that is busy has enough: what it hashes in passing costs least.
   */
  #assign(): void {
    while (this.#fetchCount() < this.#width.connections) {
      const [haul] = [...this.#hauls]
        .filter(({ mayFetch, fetchCount, home }) => mayFetch && (fetchCount === 0 || this.#isWaiting(home)))
        .sort((a, b) => a.fetchCount - b.fetchCount);
      if (haul === undefined) return;
      haul.fetch({
        hand: haul.fetchCount === 0 ? haul.home : this.#leastLoaded((hand) => this.#fetchesAt(hand, haul)),
        bytesMax: Math.max(haul.landed.pieceBytes, this.#loadBytes(haul)),
        onNews: () => this.#assign(),
      });
    }
  }

  /**
   * Large loads need fewer requests, small ones leave something for more connections and for the end. Where no more
   * connections are wanted, there is nothing to leave.
   */
  #loadBytes({ home, hasRanges, landed }: Haul): number {
    // Half the requests, and little to wait for if the line turns out to be slow after all.
    if (hasRanges && !this.#isWaiting(home)) return 2 * landed.pieceBytes;
    const { isSettled, connections } = this.#width;
    const waitingBytes = [...this.#hauls].reduce((sum, haul) => sum + haul.waitingBytes, 0);
    return Math.min(loadBytesMax, waitingBytes / (2 * (isSettled ? connections : connectionsMax)));
  }

  #sample(): void {
    for (const hand of this.#hands) this.#busy.set(hand, hand.busyShare());
    const busy = [...this.#busy.values()];
    this.#width.sample({
      bytes: [...this.#hauls].reduce((sum, { landed }) => sum + landed.totalBytes, this.#earlierBytes),
      busyShare: busy.reduce((sum, share) => sum + share, 0) / busy.length,
      isFull:
        this.#fetchCount() >= this.#width.connections && [...this.#hauls].some(({ mayFetch }) => mayFetch),
      nowMs: performance.now(),
    });
    this.#assign();
  }

  #isWaiting(hand: Hand): boolean {
    return (this.#busy.get(hand) ?? 1) < saturatedShare;
  }

  #fetchCount(): number {
    return [...this.#hauls].reduce((sum, { fetchCount }) => sum + fetchCount, 0);
  }

  #bytesAt(hand: Hand): number {
    return [...this.#hauls]
      .filter(({ home }) => home === hand)
      .reduce((sum, { landed }) => sum + landed.sizeBytes, 0);
  }

  #fetchesAt(hand: Hand, helped: Haul): number {
    const fetches = [...this.#hauls].reduce((sum, haul) => sum + haul.fetchesAt(hand), 0);
    return fetches + (helped.home === hand ? hashingWeight : 0);
  }

  #leastLoaded(loadOf: (hand: Hand) => number): Hand {
    const [first, ...others] = this.#hands;
    if (first === undefined) throw new Error('A crew has hands.');
    return others.reduce((best, hand) => (loadOf(hand) < loadOf(best) ? hand : best), first);
  }
}

/** A thread that is busier than this does not wait for the line. */
const saturatedShare = 0.85;
/** Hashing a blob takes as much of a thread as fetching it over a fast line does, over however many connections. */
const hashingWeight = 5;
/** More than this at once, and a connection that breaks off near its end has kept others from helping. */
const loadBytesMax = 128 * 1024 * 1024;
