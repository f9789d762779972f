import { formatReference, parseReference } from '#lib/oci/reference.ts';
import {
  endPush,
  leaseMs,
  losePush,
  releasePush,
  renewEveryMs,
  renewPush,
  succeedPush,
  writePush,
} from '#lib/push/queue.ts';
import type { PushProgress } from '#lib/push/schema.ts';
import type { PushClaim } from '#lib/push/types.ts';
import { Child, type ChildEnd, causeOf } from './child.ts';
import { failureOf } from './failure-of.ts';
import {
  type FromPush,
  fromPushSchema,
  type PushJob,
  type PushOutcome,
  type ToPush,
} from './push-messages.ts';
import { Tenure } from './tenure.ts';

/**
 * One attempt at a push: starts its process, writes how far it is, keeps the lease, and ends the row in the state that is true. Every
 * write names the attempt's epoch; the first that is refused kills the process.
 */
export class PushRun {
  readonly #claim: PushClaim;
  readonly #child: Child<FromPush, ToPush>;
  readonly #tenure: Tenure;
  #outcome: PushOutcome | null = null;
  /** The newest that is not written yet. */
  #progress: PushProgress | null = null;

  constructor(claim: PushClaim, job: PushJob) {
    this.#claim = claim;
    this.#child = new Child({
      file: './push-process.ts',
      id: claim.id,
      schema: fromPushSchema,
      onMessage: (message) => this.#hear(message, job),
    });
    const renew = () => renewPush(claim);
    this.#tenure = new Tenure({ child: this.#child, renew, leaseMs, renewEveryMs });
  }

  /** What the process said about a fault of our own; redacted. */
  get diagnostic(): string | undefined {
    return this.#outcome?.kind === 'failed' ? this.#outcome.diagnostic : undefined;
  }

  /** Resolves when the push has its final state, was given back, or turned out to be another worker's. */
  async run(): Promise<ChildEnd> {
    return this.#tenure.run((end) => this.#end(end));
  }

  /** Keeps the push, and learns whether it is to be cancelled. */
  async renew(): Promise<void> {
    await this.#tenure.renew();
  }

  /** Stops the process and gives the push back, for a worker that ends. */
  release(): void {
    this.#tenure.release();
  }

  #hear(message: FromPush, job: PushJob): void {
    this.#tenure.heard();
    if (message.kind === 'ready') this.#child.send({ kind: 'job', job });
    else if (message.kind === 'progress') this.#planWrite(message.progress);
    else if (message.kind === 'ended') this.#outcome = message.outcome;
  }

  /** Of what comes while a write is under way, the newest is written. */
  #planWrite(progress: PushProgress): void {
    const isPlanned = this.#progress !== null;
    this.#progress = progress;
    if (isPlanned) return;
    const write = async () => {
      const newest = this.#progress;
      if (newest === null) return;
      this.#progress = null;
      try {
        await writePush(this.#claim, newest);
      } catch (error) {
        // It is tried again with what is the newest then.
        this.#progress ??= newest;
        throw error;
      }
    };
    this.#tenure.write(write, (error) => this.#fail(error));
  }

  /** Nobody would see how far it is: it ends here, for that reason. */
  #fail(error: unknown): void {
    this.#outcome = { kind: 'failed', ...failureOf(error, (text) => text) };
    this.#child.kill();
  }

  async #end(end: ChildEnd): Promise<void> {
    const outcome = this.#outcome;
    const claim = this.#claim;
    if (outcome?.kind === 'succeeded') {
      const { registry, repository } = parseReference(claim.reference);
      return succeedPush(claim, {
        pushed: outcome,
        repository: formatReference({ registry, repository }),
        blobs: outcome.blobs,
      });
    }
    const { cancelledBy, isReleased } = this.#tenure;
    if (cancelledBy !== null) return endPush(claim, { state: 'cancelled', by: cancelledBy });
    if (outcome?.kind === 'failed') return endPush(claim, { state: 'failed', error: outcome.error });
    if (isReleased) return releasePush(claim);
    return losePush(claim, { what: `The push’s process was lost (${causeOf(end)})` });
  }
}
