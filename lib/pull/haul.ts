import type { Landed, Span } from '#lib/store/landed.ts';
import type { Cargo } from './carrier.ts';
import type { Hand } from './hand.ts';

/** One blob on its way: hashed by one hand, its home, and fetched by that one and others. */
export class Haul {
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
