import { LeaseLostError } from '#lib/builds/errors.ts';
import { type Claim, claimBuild, endAttempt, leaseMs, loseAttempt } from '#lib/builds/queue.ts';
import { reportError } from '#lib/errors/report.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import type { Logger } from '#lib/log/logger.ts';
import type { ChildEnd } from './child.ts';
import { type Equipment, loadJob } from './load-job.ts';
import { Attempt } from './run-attempt.ts';
import { Slots } from './slots.ts';
import { untilStored } from './until-stored.ts';

/** The builds that a worker runs at once. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #slots: Slots<Claim>;
  /** By build, from when its process is there. */
  readonly #running = new Map<string, Attempt>();
  #mayBeLitter = false;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#slots = new Slots({
      count: options.slots,
      claim: () => this.#claim(),
      run: (claim) => this.#run(claim),
    });
  }

  get busy(): number {
    return this.#slots.busy;
  }

  /** Takes builds from the queue for as long as there are some and there is room. */
  async wake(): Promise<void> {
    await this.#slots.wake();
  }

  /** Somebody asked for a build to stop; if it is one of these, it learns so now. */
  async notice(buildId: string): Promise<void> {
    await this.#running.get(buildId)?.renew();
  }

  /** Takes no more builds and gives back those that run. Resolves when nothing of them is left. */
  async stop(): Promise<void> {
    const stopped = this.#slots.stop();
    for (const attempt of this.#running.values()) attempt.release();
    await stopped;
  }

  /** A build that was killed leaves things that only a moment without builds can remove: no build is taken while that goes on. */
  async #claim(): Promise<Claim | null> {
    const { workerId, equipment, logger } = this.#options;
    if (this.#mayBeLitter && this.#slots.busy === 0) {
      this.#mayBeLitter = false;
      await equipment.engine
        .tidy()
        .catch((error: unknown) => logger.warn('What builds left could not be removed', { error }));
    }
    return claimBuild({ workerId, hasEngine: equipment.engine.engine !== null });
  }

  /** Never throws: what goes wrong here is told to the log, and the reaper ends what this could not end. */
  async #run(claim: Claim): Promise<void> {
    const log = this.#options.logger.with({ buildId: claim.id, build: claim.number, attempt: claim.attempt });
    const startedAt = performance.now();
    log.info('Build taken', { epoch: claim.epoch });
    try {
      const attempt = await this.#prepare(claim);
      if (attempt === null) return;
      if (this.#slots.isStopping) attempt.release();
      const end = await attempt.run();
      const durationMs = Math.round(performance.now() - startedAt);
      log.info('Build process ended', { ...endFields(end), durationMs });
      if (attempt.refusal !== undefined)
        log.error('A build was not given what it asked for', { error: attempt.refusal });
      if (attempt.diagnostic !== undefined) log.error('A build met a fault', { reason: attempt.diagnostic });
    } catch (error) {
      if (!(error instanceof LeaseLostError)) log.error('An attempt could not be ended', { error });
    } finally {
      this.#mayBeLitter = true;
      this.#running.delete(claim.id);
      this.#options.onEnd();
    }
  }

  /** A database that is away for a moment fails no build: whoever queued it did nothing wrong. */
  async #prepare(claim: Claim): Promise<Attempt | null> {
    try {
      const job = await untilStored(() => loadJob(claim, this.#options.equipment), { forMs: leaseMs });
      const attempt = new Attempt(claim, job, this.#options.makeRoom);
      this.#running.set(claim.id, attempt);
      return attempt;
    } catch (error) {
      this.#options.logger.warn('A job could not be loaded', { buildId: claim.id, error });
      await untilStored(() => endUnloaded(claim, error), { forMs: endMaxMs });
      return null;
    }
  }
}

/** What Slipway refused will be refused again; anything else may pass the next time, within the bound on losses. */
async function endUnloaded(claim: Claim, error: unknown): Promise<void> {
  if (error instanceof SlipwayError) await endAttempt(claim, { state: 'failed', error: reportError(error) });
  else await loseAttempt(claim, { what: 'The build could not be prepared' });
}

export interface CrewOptions {
  readonly workerId: string;
  readonly slots: number;
  readonly equipment: Equipment;
  /** Collects what is least needed if so many bytes would not fit into the store; never throws. */
  readonly makeRoom: (neededBytes: number) => Promise<void>;
  /** Called when a build's process is gone: the store holds more than before, or less. */
  readonly onEnd: () => void;
  readonly logger: Logger;
}

/** A database that starts again is back by then; if not, the lease ends and the reaper decides. */
const endMaxMs = 10_000;

function endFields({ code, signal, refused: reason }: ChildEnd) {
  return { exitCode: code ?? undefined, signal: signal ?? undefined, reason };
}
