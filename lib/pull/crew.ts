import type { RegistryClient } from '#lib/oci/client.ts';
import type { Landed, Span } from '#lib/store/landed.ts';
import type { Cargo } from './carrier.ts';
import { type Hand, handHere, handInThread } from './hand.ts';
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

/** A crew for so many bytes: threads where they are worth their start. */
export function gatherCrew(options: {
  readonly client: RegistryClient;
  readonly toFetchBytes: number;
}): Crew {
  const { client, toFetchBytes } = options;
  const { errand } = client;
  if (errand === undefined || toFetchBytes < threadsWorthBytes) return new HandsAtWork([handHere(client)]);
  return new HandsAtWork(Array.from({ length: threadCount }, () => handInThread(errand)));
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

/** One blob on its way: hashed by one hand, its home, and fetched by that one and others. */
class Haul {
  readonly home: Hand;
  readonly landed: Landed;
  /** What all of it hashes to, once it is whole. Settles when nobody works on it any more. */
  readonly result: Promise<string>;
  readonly #cargo: Cargo;
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #fetches: Hand[] = [];
  readonly #settled = Promise.withResolvers<string>();
  /** What nobody fetches yet, in order. */
  #gaps: Span[];
  /** Whether the server sends parts; not known before its first answer. */
  #hasRanges = false;
  #running = 0;
  #hash = '';
  #failure: { readonly error: unknown } | undefined;

  constructor(options: {
    readonly cargo: Cargo;
    readonly landed: Landed;
    readonly home: Hand;
    readonly signal: AbortSignal;
  }) {
    this.#cargo = options.cargo;
    this.landed = options.landed;
    this.home = options.home;
    this.#gaps = [...options.landed.gaps()];
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
    this.result = this.#settled.promise;
  }

  get fetchCount(): number {
    return this.#fetches.length;
  }

  get waitingBytes(): number {
    return this.#gaps.reduce((sum, { first, end }) => sum + end - first, 0);
  }

  get hasRanges(): boolean {
    return this.#hasRanges;
  }

  get mayFetch(): boolean {
    return this.#gaps.length > 0 && (this.#hasRanges || this.fetchCount === 0);
  }

  fetchesAt(hand: Hand): number {
    return this.#fetches.filter((one) => one === hand).length;
  }

  begin(): void {
    this.#run(async () => {
      this.#hash = await this.home.hash(this.#cargo, this.#signal);
    });
  }

  fetch(options: { readonly hand: Hand; readonly bytesMax: number; readonly onNews: () => void }): void {
    const { hand, onNews } = options;
    const span = this.#takeSpan(options.bytesMax);
    const isFirst = !this.#hasRanges;
    const onAnswer = (isRange: boolean) => {
      if (!isFirst) return;
      if (isRange) this.#hasRanges = true;
      // It sends all of it, and all of it is taken.
      else this.#gaps = [];
      onNews();
    };
    this.#fetches.push(hand);
    this.#run(async () => {
      try {
        await hand.fetch(this.#cargo, { span, isFirst, onAnswer }, this.#signal);
      } finally {
        this.#fetches.splice(this.#fetches.indexOf(hand), 1);
        queueMicrotask(onNews);
      }
    });
  }

  /** From the first gap on, as far as nothing of it has come. */
  #takeSpan(bytesMax: number): Span {
    const [span, ...others] = this.#gaps;
    if (span === undefined) throw new Error('There is nothing to fetch.');
    const { first } = span;
    let { end } = span;
    while (others[0]?.first === end && others[0].end - first <= bytesMax) end = others.shift()?.end ?? end;
    this.#gaps = others;
    return { first, end };
  }

  #run(work: () => Promise<void>): void {
    this.#running += 1;
    work()
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#running -= 1;
        if (this.#running > 0 || (this.#gaps.length > 0 && this.#failure === undefined)) return;
        if (this.#failure === undefined) this.#settled.resolve(this.#hash);
        else this.#settled.reject(this.#failure.error);
      });
  }

  /** The first failure is the cause; what breaks off because of it is not. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#gaps = [];
    this.#stop.abort(error);
  }
}
