'use client';

import type { BuildRow } from '#lib/builds/types.ts';
import { retryDelayMs } from '../builds/_components/backoff.ts';

/** Changed rows of the history; `opened` after a gap in which rows may have changed unheard; `lost` until then. */
export type LiveMessage =
  | { readonly kind: 'rows'; readonly rows: readonly BuildRow[] }
  | { readonly kind: 'opened' }
  | { readonly kind: 'lost' };

/**
 * Follows the workspace's builds and returns how to stop. All that follow in a browser share one stream: HTTP/1.1 allows
 * six connections to a server, whatever the number of tabs. Where the browser has locks, the tab that holds ours keeps
 * the stream and tells the others; without (plain http), each tab has its own.
 */
export function followRows(listener: (message: LiveMessage) => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) stop = start();
  else if (isOpen) listener({ kind: 'opened' });
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) stop();
  };
}

const name = 'slipway.rows';
const listeners = new Set<(message: LiveMessage) => void>();
let isOpen = false;
let stop: () => void = () => {};

function tell(message: LiveMessage): void {
  if (message.kind !== 'rows') isOpen = message.kind === 'opened';
  for (const listener of listeners) listener(message);
}

function start(): () => void {
  const leave = new AbortController();
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }: MessageEvent<LiveMessage | 'hello'>) => {
    if (data !== 'hello') tell(data);
    // A tab that came later asks how things stand.
    else if (isLeader) channel.postMessage({ kind: isOpen ? 'opened' : 'lost' } satisfies LiveMessage);
  };
  let isLeader = false;
  const lead = () => {
    isLeader = true;
    return keepStream({
      signal: leave.signal,
      tell: (message) => {
        tell(message);
        channel.postMessage(message);
      },
    });
  };
  if (navigator.locks === undefined) void lead();
  else {
    channel.postMessage('hello');
    navigator.locks.request(name, { signal: leave.signal }, lead).catch(() => {
      // Aborted while waiting: nobody follows here any more.
    });
  }
  return () => {
    leave.abort();
    channel.close();
    isOpen = false;
  };
}

/** Holds a stream open until the signal fires, and opens it again whenever it breaks. */
async function keepStream(options: {
  readonly signal: AbortSignal;
  readonly tell: (message: LiveMessage) => void;
}): Promise<void> {
  const { signal } = options;
  for (let failures = 0; !signal.aborted; ) {
    const hasOpened = await readStream(options);
    if (signal.aborted) return;
    options.tell({ kind: 'lost' });
    failures = hasOpened ? 1 : failures + 1;
    await pause(retryDelayMs(failures), signal);
  }
}

/** Reads one stream to its end and tells whether it had opened. The server ends each after some minutes. */
function readStream(options: {
  readonly signal: AbortSignal;
  readonly tell: (message: LiveMessage) => void;
}): Promise<boolean> {
  const { signal, tell } = options;
  const source = new EventSource('/api/builds/live');
  let hasOpened = false;
  return new Promise((resolve) => {
    const end = () => {
      source.close();
      resolve(hasOpened);
    };
    source.onopen = () => {
      hasOpened = true;
      tell({ kind: 'opened' });
    };
    source.onmessage = ({ data }) => tell({ kind: 'rows', rows: JSON.parse(data) });
    source.onerror = end;
    source.addEventListener('end', end);
    signal.addEventListener('abort', end, { once: true });
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
