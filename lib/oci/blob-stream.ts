import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { type ByteSpan, checkBlobAnswer } from './blob-answer.ts';
import { type BodyReader, openBody } from './body.ts';
import { connectionFault } from './connection-fault.ts';
import { BlobSizeError, type Place, RegistryUnavailableError } from './errors.ts';
import { pause, type Surroundings, throwIfCancelled } from './exchange.ts';
import type { Answer } from './hop.ts';
import { waitBeforeMs } from './retry.ts';
import type { Descriptor } from './types.ts';

/** A body that broke and goes on, for the log. */
export interface ResumeNotice {
  /** Byte of the blob at which it goes on. */
  readonly offsetBytes: number;
  readonly why: string;
}

export interface BlobStreamOptions {
  readonly around: Surroundings;
  /** Asks for the blob; `range` is the value of a Range header or undefined for all of it. */
  readonly request: (range: string | undefined) => Promise<Answer>;
  readonly descriptor: Descriptor;
  readonly span: ByteSpan;
  readonly place: Place;
  readonly hadCredentials: boolean;
  readonly signal: AbortSignal;
  readonly onResume: ((notice: ResumeNotice) => void) | undefined;
  /** Told of each answer whether it brings the range that was asked for, or the blob from its start. */
  readonly onAnswer?: ((answer: { readonly isRange: boolean }) => void) | undefined;
  /** Where a server sends the whole blob instead of a range: goes on to its end, rather than fetch it again in parts. */
  readonly takesWhole?: boolean | undefined;
}

/**
 * The bytes of a span of a blob: exactly these, in order, or an error. A body that breaks or stalls goes on with a
 * range request from where it stopped. Nothing is hashed here.
 * @throws BlobSizeError, RegistryUnavailableError when too many resumes got nowhere, CancelledError, and what an
 *   exchange or a wrong answer throws
 */
export async function* streamSpan(options: BlobStreamOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { around, descriptor, signal } = options;
  let { end } = options.span;
  const budget = createResumeBudget(around);
  let first = options.span.first;
  let isRangeRefused = false;
  while (first < end) {
    const span = { first, end };
    const isAll = first === 0 && end === descriptor.sizeBytes;
    const answer = await options.request(isAll || isRangeRefused ? undefined : `bytes=${first}-${end - 1}`);
    const checked = await checkBlobAnswer({ ...options, answer, span });
    if (checked === 'retry_whole') {
      if (isRangeRefused)
        throw new RegistryUnavailableError({ ...options, why: 'It refuses to send the layer.' });
      isRangeRefused = true;
      continue;
    }
    if (!isAll) options.onAnswer?.({ isRange: answer.status === 206 });
    if (answer.status === 200 && options.takesWhole === true) end = descriptor.sizeBytes;
    const reader = openBody({ answer, idleTimeoutMs: around.limits.idleTimeoutMs, signal });
    let skipBytes = checked.skipBytes;
    let broken: unknown;
    try {
      for (;;) {
        let chunk = await readOn(reader);
        if (!(chunk instanceof Uint8Array)) {
          broken = chunk;
          break;
        }
        if (skipBytes > 0) {
          const skipped = Math.min(skipBytes, chunk.byteLength);
          skipBytes -= skipped;
          if (skipped === chunk.byteLength) continue;
          chunk = chunk.subarray(skipped);
        }
        const leftBytes = end - first;
        if (chunk.byteLength > leftBytes) {
          // More than the blob has is a fault; more than the span has is what a server without ranges sends.
          if (end === descriptor.sizeBytes || !checked.isWhole) throw tooLong(descriptor);
          chunk = chunk.subarray(0, leftBytes);
        }
        first += chunk.byteLength;
        budget.received(chunk.byteLength);
        // The last chunk waits until the body has ended, so that a body that is too long shows before it is handed on.
        // Copied, because looking for the end asks for more.
        if (first === end) {
          const last = new Uint8Array(chunk);
          if (checked.isWhole === false || end === descriptor.sizeBytes) await expectEnd(reader, descriptor);
          yield last;
          return;
        }
        yield chunk;
      }
    } finally {
      reader.close();
    }
    throwIfCancelled(signal);
    const why = broken === undefined ? 'A body ended too early.' : connectionFault(broken).why;
    await budget.spend({ ...options, why, cause: broken });
    options.onResume?.({ offsetBytes: first, why });
  }
}

/** The next chunk; undefined where the body ended; an Error where it broke. */
async function readOn(reader: BodyReader): Promise<Uint8Array | Error | undefined> {
  try {
    return await reader.next();
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    return error instanceof Error ? error : new Error('The body broke.', { cause: error });
  }
}

/** All bytes are here; a connection that breaks now, or hangs, does them no harm, but more bytes would. */
async function expectEnd(reader: BodyReader, descriptor: Descriptor): Promise<void> {
  for (let chunk = await readOn(reader); chunk instanceof Uint8Array; chunk = await readOn(reader)) {
    if (chunk.byteLength > 0) throw tooLong(descriptor);
  }
}

function tooLong(descriptor: Descriptor): BlobSizeError {
  const { digest, sizeBytes } = descriptor;
  return new BlobSizeError({ digest, expectedBytes: sizeBytes, why: 'the registry sent more' });
}

/**
 * How often a body may be resumed: as often as a request is tried, counted anew after each real step forward, and no
 * more than `resumesMax` times altogether.
 */
function createResumeBudget(around: Surroundings) {
  let inVain = 0;
  let total = 0;
  let stepBytes = 0;
  return {
    received(bytes: number): void {
      stepBytes += bytes;
      if (stepBytes < realStepBytes) return;
      stepBytes = 0;
      inVain = 0;
    },
    async spend(options: {
      readonly place: Place;
      readonly why: string;
      readonly cause: unknown;
      readonly signal: AbortSignal;
    }): Promise<void> {
      inVain += 1;
      total += 1;
      if (inVain >= around.limits.attemptsMax || total > resumesMax) {
        throw new RegistryUnavailableError({ place: options.place, why: options.why, cause: options.cause });
      }
      const waitMs = waitBeforeMs({ ...around, attempt: inVain, retryAfterMs: undefined });
      await pause(around, waitMs, options.signal);
    },
  };
}

/** Less than this between two breaks is no progress: a layer of 1 GB would need a thousand connections. */
const realStepBytes = 1024 * 1024;
/** A connection that breaks this often will not bring the blob. */
const resumesMax = 100;
