import type { Logger } from '#lib/log/logger.ts';
import { withStoreLock } from '#lib/store/collect-lock.ts';
import { bytesToFreeFor } from '#lib/store/collect-plan.ts';
import { type CollectOptions, collectStore, measureStore } from '#lib/store/collect-store.ts';
import { isCollectionAsked, readStoreFacts } from '#lib/store/data.ts';
import type { StoreLimits } from '#lib/store/types.ts';
import { measureDisk } from '#lib/store/usage.ts';

export interface CollectorOptions {
  readonly root: string;
  readonly limits: StoreLimits;
  readonly databaseUrl: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * A worker's share in collecting the store: when somebody asks, at a steady pace, and before a pull that would not fit.
 * Of all workers one collects at a time.
 */
export class Collector {
  readonly #options: CollectorOptions;
  #measuredAt = -Infinity;
  #triedAt = -Infinity;
  #measuring: Promise<void> | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** Looks whether a collection is due, and measures the store now and then. */
  async look(): Promise<void> {
    await this.collectAsked();
    const now = Date.now();
    const facts = await readStoreFacts();
    const collectedMs = facts?.collectedAt == null ? Infinity : now - Date.parse(facts.collectedAt);
    // By this worker's own tries as well: one that fails is not repeated at once, nor by all of them.
    if (Math.min(collectedMs, now - this.#triedAt) > collectEveryMs) {
      this.#triedAt = now;
      await this.#collect({ reason: 'schedule' }, { isPatient: false });
    } else if (now - this.#measuredAt > measureEveryMs) {
      await this.measure();
    }
  }

  /** Measures the store for the storage page; once for all who ask while it does. */
  async measure(): Promise<void> {
    const { root, limits, signal } = this.#options;
    this.#measuredAt = Date.now();
    this.#measuring ??= signal.aborted
      ? Promise.resolve()
      : measureStore({ root, limits }).finally(() => {
          this.#measuring = undefined;
        });
    await this.#measuring;
  }

  /** Collects if somebody asked for it: after the collection that runs now, if one does. Of all workers one does it. */
  async collectAsked(): Promise<void> {
    if (await isCollectionAsked()) await this.#collect({ reason: 'asked' }, { isPatient: true });
  }

  /** Collects, the least recently used first, if so many bytes would not fit. That it could not is told to the log. */
  readonly makeRoom = async (neededBytes: number): Promise<void> => {
    const { root, logger } = this.#options;
    try {
      const toFree = async () => bytesToFreeFor({ neededBytes, ...(await measureDisk(root)) });
      if ((await toFree()) === 0) return;
      await this.#collect({ reason: 'room', toFree }, { isPatient: true });
    } catch (error) {
      logger.warn('No room could be made for a pull', { error });
    }
  };

  async #collect(
    what: { readonly reason: CollectOptions['reason']; readonly toFree?: () => Promise<number> },
    options: { readonly isPatient: boolean },
  ): Promise<void> {
    const { databaseUrl: url, logger, root, limits } = this.#options;
    const { reason } = what;
    await withStoreLock({ url, signal: this.#options.signal, ...options }, async (signal) => {
      // Whoever had the lock before may have made the room.
      const bytesToFree = (await what.toFree?.()) ?? 0;
      if (reason === 'room' && bytesToFree === 0) return;
      const tally = await collectStore({ root, limits, reason, bytesToFree, signal });
      if (tally === null || tally.freedBytes === 0) return;
      logger.info('Store collected', { reason, count: tally.blobs, sizeBytes: tally.freedBytes });
    });
  }
}

/** How often a worker looks whether a collection is due; that somebody asked, it hears at once. */
export const lookAtStoreEveryMs = 15_000;
/** Often enough that the store is over its limit for minutes, not for a day. */
const collectEveryMs = 10 * 60_000;
/** Reading names and sizes of ten thousand files takes a tenth of a second. */
const measureEveryMs = 60_000;
