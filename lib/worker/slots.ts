/** Work from a queue that is done so many pieces at a time. */
export class Slots<Claim> {
  readonly #options: SlotsOptions<Claim>;
  readonly #ends = new Set<Promise<void>>();
  /** While work is being taken from the queue. */
  #claiming: PromiseWithResolvers<void> | null = null;
  #isWoken = false;
  #isStopping = false;

  constructor(options: SlotsOptions<Claim>) {
    this.#options = options;
  }

  /** Pieces under way. */
  get busy(): number {
    return this.#ends.size;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Takes work from the queue for as long as there is some and there is room. */
  async wake(): Promise<void> {
    this.#isWoken = true;
    if (this.#claiming !== null) return;
    const claiming = Promise.withResolvers<void>();
    this.#claiming = claiming;
    try {
      while (this.#isWoken && !this.#isStopping && this.busy < this.#options.count) {
        this.#isWoken = false;
        const claim = await this.#options.claim();
        if (claim === null) continue;
        this.#isWoken = true;
        this.#begin(claim);
      }
    } finally {
      this.#claiming = null;
      claiming.resolve();
    }
  }

  /** Takes no more work. Resolves when what is under way has ended, with what was just being taken. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#claiming?.promise;
    await Promise.all(this.#ends);
  }

  #begin(claim: Claim): void {
    const end = this.#options.run(claim).finally(() => {
      this.#ends.delete(end);
      void this.wake().catch(() => {});
    });
    this.#ends.add(end);
  }
}

export interface SlotsOptions<Claim> {
  readonly count: number;
  /** The next piece, or null when there is none. */
  readonly claim: () => Promise<Claim | null>;
  /** Never rejects. */
  readonly run: (claim: Claim) => Promise<void>;
}
