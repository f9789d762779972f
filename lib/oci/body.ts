import { AnswerTooLargeError } from './errors.ts';
import type { Answer } from './hop.ts';
import { slowestBytesPerSecond } from './limits.ts';

/** A body that sends nothing, or next to nothing, for too long. The client resumes or retries it. */
class BodyStalledError extends Error {
  override readonly name = 'BodyStalledError';
}

export interface BodyReader {
  /** The next chunk, or undefined at the end. Rejects when the body breaks, stalls or is aborted. */
  next(): Promise<Uint8Array | undefined>;
  /** Lets go of the body: its connection is closed unless the body was read to its end. */
  close(): void;
}

/**
 * Reads a body chunk by chunk and watches that it keeps moving. The clock runs only while the reader waits, so a slow
 * consumer is not mistaken for a slow server. One timer a body and one promise a chunk.
 */
export function openBody(options: {
  readonly answer: Answer;
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}): BodyReader {
  const { answer, idleTimeoutMs, signal } = options;
  const iterator = answer.body?.[Symbol.asyncIterator]();
  const bytesMin = (idleTimeoutMs / 1000) * slowestBytesPerSecond;
  let bytesInWindow = 0;
  let isEnded = iterator === undefined;
  let isClosed = false;
  let fail: ((reason: unknown) => void) | undefined;

  const timer = setTimeout(() => {
    if (fail === undefined) return void timer.refresh();
    fail(new BodyStalledError('The body stalled.'));
    close();
  }, idleTimeoutMs);
  const onAbort = () => {
    fail?.(signal.reason);
    close();
  };
  signal.addEventListener('abort', onAbort, { once: true });

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    if (isEnded) return;
    answer.abandon();
    // A generator that waits for its source settles this only once the source does: nobody waits for it.
    iterator?.return?.()?.then(undefined, () => undefined);
  }

  function next(): Promise<Uint8Array | undefined> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (isClosed || iterator === undefined) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      fail = reject;
      iterator.next().then(
        (step) => {
          fail = undefined;
          if (isClosed) return;
          if (step.done) {
            isEnded = true;
            close();
            return resolve(undefined);
          }
          bytesInWindow += step.value.byteLength;
          if (bytesInWindow >= bytesMin) {
            bytesInWindow = 0;
            timer.refresh();
          }
          resolve(step.value);
        },
        (error) => {
          fail = undefined;
          close();
          reject(error);
        },
      );
    });
  }

  return { next, close };
}

/**
 * The whole body in memory.
 * @throws AnswerTooLargeError as soon as it is longer than `bytesMax`, naming it `noun`; BodyStalledError.
 */
export async function readBounded(options: {
  readonly answer: Answer;
  readonly noun: string;
  readonly bytesMax: number;
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}): Promise<Uint8Array> {
  const { answer, noun, bytesMax } = options;
  const reader = openBody(options);
  const chunks: Uint8Array[] = [];
  const startedAtMs = performance.now();
  let length = 0;
  try {
    // HEAD answers and 304 carry the length of a body that does not come; only a body's own promise counts.
    if (answer.body !== null && Number(answer.headers.get('content-length')) > bytesMax) {
      throw new AnswerTooLargeError({ noun, bytesMax });
    }
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
      length += chunk.byteLength;
      if (length > bytesMax) throw new AnswerTooLargeError({ noun, bytesMax });
      if (performance.now() - startedAtMs > wholeTimeoutMs) throw new BodyStalledError('The body drips.');
      // A chunk is good until the next one.
      chunks.push(new Uint8Array(chunk));
    }
  } finally {
    reader.close();
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : new Uint8Array(Buffer.concat(chunks, length));
}

/**
 * Reads the rest of an answer that is not needed, so that its connection can be used again; one that goes on for
 * longer than a page of text is cut off.
 */
export async function drain(answer: Answer, signal: AbortSignal): Promise<void> {
  try {
    await readBounded({
      answer,
      noun: 'answer',
      bytesMax: drainBytesMax,
      idleTimeoutMs: drainTimeoutMs,
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
  }
}

/** Bodies that are read whole have 8 MiB at most: at this time they came slower than over a modem. */
const wholeTimeoutMs = 120_000;
/** Reading more than this costs more than a new connection. */
const drainBytesMax = 32 * 1024;
const drainTimeoutMs = 1_000;
