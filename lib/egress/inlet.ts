import type { OnReadOpts } from 'node:net';
import { HttpSyntaxError } from './http-head.ts';

/** The other side closed the connection, or it broke, before all had come. */
export class ConnectionBrokenError extends Error {
  override readonly name = 'ConnectionBrokenError';
}

/** What the inlet needs of its socket. */
interface Valve {
  pause(): unknown;
  resume(): unknown;
}

/** Memory that the system fills from the front; what lies between `taken` and `filled` waits to be read. */
interface Block {
  readonly bytes: Buffer;
  filled: number;
  taken: number;
}

/**
 * What comes in over one socket: two or three blocks of memory in turns, which the system fills and the reader empties. Nothing
 * is copied, and nothing allocated for each read. What is handed out lies in a block: it is good until more is asked for.
 */
export class Inlet {
  /** Blocks with bytes to be read, in order; the last one is being filled. */
  readonly #blocks: Block[] = [newBlock()];
  readonly #free: Block[] = [];
  #valve: Valve | undefined;
  #isPaused = false;
  #isEnded = false;
  #error: Error | undefined;
  #waiting: { resolve(isMore: boolean): void; reject(error: Error): void } | undefined;
  #isWaking = false;

  /** For the options of a socket. https://nodejs.org/api/net.html#new-netsocketoptions */
  get onread(): OnReadOpts {
    return {
      // Asked after each read: where the next one goes.
      buffer: () => this.#room(),
      callback: (bytes) => {
        this.#last().filled += bytes;
        this.#wake();
        this.#isPaused = this.#blocks.length > 1;
        return !this.#isPaused;
      },
    };
  }

  attach(valve: Valve): void {
    this.#valve = valve;
  }

  get isEmpty(): boolean {
    return this.#blocks.every(({ filled, taken }) => filled === taken);
  }

  /** The other side has closed its half. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  fail(error: Error): void {
    this.#error ??= error;
    this.#wake();
  }

  /** At least one byte and at most `bytesMax`; undefined at the end. What came before a failure is still good. */
  async takeOrEnd(bytesMax: number): Promise<Uint8Array | undefined> {
    for (;;) {
      const block = this.#first();
      if (block.taken < block.filled) {
        const from = block.taken;
        block.taken = Math.min(block.filled, from + bytesMax);
        return block.bytes.subarray(from, block.taken);
      }
      if (!(await this.#more())) return undefined;
    }
  }

  /** At least one byte and at most `bytesMax`. @throws ConnectionBrokenError at the end */
  async take(bytesMax: number): Promise<Uint8Array> {
    const taken = await this.takeOrEnd(bytesMax);
    if (taken === undefined) throw new ConnectionBrokenError('It ended too early.');
    return taken;
  }

  /**
   * The text up to `mark`, which is passed over, in Latin-1.
   * @throws HttpSyntaxError when it is longer than `charactersMax`; ConnectionBrokenError
   */
  async takeUntil(mark: string, charactersMax: number): Promise<string> {
    let text = '';
    for (;;) {
      const block = this.#first();
      const end = Math.min(block.filled, block.taken + charactersMax + mark.length);
      const piece = block.bytes.toString('latin1', block.taken, end);
      const from = Math.max(0, text.length - mark.length);
      text += piece;
      const at = text.indexOf(mark, from);
      if (at > charactersMax || (at < 0 && text.length >= charactersMax + mark.length)) {
        throw new HttpSyntaxError('A line or a head is too long.');
      }
      // What follows the mark is left.
      block.taken = end - (at < 0 ? 0 : text.length - at - mark.length);
      if (at >= 0) return text.slice(0, at);
      if (!(await this.#more())) throw new ConnectionBrokenError('It ended too early.');
    }
  }

  /** Waits until more has come. False at the end. */
  #more(): Promise<boolean> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#isEnded) return Promise.resolve(false);
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#valve?.resume();
    }
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** The block to read from. Those before it are read, and nobody looks at them any more. */
  #first(): Block {
    for (;;) {
      const [first = this.#last()] = this.#blocks;
      if (first.taken < first.filled || this.#blocks.length === 1) return first;
      this.#blocks.shift();
      first.filled = 0;
      first.taken = 0;
      this.#free.push(first);
    }
  }

  #last(): Block {
    const last = this.#blocks.at(-1);
    if (last === undefined) throw new Error('There is always a block to fill.');
    return last;
  }

  /** The rest of the last block while a read fits into it, else another one. */
  #room(): Uint8Array {
    const { bytes, filled } = this.#last();
    if (bytes.length - filled >= smallestRoomBytes) return bytes.subarray(filled);
    const next = this.#free.pop() ?? newBlock();
    this.#blocks.push(next);
    return next.bytes;
  }

  /** In the next turn of the event loop, so that what comes at once is read at once: TLS hands on 16 KiB at a time. */
  #wake(): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    setImmediate(() => {
      this.#isWaking = false;
      const waiting = this.#waiting;
      if (waiting === undefined) return;
      this.#waiting = undefined;
      if (!this.isEmpty) waiting.resolve(true);
      else if (this.#error !== undefined) waiting.reject(this.#error);
      else if (this.#isEnded) waiting.resolve(false);
      else this.#waiting = waiting;
    });
  }
}

function newBlock(): Block {
  return { bytes: Buffer.allocUnsafeSlow(blockBytes), filled: 0, taken: 0 };
}

/** What one read of a fast connection brings. It stays in the processor's cache while it is hashed and written. */
const blockBytes = 256 * 1024;
/** Smaller reads cost more calls than a fresh block costs. */
const smallestRoomBytes = 64 * 1024;
