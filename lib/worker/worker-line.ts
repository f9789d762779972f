import type { BuildEvent } from '#lib/builds/schema.ts';
import type { KeptStep } from '#lib/builds/steps/step-results.ts';
import { ReportedError } from '#lib/errors/reported-error.ts';
import type { ContentsSummary, ImageContents } from '#lib/images/contents.ts';
import type { Digest } from '#lib/oci/digest.ts';
import type { LastProven } from '#lib/pull/stand-in.ts';
import type { HeldImage } from '#lib/store/types.ts';
import { leave } from './leave.ts';
import { type Job, type Outcome, type ToProcess, type ToWorker, toProcessSchema } from './messages.ts';
import { Silence } from './silence.ts';
import type { KeptResult } from './steps-job.ts';

/**
 * The build process's end of the pipe to its worker. The process ends with the pipe, and with a worker that is silent:
 * by then another one may have the build.
 */
export class WorkerLine {
  readonly #onCancel: () => void;
  readonly #job = Promise.withResolvers<Job>();
  readonly #asked = new Map<number, (answer: Answer) => void>();
  #lastId = 0;
  readonly #silence = new Silence();

  constructor(options: { readonly onCancel: () => void }) {
    this.#onCancel = options.onCancel;
    process.on('disconnect', leave);
    process.on('message', (raw) => this.#hear(raw));
  }

  /** Says that the process is there, and resolves with its job. */
  async ready(): Promise<Job> {
    this.#send({ kind: 'ready' });
    const job = await this.#job.promise;
    this.#silence.bound(job.silenceMaxMs);
    return job;
  }

  /** Resolves when the worker has stored the events. */
  async store(events: readonly BuildEvent[]): Promise<void> {
    await this.#ask('stored', { kind: 'events', events: [...events] });
  }

  /** Of some blobs those that this repository already delivered to this workspace. */
  async known(digests: readonly Digest[]): Promise<ReadonlySet<Digest>> {
    const answer = await this.#ask('known', { kind: 'known?', digests: [...digests] });
    return new Set(answer.digests as Digest[]);
  }

  /** Resolves when no collection takes the image any more before the build has ended. */
  async hold(image: HeldImage): Promise<void> {
    await this.#ask('kept', { kind: 'hold', image: { ...image, blobs: [...image.blobs] } });
  }

  /** Resolves when the worker has done what it could so that so many bytes fit. */
  async makeRoom(neededBytes: number): Promise<void> {
    await this.#ask('kept', { kind: 'room?', neededBytes });
  }

  /** What may stand in for a proof of access that the registry cannot give now; null where nothing may. */
  async lastProven(): Promise<LastProven | null> {
    return (await this.#ask('proven', { kind: 'proven?' })).proven as LastProven | null;
  }

  /** What steps with these keys made, as far as it is kept. */
  async findResults(keys: readonly string[]): Promise<ReadonlyMap<string, KeptStep>> {
    const { results } = await this.#ask('results', { kind: 'results?', keys: [...keys] });
    return new Map(results.map(({ key, ...kept }) => [key, kept as KeptStep]));
  }

  /** Asks for a step to run; the number of the build that runs it already, or null. */
  async askForTurn(key: string): Promise<number | null> {
    return (await this.#ask('turn', { kind: 'turn?', key })).running;
  }

  /** Where an upload lies on this machine, verified; null when the workspace has none such. */
  async bringUpload(digest: Digest): Promise<string | null> {
    return (await this.#ask('upload', { kind: 'upload?', digest })).file;
  }

  /** Resolves when the worker has noted what a step made. */
  async keepResult(result: KeptResult): Promise<void> {
    await this.#ask('stored', { kind: 'keep', result });
  }

  /** What is known of an image in short; null where nothing is. */
  async contentsOf(digest: Digest): Promise<ContentsSummary | null> {
    return (await this.#ask('contents', { kind: 'contents?', digest })).summary;
  }

  /** Resolves when the worker has kept what was learnt of an image. */
  async keepContents(digest: Digest, contents: ImageContents): Promise<void> {
    await this.#ask('stored', { kind: 'learnt', digest, contents });
  }

  /** Says how the build ended. Resolves when the worker's end of the pipe has it. */
  async end(outcome: Outcome): Promise<void> {
    await new Promise<void>((resolve) => {
      process.send?.({ kind: 'ended', outcome } satisfies ToWorker, undefined, {}, () => resolve());
    });
  }

  #hear(raw: unknown): void {
    const message = toProcessSchema.parse(raw);
    this.#silence.broken();
    switch (message.kind) {
      case 'job':
        this.#job.resolve(message.job);
        break;
      case 'alive':
        this.#send({ kind: 'alive' });
        break;
      case 'cancel':
        this.#onCancel();
        break;
      default:
        this.#asked.get(message.id)?.(message);
        this.#asked.delete(message.id);
    }
  }

  /**
   * Resolves with the worker's answer. What a worker that is gone would have answered never comes, and the process ends.
   * @throws ReportedError when the worker cannot do what it was asked
   */
  async #ask<Kind extends Answer['kind']>(
    kind: Kind,
    question: WithoutId<Question>,
  ): Promise<Extract<Answer, { kind: Kind }>> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<Answer>((resolve) => this.#asked.set(id, resolve));
    this.#send({ ...question, id });
    const found = await answer;
    if (found.kind === 'refused') throw new ReportedError(found.error);
    if (found.kind !== kind) throw new TypeError(`The worker answered ${question.kind} with ${found.kind}`);
    return found as Extract<Answer, { kind: Kind }>;
  }

  #send(message: ToWorker): void {
    process.send?.(message);
  }
}

/** What the worker answers, by the id of what it was asked. */
type Answer = Extract<ToProcess, { id: number }>;
type Question = Extract<ToWorker, { id: number }>;
type WithoutId<Message> = Message extends unknown ? Omit<Message, 'id'> : never;
