import type { PushProgress } from '#lib/push/schema.ts';
import { leave } from './leave.ts';
import { type FromPush, type PushJob, type PushOutcome, toPushSchema } from './push-messages.ts';
import { Silence } from './silence.ts';

/** The push process's end of the pipe to its worker. As a build's, the process ends with the pipe, and with a worker that is silent. */
export class PushLine {
  readonly #job = Promise.withResolvers<PushJob>();
  readonly #onCancel: () => void;
  readonly #silence = new Silence();

  constructor(options: { readonly onCancel: () => void }) {
    this.#onCancel = options.onCancel;
    process.on('disconnect', leave);
    process.on('message', (raw) => this.#hear(raw));
  }

  /** Says that the process is there, and resolves with its job. */
  async ready(): Promise<PushJob> {
    this.#send({ kind: 'ready' });
    const job = await this.#job.promise;
    this.#silence.bound(job.silenceMaxMs);
    return job;
  }

  show(progress: PushProgress): void {
    this.#send({ kind: 'progress', progress });
  }

  /** Says how the push ended. Resolves when the worker's end of the pipe has it. */
  async end(outcome: PushOutcome): Promise<void> {
    await new Promise<void>((resolve) => {
      process.send?.({ kind: 'ended', outcome } satisfies FromPush, undefined, {}, () => resolve());
    });
  }

  #hear(raw: unknown): void {
    const message = toPushSchema.parse(raw);
    this.#silence.broken();
    if (message.kind === 'job') this.#job.resolve(message.job);
    else if (message.kind === 'alive') this.#send({ kind: 'alive' });
    else this.#onCancel();
  }

  #send(message: FromPush): void {
    process.send?.(message);
  }
}
