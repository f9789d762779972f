import type { KeptStep } from '#lib/builds/run-steps.ts';
import type { BuildEvent } from '#lib/builds/schema.ts';
import type { ContentsSummary, ImageContents } from '#lib/images/contents.ts';
import type { Digest } from '#lib/oci/digest.ts';
import type { LastProven } from '#lib/pull/stand-in.ts';
import type { HeldImage } from '#lib/store/types.ts';
import { leave } from './leave.ts';
import { type Job, type Outcome, type ToWorker, toProcessSchema } from './messages.ts';
import { Silence } from './silence.ts';
import type { KeptResult } from './steps-job.ts';

/**
 * The build process's end of the pipe to its worker. The process ends with the pipe, and with a worker that is silent:
 * by then another one may have the build.
 */
export class WorkerLine {
  readonly #onCancel: () => void;
  readonly #job = Promise.withResolvers<Job>();
  readonly #stored = new Map<number, () => void>();
  readonly #known = new Map<number, (digests: ReadonlySet<Digest>) => void>();
  readonly #kept = new Map<number, () => void>();
  readonly #results = new Map<number, (results: ReadonlyMap<string, KeptStep>) => void>();
  readonly #contents = new Map<number, (summary: ContentsSummary | null) => void>();
  readonly #uploads = new Map<number, (file: string | null) => void>();
  readonly #proven = new Map<number, (proven: LastProven | null) => void>();
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
    await this.#store((id) => ({ kind: 'events', id, events: [...events] }));
  }

  /** Of some blobs those that this repository already delivered to this workspace. */
  async known(digests: readonly Digest[]): Promise<ReadonlySet<Digest>> {
    const id = this.#nextId();
    const answer = new Promise<ReadonlySet<Digest>>((resolve) => this.#known.set(id, resolve));
    this.#send({ kind: 'known?', id, digests: [...digests] });
    return answer;
  }

  /** Resolves when no collection takes the image any more before the build has ended. */
  async hold(image: HeldImage): Promise<void> {
    await this.#keep((id) => ({ kind: 'hold', id, image: { ...image, blobs: [...image.blobs] } }));
  }

  /** Resolves when the worker has done what it could so that so many bytes fit. */
  async makeRoom(neededBytes: number): Promise<void> {
    await this.#keep((id) => ({ kind: 'room?', id, neededBytes }));
  }

  /** What may stand in for a proof of access that the registry cannot give now; null where nothing may. */
  async lastProven(): Promise<LastProven | null> {
    const id = this.#nextId();
    const answer = new Promise<LastProven | null>((resolve) => this.#proven.set(id, resolve));
    this.#send({ kind: 'proven?', id });
    return answer;
  }

  /** What steps with these keys made, as far as it is kept. */
  async findResults(keys: readonly string[]): Promise<ReadonlyMap<string, KeptStep>> {
    const id = this.#nextId();
    const answer = new Promise<ReadonlyMap<string, KeptStep>>((resolve) => this.#results.set(id, resolve));
    this.#send({ kind: 'results?', id, keys: [...keys] });
    return answer;
  }

  /** Where an upload lies on this machine, verified; null when the workspace has none such. */
  async bringUpload(digest: Digest): Promise<string | null> {
    const id = this.#nextId();
    const answer = new Promise<string | null>((resolve) => this.#uploads.set(id, resolve));
    this.#send({ kind: 'upload?', id, digest });
    return answer;
  }

  /** Resolves when the worker has noted what a step made. */
  async keepResult(result: KeptResult): Promise<void> {
    await this.#store((id) => ({ kind: 'keep', id, result }));
  }

  /** What is known of an image in short; null where nothing is. */
  async contentsOf(digest: Digest): Promise<ContentsSummary | null> {
    const id = this.#nextId();
    const answer = new Promise<ContentsSummary | null>((resolve) => this.#contents.set(id, resolve));
    this.#send({ kind: 'contents?', id, digest });
    return answer;
  }

  /** Resolves when the worker has kept what was learnt of an image. */
  async keepContents(digest: Digest, contents: ImageContents): Promise<void> {
    await this.#store((id) => ({ kind: 'learnt', id, digest, contents }));
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
      case 'stored':
        this.#stored.get(message.id)?.();
        this.#stored.delete(message.id);
        break;
      case 'known':
        this.#known.get(message.id)?.(new Set(message.digests as Digest[]));
        this.#known.delete(message.id);
        break;
      case 'kept':
        this.#kept.get(message.id)?.();
        this.#kept.delete(message.id);
        break;
      case 'proven':
        this.#proven.get(message.id)?.(message.proven as LastProven | null);
        this.#proven.delete(message.id);
        break;
      case 'results':
        this.#results.get(message.id)?.(
          new Map(message.results.map(({ key, ...kept }) => [key, kept as KeptStep])),
        );
        this.#results.delete(message.id);
        break;
      case 'contents':
        this.#contents.get(message.id)?.(message.summary);
        this.#contents.delete(message.id);
        break;
      case 'upload':
        this.#uploads.get(message.id)?.(message.file);
        this.#uploads.delete(message.id);
        break;
      case 'alive':
        this.#send({ kind: 'alive' });
        break;
      case 'cancel':
        this.#onCancel();
    }
  }

  async #store(messageOf: (id: number) => ToWorker): Promise<void> {
    const id = this.#nextId();
    const stored = new Promise<void>((resolve) => this.#stored.set(id, resolve));
    this.#send(messageOf(id));
    await stored;
  }

  async #keep(messageOf: (id: number) => ToWorker): Promise<void> {
    const id = this.#nextId();
    const kept = new Promise<void>((resolve) => this.#kept.set(id, resolve));
    this.#send(messageOf(id));
    await kept;
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #send(message: ToWorker): void {
    process.send?.(message);
  }
}
