import { once } from 'node:events';
import { performance as timing } from 'node:perf_hooks';
import type { BlobReader } from '#lib/oci/blobs.ts';
import type { Errand } from '#lib/oci/errand.ts';
import { type Cargo, Carrier, type Load } from './carrier.ts';
import { takeThread } from './threads.ts';
import { type FromThread, type Outcome, outcomeOf, type ToThread, unwrap } from './words.ts';

/** One that carries: in a thread of its own, or in this one. */
export interface Hand {
  hash(cargo: Cargo, signal: AbortSignal): Promise<string>;
  fetch(
    cargo: Cargo,
    load: Load & { readonly onAnswer: (isRange: boolean) => void },
    signal: AbortSignal,
  ): Promise<void>;
  /** How much of the time since it was last asked it was busy: 0 to 1. */
  busyShare(): number;
  close(): Promise<void>;
}

/** Carries in this thread: for a little, or where a thread could not open the way out for itself. */
export function handHere(reader: BlobReader): Hand {
  const carrier = new Carrier(reader);
  return {
    hash: (cargo, signal) => carrier.hash(cargo, signal),
    fetch: (cargo, load, signal) => carrier.fetch(cargo, load, signal),
    busyShare: sinceLast(timing.eventLoopUtilization),
    close: async () => undefined,
  };
}

/** Starts a thread that carries. Requests that it makes are signed here. */
export function handInThread(errand: Errand): Hand {
  const { order, signer, onRetry } = errand;
  const worker = takeThread();
  const tasks = new Map<number, Task>();
  const ended = new AbortController();
  let taskCount = 0;
  let isReady = false;
  let hasExited = false;

  worker.on('message', (word: FromThread) => {
    switch (word.kind) {
      case 'ready':
        isReady = true;
        return;
      case 'ended':
        tasks.get(word.task)?.end(word.outcome);
        return;
      case 'answered':
        tasks.get(word.task)?.onAnswer(word.isRange);
        return;
      case 'retry':
        onRetry?.(word.notice);
        return;
      case 'sign':
        void sign(word);
    }
  });
  // A thread that dies takes its tasks with it; nothing of it writes any more.
  worker.on('error', (error) => endAll(error));
  worker.on('exit', () => {
    hasExited = true;
    endAll(new Error('A thread of the pull ended.'));
  });

  say({ kind: 'start', order });

  function endAll(error: Error): void {
    ended.abort(error);
    for (const task of tasks.values()) task.fail(error);
  }

  async function sign({ question, place, headers, refused }: Extract<FromThread, { kind: 'sign' }>) {
    const request = { place, headers, signal: ended.signal };
    const signed =
      refused === undefined
        ? signer.authorize(request)
        : signer.renew(request, refused.refusal, refused.used);
    say({ kind: 'signed', question, outcome: await outcomeOf(signed) });
  }

  function say(word: ToThread): void {
    if (!ended.signal.aborted) worker.postMessage(word);
  }

  async function run(options: {
    readonly word: (task: number) => ToThread;
    readonly onAnswer: (isRange: boolean) => void;
    readonly signal: AbortSignal;
  }): Promise<string | undefined> {
    const { word, onAnswer, signal } = options;
    signal.throwIfAborted();
    ended.signal.throwIfAborted();
    taskCount += 1;
    const task = taskCount;
    const { promise, resolve, reject } = Promise.withResolvers<Outcome<string | undefined>>();
    tasks.set(task, { end: resolve, fail: reject, onAnswer });
    // A thread that still loads has done nothing yet, and need not load for somebody who has left.
    const onAbort = () => (isReady ? say({ kind: 'stop', task }) : void worker.terminate());
    signal.addEventListener('abort', onAbort, { once: true });
    say(word(task));
    try {
      return unwrap(await promise);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      tasks.delete(task);
    }
  }

  return {
    async hash(cargo, signal) {
      const word = (task: number): ToThread => ({ kind: 'hash', task, cargo });
      return (await run({ word, onAnswer: () => undefined, signal })) ?? '';
    },
    async fetch(cargo, { span, isFirst, onAnswer }, signal) {
      const word = (task: number): ToThread => ({ kind: 'fetch', task, cargo, load: { span, isFirst } });
      await run({ word, onAnswer, signal });
    },
    busyShare: sinceLast(worker.performance.eventLoopUtilization),
    async close() {
      // By itself if it can, so that Node keeps what it compiled. All its tasks have ended: nothing is lost with it.
      if (isReady) say({ kind: 'end' });
      const timer = setTimeout(() => void worker.terminate(), isReady ? leaveWithinMs : 0);
      if (!hasExited) await once(worker, 'exit');
      clearTimeout(timer);
    },
  };
}

/** A thread with nothing to do ends in a few milliseconds. */
const leaveWithinMs = 250;

interface Task {
  readonly end: (outcome: Outcome<string | undefined>) => void;
  readonly fail: (error: Error) => void;
  readonly onAnswer: (isRange: boolean) => void;
}

function sinceLast(utilization: typeof timing.eventLoopUtilization): () => number {
  let last = utilization();
  return () => {
    const now = utilization();
    const share = utilization(now, last).utilization;
    last = now;
    return share;
  };
}
