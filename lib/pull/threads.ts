import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Each hashes about 1.5 GB a second: no line is faster than three of them and the thread that orders them about. */
const threadsMax = 3;

/** Beside the main thread, one a processor. The main thread carries too: what else it does in a pull takes next to no time. */
export const threadCount = Math.min(threadsMax, availableParallelism() - 1);

const waiting: Worker[] = [];

/**
 * Starts the threads of the next pull ahead of it: they load while the rest of a command does, on another processor. They keep
 * no process alive.
 */
export function warmUpThreads(): void {
  while (waiting.length < threadCount) waiting.push(startThread());
}

/** A carrier's thread that waits for its order; one that was started ahead, if there is one. */
export function takeThread(): Worker {
  const thread = waiting.pop() ?? startThread();
  thread.ref();
  return thread;
}

function startThread(): Worker {
  const thread = new Worker(new URL('./carrier-thread.ts', import.meta.url));
  thread.unref();
  return thread;
}
