import { rm } from 'node:fs/promises';
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
  writeForAttempt,
} from '#lib/builds/queue.ts';
import { askForTurn, giveTurnsBack } from '#lib/builds/steps/step-turns.ts';
import { reportError } from '#lib/errors/report.ts';
import { summaryOfContents } from '#lib/images/contents.ts';
import { findContents, findStepResults } from '#lib/images/data.ts';
import { keepContents, keepStepResult } from '#lib/images/mutations.ts';
import { formatReference, parseReference } from '#lib/oci/reference.ts';
import { bringUpload, uploadsFolder } from './bring-upload.ts';
import { Child, type ChildEnd, causeOf } from './child.ts';
import { type Job, type Outcome, type ToProcess, type ToWorker, toWorkerSchema } from './messages.ts';
import { scopeOf } from './scope-of.ts';
import { provenFor, rememberAllowances } from './standing.ts';
import { Tenure } from './tenure.ts';

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
  readonly #tenure: Tenure;
  #head: number;
  #outcome: Outcome | null = null;
  #refusal: unknown;

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
    const renew = () => renewLease(claim);
    this.#tenure = new Tenure({ child: this.#child, renew, leaseMs, renewEveryMs });
  }

  /** What the process said about a fault of our own; redacted. */
  get diagnostic(): string | undefined {
    return this.#outcome?.kind === 'failed' ? this.#outcome.diagnostic : undefined;
  }

  /** Why the worker could not do what the process asked for. */
  get refusal(): unknown {
    return this.#refusal;
  }

  /** Resolves when the build has its final state, was given back, or turned out to be another worker's. */
  async run(): Promise<ChildEnd> {
    try {
      return await this.#tenure.run((end) => this.#end(end));
    } finally {
      if (this.#uploads !== null) await rm(this.#uploads, { recursive: true, force: true });
      // Rows that are left do nothing but take room.
      await giveTurnsBack(this.claim).catch(() => {});
    }
  }

  /** Keeps the build, and learns whether it is to be cancelled. */
  async renew(): Promise<void> {
    await this.#tenure.renew();
  }

  /** Stops the process and gives the build back, for a worker that ends. */
  release(): void {
    this.#tenure.release();
  }

  #hear(message: ToWorker, job: Job): void {
    this.#tenure.heard();
    switch (message.kind) {
      case 'ready':
        this.#child.send({ kind: 'job', job });
        break;
      case 'events':
        this.#write(message, () => this.#store(message));
        break;
      case 'known?':
        this.#write(message, () => this.#answerKnown(message));
        break;
      case 'hold':
        this.#write(message, () => this.#hold(message));
        break;
      case 'room?':
        void this.#makeRoom(message.neededBytes).then(() =>
          this.#child.send({ kind: 'kept', id: message.id }),
        );
        break;
      case 'proven?':
        this.#write(message, () => this.#answerProven(message, job));
        break;
      case 'results?':
        this.#write(message, () => this.#answerResults(message));
        break;
      case 'turn?':
        this.#write(message, () => this.#answerTurn(message));
        break;
      case 'upload?':
        this.#write(message, () => this.#bring(message));
        break;
      case 'keep':
        this.#write(message, () => this.#keep(message));
        break;
      case 'contents?':
        this.#write(message, () => this.#answerContents(message));
        break;
      case 'learnt':
        this.#write(message, () => this.#keepContents(message));
        break;
      case 'ended':
        this.#outcome = message.outcome;
    }
  }

  /** Does what a message asks for, in its turn. The process is told when that cannot be done, and ends the build with what it was told. */
  #write({ id }: Extract<ToWorker, { id: number }>, work: () => Promise<void>): void {
    this.#tenure.write(work, (error) => {
      this.#refusal = error;
      this.#child.send({ kind: 'refused', id, error: reportError(error) });
    });
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

  async #answerTurn({ id, key }: Extract<ToWorker, { kind: 'turn?' }>): Promise<void> {
    this.#child.send({ kind: 'turn', id, running: await askForTurn(this.claim, key) });
  }

  async #bring({ id, digest }: Extract<ToWorker, { kind: 'upload?' }>): Promise<void> {
    const folder = this.#uploads;
    const file = folder === null ? null : await bringUpload({ scope: scopeOf(this.claim), digest, folder });
    this.#child.send({ kind: 'upload', id, file: file ?? null });
  }

  async #keep({ id, result }: Extract<ToWorker, { kind: 'keep' }>): Promise<void> {
    const kept = { scope: scopeOf(this.claim), ...result, buildNumber: this.claim.number };
    await writeForAttempt(this.claim, (tx) => keepStepResult(tx, kept));
    await giveTurnsBack(this.claim);
    this.#child.send({ kind: 'stored', id });
  }

  async #answerContents({ id, digest }: Extract<ToWorker, { kind: 'contents?' }>): Promise<void> {
    const contents = await findContents({ scope: scopeOf(this.claim), digest });
    this.#child.send({ kind: 'contents', id, summary: contents && summaryOfContents(contents) });
  }

  async #keepContents({ id, digest, contents }: Extract<ToWorker, { kind: 'learnt' }>): Promise<void> {
    const learnt = { scope: scopeOf(this.claim), digest, contents };
    await writeForAttempt(this.claim, (tx) => keepContents(tx, learnt));
    this.#child.send({ kind: 'stored', id });
  }

  /** host/repository, from the build's own row: what a process says about it does not count. */
  get #repository(): string {
    const { registry, repository } = parseReference(this.claim.reference);
    return formatReference({ registry, repository });
  }

  async #end(end: ChildEnd): Promise<void> {
    const outcome = this.#outcome;
    if (outcome?.kind === 'succeeded') {
      return succeedAttempt(this.claim, { repository: this.#repository, blobs: outcome.blobs });
    }
    const { cancelledBy, isReleased } = this.#tenure;
    if (cancelledBy !== null) return endAttempt(this.claim, { state: 'cancelled', by: cancelledBy });
    if (outcome?.kind === 'failed') return endAttempt(this.claim, { state: 'failed', error: outcome.error });
    if (isReleased) return releaseAttempt(this.claim);
    return loseAttempt(this.claim, { what: `The build’s process was lost (${causeOf(end)})` });
  }
}
