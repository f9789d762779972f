import { setTimeout as wait } from 'node:timers/promises';
import { StartError } from './start-error.ts';

/**
 * Waits until the dashboard says that all of it is there: database, schema, a worker.
 *
 * @throws StartError when that takes longer than a slow machine needs.
 */
export async function waitUntilReady(options: {
  readonly host: string;
  readonly port: number;
  /** The last words of the processes that it waits for. */
  readonly lastWords: () => string;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { signal } = options;
  const url = `http://${localAddress(options.host)}:${options.port}/api/ready`;
  const deadline = Date.now() + readyMs;
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    }).catch(() => null);
    await response?.body?.cancel();
    if (response?.status === 200) return;
    await wait(pollMs, undefined, { signal });
  }
  throw new StartError({
    what: 'Slipway did not come up',
    why: `The dashboard or the worker is not ready after ${readyMs / 1000} seconds. Their last words:\n${options.lastWords()}\n`,
    next: 'The logs folder in the data folder has the rest.',
  });
}

/** Where we reach ourselves: "every address" is none to connect to. */
function localAddress(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

const readyMs = 90_000;
const answerMs = 5_000;
const pollMs = 50;
