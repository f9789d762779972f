import { LeaseLostError } from '#lib/builds/errors.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import type { ChildEnd } from './child.ts';
import { untilStored } from './until-stored.ts';

/** The process that works, as far as keeping it takes. */
interface KeptChild {
  send(message: { readonly kind: 'alive' | 'cancel' }): void;
  kill(): void;
  readonly ended: Promise<ChildEnd>;
}

export interface TenureOptions {
  readonly child: KeptChild;
  /** Keeps the row for another lease, and says whether somebody asked for it to stop. @throws LeaseLostError */
  readonly renew: () => Promise<{ readonly cancelRequestedBy: string | null }>;
  readonly leaseMs: number;
  readonly renewEveryMs: number;
}

/**
 * A worker's hold of one row of a queue while a process works on it: keeps the lease, stores what the process says in order, stops the
 * process when it is to stop, kills it when the row is another worker's or when it is stuck. Builds and pushes are held alike.
 */
export class Tenure {
  readonly #options: TenureOptions;
  /** Writes wait for each other, so that what is said is stored in the order it came. */
  #writing: Promise<void> = Promise.resolve();
  #isLost = false;
  #isReleased = false;
  #cancelledBy: string | null = null;
  #renewedAt = performance.now();
  #heardAt = performance.now();
  #silenceMaxMs = startMaxMs;

  constructor(options: TenureOptions) {
    this.#options = options;
  }

  /** Whether the worker gives the row back because it stops. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Who asked for it to stop. */
  get cancelledBy(): string | null {
    return this.#cancelledBy;
  }

  /** The process said something, so it is not stuck. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#silenceMaxMs = processSilenceMaxMs;
  }

  /**
   * Resolves when the process is gone, all that it said is stored, and `conclude` has given the row the state that is true, unless
   * the row turned out to be another worker's.
   */
  async run(conclude: (end: ChildEnd) => Promise<void>): Promise<ChildEnd> {
    const { child, renewEveryMs } = this.#options;
    const renewing = setInterval(() => void this.renew(), renewEveryMs);
    // Somebody may have asked for it to stop while the job was being loaded, when nobody here could be told.
    void this.renew();
    try {
      const end = await child.ended;
      await this.#writing;
      if (this.#isLost) return end;
      const forMs = this.#isReleased ? releaseMaxMs : concludeMaxMs;
      await untilStored(() => conclude(end), { forMs }).catch((error: unknown) => {
        // Somebody else ended it, or an earlier try did whose answer was lost with the connection.
        if (!(error instanceof LeaseLostError)) throw error;
      });
      return end;
    } finally {
      clearInterval(renewing);
    }
  }

  /** Keeps the row, and learns whether it is to be cancelled. */
  async renew(): Promise<void> {
    const { child, leaseMs } = this.#options;
    if (performance.now() - this.#heardAt > this.#silenceMaxMs) child.kill();
    try {
      const { cancelRequestedBy } = await this.#options.renew();
      this.#renewedAt = performance.now();
      child.send({ kind: 'alive' });
      if (cancelRequestedBy !== null) this.#cancel(cancelRequestedBy);
    } catch (error) {
      if (error instanceof LeaseLostError) this.#lose();
      // The database is away. Whoever cannot renew must believe that the row was given to another worker.
      else if (performance.now() - this.#renewedAt > leaseMs) child.kill();
    }
  }

  /** Stops the process and gives the row back, for a worker that ends. */
  release(): void {
    this.#isReleased = true;
    this.#stopChild();
  }

  /**
   * Does something in its turn, again and again while the database is away. The row is lost when it is another worker's, or when the
   * database stays away.
   *
   * @param onRefused is called with what else goes wrong: Slipway refused it, or it still failed after the lease had been renewed, so
   * the database is not at fault. Whoever waits for it has to be told.
   */
  write(work: () => Promise<void>, onRefused: (error: unknown) => void): void {
    this.#writing = this.#writing.then(async () => {
      if (this.#isLost) return;
      const begunAt = performance.now();
      let triedAt = begunAt;
      const once = () => {
        triedAt = performance.now();
        return work();
      };
      try {
        await untilStored(once, { forMs: this.#options.leaseMs });
      } catch (error) {
        const isDatabaseThere = begunAt < this.#renewedAt && this.#renewedAt < triedAt;
        const isRefused = error instanceof SlipwayError || isDatabaseThere;
        if (error instanceof LeaseLostError || !isRefused) this.#lose();
        else onRefused(error);
      }
    });
  }

  #cancel(by: string): void {
    if (this.#cancelledBy !== null) return;
    this.#cancelledBy = by;
    this.#stopChild();
  }

  #stopChild(): void {
    const { child } = this.#options;
    child.send({ kind: 'cancel' });
    const timer = setTimeout(() => child.kill(), stopGraceMs);
    void child.ended.then(() => clearTimeout(timer));
  }

  #lose(): void {
    this.#isLost = true;
    this.#options.child.kill();
  }
}

/** How long a process that was told to stop may take before it is killed: it aborts its requests and exits. */
const stopGraceMs = 500;
/** How long a process may take until it says its first word: on a machine that has much to do, loading its sources alone takes long. */
const startMaxMs = 60_000;
/** A process that answers nothing for so long is stuck. It is killed, and the work taken up again. */
const processSilenceMaxMs = 8_000;
/** A worker that stops does not wait long for a database that may be stopping too. */
const releaseMaxMs = 3_000;
/** The database may be away for as long as a server takes to start again; after that the reaper ends it. */
const concludeMaxMs = 60_000;
