import type { ErrorReport } from '#lib/errors/report.ts';
import type { Digest } from '#lib/oci/digest.ts';
import type { PreflightView } from '#lib/preflight/schema.ts';
import { leave } from './leave.ts';
import { type FromPreflight, type ToPreflight, toPreflightSchema } from './preflight-messages.ts';

/** The end of the pipe to the worker in the process of a check. The process ends with the pipe. */
export class PreflightLine {
  readonly #job = Promise.withResolvers<Told>();
  readonly #known = new Map<number, (digests: ReadonlySet<Digest>) => void>();
  #lastId = 0;

  constructor() {
    process.on('disconnect', leave);
    process.on('message', (raw) => this.#hear(raw));
    // The worker was gone before this process was there to notice.
    if (!process.connected) leave();
  }

  /** Says that the process is there, and resolves with its job. */
  async ready(): Promise<Told> {
    this.#send({ kind: 'ready' });
    const told = await this.#job.promise;
    // A worker that is stopped kills nobody who hangs.
    setTimeout(leave, told.budgetMs + overBudgetMs).unref();
    return told;
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

  /** Says how the checks ended. Resolves when the worker's end of the pipe has it. */
  async end(view: PreflightView, isCredentialRefused: boolean): Promise<void> {
    await this.#sendLast({ kind: 'ended', view, isCredentialRefused });
  }

  /** Says that a fault of our own ended the checks; otherwise as `end`. */
  async fail(problem: ErrorReport, diagnostic: string): Promise<void> {
    await this.#sendLast({ kind: 'fault', problem, diagnostic });
  }

  #hear(raw: unknown): void {
    const message = toPreflightSchema.parse(raw);
    if (message.kind === 'job') this.#job.resolve(message);
    else {
      this.#known.get(message.id)?.(new Set(message.digests as Digest[]));
      this.#known.delete(message.id);
    }
  }

  #send(message: FromPreflight): void {
    process.send?.(message);
  }

  async #sendLast(message: FromPreflight): Promise<void> {
    await new Promise<void>((resolve) => {
      process.send?.(message, undefined, {}, () => resolve());
    });
  }
}

type Told = Extract<ToPreflight, { kind: 'job' }>;

/** Checks end within their budget; a process that is still there so long after it hangs. */
const overBudgetMs = 2_000;
