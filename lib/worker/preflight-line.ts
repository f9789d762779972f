import type { ErrorReport } from '#lib/errors/report.ts';
import type { Digest } from '#lib/oci/digest.ts';
import type { PreflightView } from '#lib/preflight/schema.ts';
import { type FromPreflight, type PreflightJob, toPreflightSchema } from './preflight-messages.ts';

/** The end of the pipe to the worker in the process of a check. The process ends with the pipe. */
export class PreflightLine {
  readonly #job = Promise.withResolvers<PreflightJob>();
  readonly #known = new Map<number, (digests: ReadonlySet<Digest>) => void>();
  #lastId = 0;

  constructor() {
    process.on('disconnect', leave);
    process.on('message', (raw) => this.#hear(raw));
  }

  /** Says that the process is there, and resolves with its job. */
  async ready(): Promise<PreflightJob> {
    this.#send({ kind: 'ready' });
    const job = await this.#job.promise;
    // A worker that is stopped kills nothing.
    setTimeout(leave, job.endsAfterMs).unref();
    return job;
  }

  show(view: PreflightView): void {
    this.#send({ kind: 'view', view });
  }

  /** Of some blobs those that this repository already delivered to this workspace. */
  async known(digests: readonly Digest[]): Promise<ReadonlySet<Digest>> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<ReadonlySet<Digest>>((resolve) => this.#known.set(id, resolve));
    this.#send({ kind: 'known?', id, digests: [...digests] });
    return answer;
  }

  /** Says how the checks ended. The worker ends the process. */
  end(view: PreflightView, isCredentialRefused: boolean): void {
    this.#send({ kind: 'ended', view, isCredentialRefused });
  }

  /** Says that a fault of our own ended the checks. */
  fail(problem: ErrorReport, diagnostic: string): void {
    this.#send({ kind: 'fault', problem, diagnostic });
  }

  #hear(raw: unknown): void {
    const message = toPreflightSchema.parse(raw);
    if (message.kind === 'job') this.#job.resolve(message.job);
    else {
      this.#known.get(message.id)?.(new Set(message.digests as Digest[]));
      this.#known.delete(message.id);
    }
  }

  #send(message: FromPreflight): void {
    process.send?.(message);
  }
}

/** Whatever this process started is in its group and ends with it. */
function leave(): void {
  process.kill(0, 'SIGKILL');
}
