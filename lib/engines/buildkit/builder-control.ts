import { setTimeout as wait } from 'node:timers/promises';
import type { ClientCommand } from './builder.ts';
import { GrpcSession } from './grpc-session.ts';
import { encodeProtobuf, ProtobufMessage } from './protobuf.ts';
import { connectThrough, connectTo } from './service-connection.ts';

/** Under such names builders know the images that steps begin on and copy from; by them they are known again. */
export function contextName(layout: string): string {
  return `${contextPrefix}${layout}`;
}

const contextPrefix = 'slipway-';
/** Tells the steps apart; nothing in a step sees it. */
export const stepArgument = 'SLIPWAY_STEP';

/** What a builder says of itself. */
export interface BuilderWorker {
  /** Undefined where it was built without one, as distributions do. */
  readonly version: string | undefined;
  readonly labels: ReadonlyMap<string, string>;
}

/**
 * A builder's own service, for what its clients have no commands for in all their versions.
 * https://github.com/moby/buildkit/blob/v0.13.2/api/services/control/control.proto
 */
export class BuilderControl {
  readonly #session: GrpcSession;

  constructor(client: ClientCommand, options: { readonly signal: AbortSignal }) {
    const connection =
      client.service === null
        ? connectThrough({ ...client, ...options, args: [...client.args, 'dial-stdio'] })
        : connectTo(client.service, options);
    this.#session = new GrpcSession(connection);
  }

  /** @throws EngineFailedError when it does not answer */
  async readWorker(): Promise<BuilderWorker> {
    const [answer] = await this.#call('ListWorkers', []);
    const worker = answer?.messages(1)[0];
    const version = /^v?(\d+\.\d+\.\d+)/.exec(worker?.messages(5)[0]?.text(2) ?? '')?.[1];
    return { version: version === '0.0.0' ? undefined : version, labels: worker?.map(2) ?? new Map() };
  }

  /** Whether the step with this id, or what is left of it, still runs. */
  async isRunning(step: string): Promise<boolean> {
    const records = await this.#history({ isRunning: true });
    return records.some((record) => record.map(3).get(`build-arg:${stepArgument}`) === step);
  }

  /**
   * Makes the builder forget the steps that ended: the words and the commands that it keeps as its history, and what they wrote. Layers
   * of bases are kept for the steps to come, for so long after their last use.
   */
  async forget(options: { readonly basesKeptMs: number }): Promise<void> {
    await this.#forgetHistory();
    const { steps, bases } = await this.#cacheRecords();
    if (steps.length > 0) await this.#prune({ ids: steps, keptMs: 0 });
    if (bases.length > 0) await this.#prune({ ids: bases, keptMs: options.basesKeptMs });
  }

  close(): void {
    this.#session.close();
  }

  /** Others may use the builder as well: what one of them has deleted by then cannot be deleted again, and is soon not listed any more. */
  async #forgetHistory(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      let failure: unknown;
      for (const id of await this.#endedSteps()) {
        await this.#delete(id).catch((error) => {
          failure = error;
        });
      }
      if (failure === undefined) return;
      if (tries === deleteTriesMax) throw failure;
      await wait(betweenTriesMs);
    }
  }

  /** Ids of our steps in its history. */
  async #endedSteps(): Promise<readonly string[]> {
    const records = await this.#history({ isRunning: false });
    return records
      .filter((record) => record.map(3).has(`context:${contextName('base')}`))
      .map((record) => record.text(1));
  }

  async #delete(id: string): Promise<void> {
    await this.#call('UpdateBuildHistory', [
      [1, id],
      [3, true],
    ]);
  }

  /** Records of BuildHistoryRecord; those that ended, or those that run. */
  async #history({ isRunning }: { readonly isRunning: boolean }): Promise<readonly ProtobufMessage[]> {
    const [activeOnly, earlyExit] = [1, 3];
    const events = await this.#call('ListenBuildHistory', [
      [activeOnly, isRunning],
      [earlyExit, true],
    ]);
    const completedAt = 7;
    return events
      .flatMap((event) => event.messages(2))
      .filter((record) => (record.messages(completedAt).length === 0) === isRunning);
  }

  /** Ids of what steps wrote, and of the bases that Slipway brought. */
  async #cacheRecords(): Promise<{ readonly steps: readonly string[]; readonly bases: readonly string[] }> {
    const [answer] = await this.#call('DiskUsage', []);
    const records = (answer?.messages(1) ?? []).map(cacheRecord);
    const bases = records.filter(({ description }) => isBase.test(description)).map(({ id }) => id);
    const ours = new Set(bases);
    // A record comes before what is made from it, or not: until nothing is found any more.
    for (let before = -1; before < ours.size; ) {
      before = ours.size;
      for (const { id, parents } of records) if (parents.some((parent) => ours.has(parent))) ours.add(id);
    }
    const known = new Set(bases);
    return { bases, steps: [...ours].filter((id) => !known.has(id)) };
  }

  /** What is in use stays. */
  async #prune({ ids, keptMs }: { readonly ids: readonly string[]; readonly keptMs: number }): Promise<void> {
    const [filter, all, keepDuration] = [1, 2, 3];
    await this.#call('Prune', [
      [filter, `id~=^(${ids.join('|')})$`],
      [all, true],
      [keepDuration, keptMs * nanosecondsInMs],
    ]);
  }

  async #call(
    method: string,
    fields: Parameters<typeof encodeProtobuf>[0],
  ): Promise<readonly ProtobufMessage[]> {
    const path = `/moby.buildkit.v1.Control/${method}`;
    const messages = await this.#session.call({ path, message: encodeProtobuf(fields) });
    return messages.map((message) => new ProtobufMessage(message));
  }
}

const nanosecondsInMs = 1_000_000;
const deleteTriesMax = 20;
const betweenTriesMs = 100;
const isBase = new RegExp(`^pulled from \\S*/${contextPrefix}\\S+@sha256:`);

function cacheRecord(record: ProtobufMessage) {
  return {
    id: record.text(1),
    // One in older builders, several in newer ones.
    parents: [...record.texts(5), ...record.texts(12)],
    description: record.text(9),
  };
}
