import { setTimeout as wait } from 'node:timers/promises';
import { knownBlobs } from '#lib/builds/queue.ts';
import { type ErrorReport, reportError } from '#lib/errors/report.ts';
import { formatReference, parseReference } from '#lib/oci/reference.ts';
import { CheckLostError, CheckTookTooLongError } from '#lib/preflight/errors.ts';
import {
  endPreflight,
  leaseMs,
  releasePreflight,
  renewEveryMs,
  renewPreflight,
  writePreflight,
} from '#lib/preflight/queue.ts';
import type { CheckName, PreflightView } from '#lib/preflight/schema.ts';
import type { PreflightClaim } from '#lib/preflight/types.ts';
import { failChecks, waitingChecks } from '#lib/preflight/view.ts';
import { Child, type ChildEnd, causeOf } from './child.ts';
import {
  type FromPreflight,
  fromPreflightSchema,
  type PreflightJob,
  type ToPreflight,
} from './preflight-messages.ts';
import { untilStored } from './until-stored.ts';

/** From the claim to the end of the checks, with the start of their process. */
const checksMaxMs = 9_500;
/** However late the process was there. */
const budgetMsMin = 1_000;
/** From the claim on: this is for a process that does not end its checks. */
const preflightMaxMs = 12_000;
/** How long a process that has said all may take to exit. */
const exitGraceMs = 1_000;

/** How a check ends for its worker. */
type Ending =
  /** As the process says. */
  | { readonly kind: 'made'; readonly view: PreflightView; readonly isRefused: boolean }
  /** By something that says nothing about the image; with `at`, at that check. */
  | { readonly kind: 'failed'; readonly problem: ErrorReport; readonly at?: CheckName }
  /** Given back, because the worker stops. */
  | { readonly kind: 'released' }
  /** It ended already: nobody waits for it, or it was taken from this worker. */
  | { readonly kind: 'gone' };

/**
 * One check: starts its process, writes what it says to the row, keeps the lease, and ends the row in the state that is
 * true. Whatever ends it first counts; a process that has not said all by then is killed at once.
 */
export class PreflightRun {
  readonly #claim: PreflightClaim;
  readonly #child: Child<FromPreflight, ToPreflight>;
  readonly #startedAt = performance.now();
  readonly #ending = Promise.withResolvers<Ending>();
  /** Fires with the ending. */
  readonly #over = new AbortController();
  #view: PreflightView = { state: 'running', checks: [...waitingChecks] };
  /** Writes wait for each other. One that is planned writes the view that is the newest by then. */
  #writing: Promise<void> = Promise.resolve();
  #isWritePlanned = false;
  #wroteAt = -Infinity;
  #renewedAt = performance.now();
  #diagnostic: string | undefined;

  /** @param job is being prepared while the process starts, which takes longer */
  constructor(claim: PreflightClaim, job: Promise<PreflightJob>) {
    this.#claim = claim;
    this.#child = new Child({
      file: './preflight-process.ts',
      id: claim.id,
      schema: fromPreflightSchema,
      onMessage: (message) => this.#hear(message, job),
    });
    job.catch((error: unknown) => this.#end({ kind: 'failed', problem: reportError(error), at: 'sign_in' }));
  }

  /** What was found. */
  get view(): PreflightView {
    return this.#view;
  }

  /** What the process said about a fault of our own, redacted, or what of its words was not understood. */
  get diagnostic(): string | undefined {
    return this.#diagnostic;
  }

  /** Resolves when the row has ended, was given back, or turned out to have ended already, and the process is gone. */
  async run(): Promise<void> {
    const deadline = setTimeout(() => this.#end(tooLong), preflightMaxMs);
    const renewing = setInterval(() => void this.renew(), renewEveryMs);
    const gone = this.#child.ended.then((end) => {
      this.#diagnostic ??= end.refused;
      this.#end(lostWith(end));
    });
    // Whoever asked may have left before there was a process to kill.
    void this.renew();
    try {
      const ending = await this.#ending.promise;
      await this.#writing;
      await untilStored(() => this.#conclude(ending), { forMs: leaseMs });
    } finally {
      clearTimeout(deadline);
      clearInterval(renewing);
      const grace = setTimeout(() => this.#child.kill(), exitGraceMs);
      await gone;
      clearTimeout(grace);
    }
  }

  /** Keeps the check, and learns whether anybody still waits for it. */
  async renew(): Promise<void> {
    try {
      if (await renewPreflight(this.#claim)) this.#renewedAt = performance.now();
      else this.abandon();
    } catch {
      // The database is away. Whoever cannot renew must believe that somebody ended the check.
      if (performance.now() - this.#renewedAt > leaseMs) this.abandon();
    }
  }

  /** Nobody waits for it any more. */
  abandon(): void {
    this.#end({ kind: 'gone' });
  }

  /** Gives the check back, for a worker that ends. */
  release(): void {
    this.#end({ kind: 'released' });
  }

  #end(ending: Ending): void {
    if (this.#over.signal.aborted) return;
    this.#ending.resolve(ending);
    this.#over.abort();
    if (ending.kind !== 'made') this.#child.kill();
  }

  #hear(message: FromPreflight, job: Promise<PreflightJob>): void {
    switch (message.kind) {
      case 'ready':
        job.then((loaded) => this.#tell(loaded)).catch(() => {});
        break;
      case 'view':
        this.#view = message.view;
        this.#planWrite();
        break;
      case 'ended':
        this.#end({ kind: 'made', view: message.view, isRefused: message.isCredentialRefused });
        break;
      case 'known?':
        void this.#answerKnown(message);
        break;
      case 'fault':
        this.#diagnostic = message.diagnostic;
        this.#end({ kind: 'failed', problem: message.problem });
    }
  }

  #tell(job: PreflightJob): void {
    const leftMs = Math.round(checksMaxMs - (performance.now() - this.#startedAt));
    this.#child.send({ kind: 'job', job, budgetMs: Math.max(budgetMsMin, leftMs) });
  }

  #planWrite(): void {
    if (this.#isWritePlanned) return;
    this.#isWritePlanned = true;
    this.#writing = this.#writing.then(async () => {
      const { signal } = this.#over;
      const waitMs = this.#wroteAt + writeEveryMs - performance.now();
      if (waitMs > 0) await wait(waitMs, undefined, { signal }).catch(() => {});
      this.#isWritePlanned = false;
      if (signal.aborted) return;
      this.#wroteAt = performance.now();
      // A database that is away for a moment misses a view; the next one, or the last, is whole.
      const isOurs = await writePreflight(this.#claim, this.#view).catch(() => true);
      if (!isOurs) this.abandon();
    });
  }

  /** Where the database cannot say, nothing is known: then the registry is asked. */
  async #answerKnown({ id, digests }: Extract<FromPreflight, { kind: 'known?' }>): Promise<void> {
    const { workspaceId, reference } = this.#claim;
    const source = { workspaceId, repository: reference === null ? '' : repositoryOf(reference) };
    const known = await knownBlobs(source, digests).catch(() => []);
    this.#child.send({ kind: 'known', id, digests: known });
  }

  /** A row that ended meanwhile stays as it is. */
  async #conclude(ending: Ending): Promise<void> {
    if (ending.kind === 'gone') return;
    if (ending.kind === 'released') return releasePreflight(this.#claim);
    const isMade = ending.kind === 'made';
    this.#view = isMade ? ending.view : { ...this.#view, checks: failChecks(this.#view.checks, ending) };
    await endPreflight(this.#claim, { ...this.#view, isRefused: isMade && ending.isRefused });
  }
}

/** Ten views a second are as many as anybody can read. */
const writeEveryMs = 100;

const tooLong: Ending = {
  kind: 'failed',
  problem: reportError(new CheckTookTooLongError({ afterMs: preflightMaxMs })),
};

function lostWith(end: ChildEnd): Ending {
  const what = `The process of this check was lost (${causeOf(end)})`;
  return { kind: 'failed', problem: reportError(new CheckLostError({ what })) };
}

/** host/repository */
function repositoryOf(text: string): string {
  const { registry, repository } = parseReference(text);
  return formatReference({ registry, repository });
}
