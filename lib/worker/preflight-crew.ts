import type { Logger } from '#lib/log/logger.ts';
import { parseReference } from '#lib/oci/reference.ts';
import { claimPreflight } from '#lib/preflight/queue.ts';
import type { Allowance } from '#lib/preflight/schema.ts';
import type { PreflightClaim } from '#lib/preflight/types.ts';
import { rememberAllowance } from '#lib/secrets/mutations.ts';
import type { Equipment } from './load-job.ts';
import { loadPreflight, scopeOf } from './preflight-job.ts';
import type { PreflightJob } from './preflight-messages.ts';
import { PreflightRun } from './preflight-run.ts';
import { Slots } from './slots.ts';
import { untilStored } from './until-stored.ts';

/** The checks that a worker makes at once, beside its builds: nobody who waits for a check waits for a build. */
const preflightSlots = 4;
/** The database may be away for a moment before a check that could not be prepared ends. */
const loadMaxMs = 3_000;

/** The checks that a worker makes. */
export class PreflightCrew {
  readonly #options: PreflightCrewOptions;
  readonly #slots: Slots<PreflightClaim>;
  /** By check. */
  readonly #running = new Map<string, PreflightRun>();

  constructor(options: PreflightCrewOptions) {
    this.#options = options;
    this.#slots = new Slots({
      count: preflightSlots,
      claim: () => claimPreflight({ workerId: options.workerId }),
      run: (claim) => this.#run(claim),
    });
  }

  /** Takes checks from the queue for as long as there are some and there is room. */
  async wake(): Promise<void> {
    await this.#slots.wake();
  }

  /** Nobody waits for a check any more; if it is one of these, its process is killed. */
  abandon(id: string): void {
    this.#running.get(id)?.abandon();
  }

  /** Takes no more checks and gives back those that are under way. Resolves when nothing of them is left. */
  async stop(): Promise<void> {
    const stopped = this.#slots.stop();
    for (const run of this.#running.values()) run.release();
    await stopped;
  }

  /** Never throws: what goes wrong here is told to the log, and the row ends when its lease does. */
  async #run(claim: PreflightClaim): Promise<void> {
    const { equipment } = this.#options;
    const logger = this.#options.logger.with({ preflightId: claim.id });
    const startedAt = performance.now();
    const job = untilStored(() => loadPreflight(claim, equipment), { forMs: loadMaxMs });
    job.catch((error: unknown) => logger.warn('A check could not be prepared', { error }));
    const run = new PreflightRun(claim, job);
    this.#running.set(claim.id, run);
    if (this.#slots.isStopping) run.release();
    try {
      await run.run();
      const durationMs = Math.round(performance.now() - startedAt);
      logger.info('Check ended', { durationMs });
      if (run.diagnostic !== undefined) logger.error('A check met a fault', { reason: run.diagnostic });
      if (run.view.allowance !== undefined) await remember(claim, await job, run.view.allowance);
    } catch (error) {
      logger.error('A check could not be ended', { error });
    } finally {
      this.#running.delete(claim.id);
    }
  }
}

/** Of a draft it is not known whether it will ever be a secret. */
async function remember(
  { workspaceId, reference, secretId, draft }: PreflightClaim,
  { secret }: PreflightJob,
  allowance: Allowance,
): Promise<void> {
  const registry = reference === null ? secret?.host : parseReference(reference).registry;
  if (draft !== null || !registry) return;
  await rememberAllowance({ scope: scopeOf({ workspaceId }), registry, secretId, allowance });
}

export interface PreflightCrewOptions {
  readonly workerId: string;
  readonly equipment: Equipment;
  readonly logger: Logger;
}
