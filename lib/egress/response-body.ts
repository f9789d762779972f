/** What the body needs of undici's controller of a request. */
interface FlowControl {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

/**
 * The body of one answer: chunks as the socket brings them, one promise for each, and no more held in memory than a
 * bound; beyond it the socket is paused. Whoever stops early closes the connection, whoever reads to the end gives it
 * back. For one reader.
 */
export class ResponseBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #flow: FlowControl;
  readonly #onSettled: () => void;
  #chunks: Uint8Array[] = [];
  /** Index of the next chunk: shifting an array costs more. */
  #head = 0;
  #queuedBytes = 0;
  #isPaused = false;
  #end: { readonly error?: Error } | undefined;
  #waiting:
    | { resolve(step: IteratorResult<Uint8Array, undefined>): void; reject(error: Error): void }
    | undefined;

  constructor(flow: FlowControl, onSettled: () => void) {
    this.#flow = flow;
    this.#onSettled = onSettled;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const chunk = this.#chunks[this.#head];
    if (chunk !== undefined) return Promise.resolve({ done: false, value: this.#take(chunk) });
    if (this.#end?.error !== undefined) return Promise.reject(this.#end.error);
    if (this.#end !== undefined) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#end === undefined) {
      this.#flow.abort(new Error('Nobody reads this answer any more.'));
      this.end();
    }
    this.#chunks = [];
    this.#head = 0;
    return Promise.resolve({ done: true, value: undefined });
  }

  /** The socket brought a chunk. */
  push(chunk: Uint8Array): void {
    if (this.#end !== undefined) return;
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      waiting.resolve({ done: false, value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.byteLength;
    if (this.#queuedBytes >= queuedBytesMax && !this.#isPaused) {
      this.#isPaused = true;
      this.#flow.pause();
    }
  }

  /** The body is complete, or broke. What is queued is still handed out. */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    this.#onSettled();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (error === undefined) waiting?.resolve({ done: true, value: undefined });
    else waiting?.reject(error);
  }

  #take(chunk: Uint8Array): Uint8Array {
    this.#head += 1;
    if (this.#head === this.#chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    }
    this.#queuedBytes -= chunk.byteLength;
    if (this.#isPaused && this.#queuedBytes < queuedBytesMax / 2) {
      this.#isPaused = false;
      this.#flow.resume();
    }
    return chunk;
  }
}

/** With twenty connections at once this is 5 MB: enough to keep a socket busy while a chunk is hashed and written. */
const queuedBytesMax = 256 * 1024;
