import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DigestAlgorithm } from '#lib/oci/digest.ts';
import type { Landed, Span } from '#lib/store/landed.ts';
import { countPosition } from '#lib/store/partial-blob.ts';

/**
 * Hashes a blob's file from its first byte, as far as bytes have landed without a gap. A chunk that comes just where it stands
 * is hashed in passing, while it is in the processor's cache; anything else is read back from the file, which the system still
 * has in memory.
 */
export class Follower {
  readonly #landed: Landed;
  readonly #hash: Hash;
  #position = 0;
  #wake: () => void = () => undefined;

  constructor(options: { readonly landed: Landed; readonly algorithm: DigestAlgorithm }) {
    this.#landed = options.landed;
    this.#hash = createHash(options.algorithm);
  }

  /** Takes a chunk that has just been written to the file, if it is the next one. */
  pass(chunk: Uint8Array, position: number): void {
    if (position !== this.#position) return;
    this.#hash.update(chunk);
    this.#position += chunk.length;
    if (this.#position === this.#landed.sizeBytes) this.#wake();
  }

  /** Follows to the end of the blob. @returns the hash of all of it, in hexadecimal digits */
  async follow(file: string, signal: AbortSignal): Promise<string> {
    const { sizeBytes } = this.#landed;
    const handle = openSync(file, 'r');
    const buffer = Buffer.allocUnsafe(sliceBytes);
    const onAbort = () => this.#wake();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (this.#position < sizeBytes) {
        signal.throwIfAborted();
        const readyBytes = this.#landed.endFrom(this.#position) - this.#position;
        if (readyBytes === 0) {
          await this.#news();
          continue;
        }
        const bytes = readSync(handle, buffer, 0, Math.min(sliceBytes, readyBytes), this.#position);
        if (bytes === 0) throw new Error('The file is shorter than what has landed in it.');
        this.#hash.update(buffer.subarray(0, bytes));
        this.#position += bytes;
        // Whoever else works in this thread gets a turn.
        await nextTurn();
      }
      return this.#hash.digest('hex');
    } finally {
      signal.removeEventListener('abort', onAbort);
      closeSync(handle);
    }
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, lookEveryMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Writes chunks of a span to a blob's file, and counts them once they are there. */
export class Landing {
  readonly #landed: Landed;
  readonly #handle: number;
  readonly #follower: Follower | undefined;
  #position: number;

  constructor(options: {
    readonly file: string;
    readonly landed: Landed;
    readonly span: Span;
    /** Where the blob is hashed in this same thread. */
    readonly follower: Follower | undefined;
  }) {
    this.#landed = options.landed;
    this.#handle = openSync(options.file, 'r+');
    this.#follower = options.follower;
    this.#position = options.span.first;
  }

  /** Of one that wants the whole blob, what is there already is passed over: somebody may be hashing it. */
  take(chunk: Uint8Array): void {
    for (let rest = chunk; rest.length > 0; ) {
      const piece = this.#landed.pieceAt(this.#position);
      const start = this.#landed.startOf(piece);
      const part = rest.subarray(0, start + this.#landed.lengthOf(piece) - this.#position);
      const missing = part.subarray(Math.max(0, start + this.#landed.countOf(piece) - this.#position));
      this.#position += part.length;
      rest = rest.subarray(part.length);
      if (missing.length > 0) this.#write(missing, piece);
    }
  }

  close(): void {
    closeSync(this.#handle);
  }

  #write(bytes: Uint8Array, piece: number): void {
    const { sizeBytes } = this.#landed;
    const first = this.#position - bytes.length;
    writeAll(this.#handle, bytes, first);
    this.#follower?.pass(bytes, first);
    const count = this.#position - this.#landed.startOf(piece);
    const word = Buffer.allocUnsafe(4);
    word.writeInt32LE(count);
    writeAll(this.#handle, word, countPosition(sizeBytes, piece));
    this.#landed.setCount(piece, count);
  }
}

/** write(2) may take less than it is given, as it does when the disk is nearly full. */
function writeAll(handle: number, bytes: Uint8Array, position: number): void {
  for (let offset = 0; offset < bytes.length; ) {
    offset += writeSync(handle, bytes, offset, bytes.length - offset, position + offset);
  }
}

/** Half a millisecond of hashing: nobody in the thread waits longer for it. */
const sliceBytes = 1024 * 1024;
/** How often a follower looks whether another thread has brought something. */
const lookEveryMs = 4;
