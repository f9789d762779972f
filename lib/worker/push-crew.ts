import { LeaseLostError } from '#lib/builds/errors.ts';
import { reportError } from '#lib/errors/report.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import type { Logger } from '#lib/log/logger.ts';
import { claimPush, endPush, leaseMs, losePush } from '#lib/push/queue.ts';
import type { PushClaim } from '#lib/push/types.ts';
import type { Equipment } from './load-job.ts';
import { type LoadedPush, loadPush } from './push-job.ts';
import { PushRun } from './push-run.ts';
import { Slots } from './slots.ts';
import { untilStored } from './until-stored.ts';

/** The pushes that a worker makes at once, beside its builds: they wait for the network more than they work. */
const pushSlots = 2;
/** A database that starts again is back by then; if not, the lease ends and the reaper decides. */
const endMaxMs = 10_000;

/** The pushes that a worker makes. */
export class PushCrew {
  readonly #options: PushCrewOptions;
  readonly #slots: Slots<PushClaim>;
  /** By push, from when its process is there. */
  readonly #running = new Map<string, PushRun>();

  constructor(options: PushCrewOptions) {
    this.#options = options;
    this.#slots = new Slots({
      count: pushSlots,
      claim: () => claimPush({ workerId: options.workerId }),
      run: (claim) => this.#run(claim),
    });
  }

  /** Takes pushes from the queue for as long as there are some and there is room. */
  async wake(): Promise<void> {
    await this.#slots.wake();
  }

  /** Somebody asked for a push to stop; if it is one of these, it learns so now. */
  async notice(id: string): Promise<void> {
    await this.#running.get(id)?.renew();
  }

  /** Takes no more pushes and gives back those that run. Resolves when nothing of them is left. */
  async stop(): Promise<void> {
    const stopped = this.#slots.stop();
    for (const run of this.#running.values()) run.release();
    await stopped;
  }

  /** Never throws: what goes wrong here is told to the log, and the reaper ends what this could not end. */
  async #run(claim: PushClaim): Promise<void> {
    const { id, buildNumber: build, attempt } = claim;
    const logger = this.#options.logger.with({ pushId: id, build, attempt });
    const startedAt = performance.now();
    logger.info('Push taken');
    let loaded: LoadedPush | null = null;
    try {
      loaded = await this.#load(claim, logger);
      if (loaded === null) return;
      const run = new PushRun(claim, loaded.job);
      this.#running.set(id, run);
      if (this.#slots.isStopping) run.release();
      const { refused: reason } = await run.run();
      logger.info('Push process ended', { reason, durationMs: Math.round(performance.now() - startedAt) });
      if (run.diagnostic !== undefined) logger.error('A push met a fault', { reason: run.diagnostic });
    } catch (error) {
      if (!(error instanceof LeaseLostError)) logger.error('A push could not be ended', { error });
    } finally {
      this.#running.delete(id);
      // A loan that cannot be ended now ends by itself.
      await loaded?.loan.end().catch(() => {});
    }
  }

  /** What Slipway refused will be refused again; anything else may pass the next time, within the bound on losses. */
  async #load(claim: PushClaim, logger: Logger): Promise<LoadedPush | null> {
    try {
      return await untilStored(() => loadPush(claim, this.#options.equipment), { forMs: leaseMs });
    } catch (error) {
      logger.warn('A push could not be prepared', { error });
      const end = async () => {
        if (error instanceof SlipwayError)
          await endPush(claim, { state: 'failed', error: reportError(error) });
        else await losePush(claim, { what: 'The push could not be prepared' });
      };
      await untilStored(end, { forMs: endMaxMs });
      return null;
    }
  }
}

interface PushCrewOptions {
  readonly workerId: string;
  readonly equipment: Equipment;
  readonly logger: Logger;
}
