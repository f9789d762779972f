import { rm } from 'node:fs/promises';
import { LeaseLostError } from '#lib/builds/errors.ts';
import {
  type Claim,
  endAttempt,
  holdForAttempt,
  knownBlobs,
  leaseMs,
  loseAttempt,
  releaseAttempt,
  renewEveryMs,
  renewLease,
  succeedAttempt,
  writeAttempt,
} from '#lib/builds/queue.ts';
import { summaryOfContents } from '#lib/images/contents.ts';
import { findContents, findStepResults } from '#lib/images/data.ts';
import { keepContents, keepStepResult } from '#lib/images/mutations.ts';
import { formatReference, parseReference } from '#lib/oci/reference.ts';
import { bringUpload, uploadsFolder } from './bring-upload.ts';
import { Child, type ChildEnd, causeOf } from './child.ts';
import { type Job, type Outcome, type ToProcess, type ToWorker, toWorkerSchema } from './messages.ts';
import { scopeOf } from './scope-of.ts';
import { provenFor, rememberAllowances } from './standing.ts';
import { untilStored } from './until-stored.ts';

/** How long a process that was told to stop may take before it is killed: it aborts its requests and exits. */
const stopGraceMs = 500;

/**
 * One attempt at a build: starts its process, stores what it says, keeps the lease, and ends the build in the state
 * that is true. Every write names the attempt's epoch; the first that is refused kills the process.
 */
export class Attempt {
  readonly claim: Claim;
  readonly #child: Child<ToWorker, ToProcess>;
  readonly #makeRoom: (neededBytes: number) => Promise<void>;
  /** Where uploads are brought for its steps. */
  readonly #uploads: string | null;
  /** Writes wait for each other, so that events are stored in the order they came. */
  #writing: Promise<void> = Promise.resolve();
  #head: number;
  #isLost = false;
  #isReleased = false;
  #cancelledBy: string | null = null;
  #outcome: Outcome | null = null;
  #renewedAt = performance.now();
  #heardAt = performance.now();

  /** @param makeRoom collects what is least needed if so many bytes would not fit; never throws */
  constructor(claim: Claim, job: Job, makeRoom: (neededBytes: number) => Promise<void>) {
    this.claim = claim;
    this.#makeRoom = makeRoom;
    this.#head = claim.head;
    this.#uploads = job.steps && uploadsFolder(job.steps.engineFolder, `${claim.id}-${claim.epoch}`);
    this.#child = new Child({
      file: './build-process.ts',
      id: claim.id,
      schema: toWorkerSchema,
      onMessage: (message) => this.#hear(message, job),
    });
  }

  /** What the process said about a fault of our own; redacted. */
  get diagnostic(): string | undefined {
    return this.#outcome?.kind === 'failed' ? this.#outcome.diagnostic : undefined;
  }

  /** Resolves when the build has its final state, was given back, or turned out to be another worker's. */
  async run(): Promise<ChildEnd> {
    const renewing = setInterval(() => void this.renew(), renewEveryMs);
    // Somebody may have asked for it to stop while the job was being loaded, when nobody here could be told.
    void this.renew();
    try {
      const end = await this.#child.ended;
      await this.#writing;
      await this.#conclude(end);
      return end;
    } finally {
      clearInterval(renewing);
      if (this.#uploads !== null) await rm(this.#uploads, { recursive: true, force: true });
    }
  }

  /** Keeps the build, and learns whether it is to be cancelled. */
  async renew(): Promise<void> {
    if (performance.now() - this.#heardAt > processSilenceMaxMs) this.#child.kill();
    try {
      const { cancelRequestedBy } = await renewLease(this.claim);
      this.#renewedAt = performance.now();
      this.#child.send({ kind: 'alive' });
      if (cancelRequestedBy !== null) this.#cancel(cancelRequestedBy);
    } catch (error) {
      if (error instanceof LeaseLostError) this.#lose();
      // The database is away. Whoever cannot renew must believe that the build was given to another worker.
      else if (performance.now() - this.#renewedAt > leaseMs) this.#child.kill();
    }
  }

  /** Stops the process and gives the build back, for a worker that ends. */
  release(): void {
    this.#isReleased = true;
    this.#stopChild();
  }

  #cancel(by: string): void {
    if (this.#cancelledBy !== null) return;
    this.#cancelledBy = by;
    this.#stopChild();
  }

  #stopChild(): void {
    this.#child.send({ kind: 'cancel' });
    const timer = setTimeout(() => this.#child.kill(), stopGraceMs);
    void this.#child.ended.then(() => clearTimeout(timer));
  }

  #lose(): void {
    this.#isLost = true;
    this.#child.kill();
  }

  #hear(message: ToWorker, job: Job): void {
    this.#heardAt = performance.now();
    switch (message.kind) {
      case 'ready':
        this.#child.send({ kind: 'job', job });
        break;
      case 'events':
        this.#write(() => this.#store(message));
        break;
      case 'known?':
        this.#write(() => this.#answerKnown(message));
        break;
      case 'hold':
        this.#write(() => this.#hold(message));
        break;
      case 'room?':
        void this.#makeRoom(message.neededBytes).then(() =>
          this.#child.send({ kind: 'kept', id: message.id }),
        );
        break;
      case 'proven?':
        this.#write(() => this.#answerProven(message, job));
        break;
      case 'results?':
        this.#write(() => this.#answerResults(message));
        break;
      case 'upload?':
        this.#write(() => this.#bring(message));
        break;
      case 'keep':
        this.#write(() => this.#keep(message));
        break;
      case 'contents?':
        this.#write(() => this.#answerContents(message));
        break;
      case 'learnt':
        this.#write(() => this.#keepContents(message));
        break;
      case 'ended':
        this.#outcome = message.outcome;
    }
  }

  async #store({ id, events }: Extract<ToWorker, { kind: 'events' }>): Promise<void> {
    const { head } = await writeAttempt(this.claim, { events, after: this.#head });
    this.#head = head;
    this.#child.send({ kind: 'stored', id });
    // A hint for people, kept beside the build: it may be lost with a database that is away.
    await rememberAllowances(this.claim, events).catch(() => {});
  }

  async #answerKnown({ id, digests }: Extract<ToWorker, { kind: 'known?' }>): Promise<void> {
    const source = { workspaceId: this.claim.workspaceId, repository: this.#repository };
    this.#child.send({ kind: 'known', id, digests: await knownBlobs(source, digests) });
  }

  async #hold({ id, image }: Extract<ToWorker, { kind: 'hold' }>): Promise<void> {
    await holdForAttempt(this.claim, image);
    this.#child.send({ kind: 'kept', id });
  }

  async #answerProven({ id }: Extract<ToWorker, { kind: 'proven?' }>, { registries }: Job): Promise<void> {
    this.#child.send({ kind: 'proven', id, proven: await provenFor(this.claim, registries) });
  }

  async #answerResults({ id, keys }: Extract<ToWorker, { kind: 'results?' }>): Promise<void> {
    const results = await findStepResults({ scope: scopeOf(this.claim), keys });
    this.#child.send({ kind: 'results', id, results: [...results] });
  }

  async #bring({ id, digest }: Extract<ToWorker, { kind: 'upload?' }>): Promise<void> {
    const folder = this.#uploads;
    const file = folder === null ? null : await bringUpload({ scope: scopeOf(this.claim), digest, folder });
    this.#child.send({ kind: 'upload', id, file: file ?? null });
  }

  async #keep({ id, result }: Extract<ToWorker, { kind: 'keep' }>): Promise<void> {
    await keepStepResult({ scope: scopeOf(this.claim), ...result, buildNumber: this.claim.number });
    this.#child.send({ kind: 'stored', id });
  }

  async #answerContents({ id, digest }: Extract<ToWorker, { kind: 'contents?' }>): Promise<void> {
    const contents = await findContents({ scope: scopeOf(this.claim), digest });
    this.#child.send({ kind: 'contents', id, summary: contents && summaryOfContents(contents) });
  }

  async #keepContents({ id, digest, contents }: Extract<ToWorker, { kind: 'learnt' }>): Promise<void> {
    await keepContents({ scope: scopeOf(this.claim), digest, contents });
    this.#child.send({ kind: 'stored', id });
  }

  /** host/repository, from the build's own row: what a process says about it does not count. */
  get #repository(): string {
    const { registry, repository } = parseReference(this.claim.reference);
    return formatReference({ registry, repository });
  }

  #write(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(async () => {
      if (this.#isLost) return;
      await untilStored(work, { forMs: leaseMs }).catch(() => this.#lose());
    });
  }

  async #conclude(end: ChildEnd): Promise<void> {
    if (this.#isLost) return;
    try {
      await untilStored(() => this.#end(end), { forMs: this.#isReleased ? releaseMaxMs : concludeMaxMs });
    } catch (error) {
      // Somebody else ended it, or an earlier try did whose answer was lost with the connection.
      if (!(error instanceof LeaseLostError)) throw error;
    }
  }

  async #end(end: ChildEnd): Promise<void> {
    const outcome = this.#outcome;
    if (outcome?.kind === 'succeeded') {
      return succeedAttempt(this.claim, { repository: this.#repository, blobs: outcome.blobs });
    }
    if (this.#cancelledBy !== null)
      return endAttempt(this.claim, { state: 'cancelled', by: this.#cancelledBy });
    if (outcome?.kind === 'failed') return endAttempt(this.claim, { state: 'failed', error: outcome.error });
    if (this.#isReleased) return releaseAttempt(this.claim);
    return loseAttempt(this.claim, { what: `The build’s process was lost (${causeOf(end)})` });
  }
}

/** A process that answers nothing for so long is stuck. It is killed, and the build taken up again. */
const processSilenceMaxMs = 8_000;

/** A worker that stops does not wait long for a database that may be stopping too. */
const releaseMaxMs = 3_000;
/** The database may be away for as long as a server takes to start again; after that the reaper ends the build. */
const concludeMaxMs = 60_000;
