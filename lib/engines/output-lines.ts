import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is told in pieces: a progress bar without line ends would grow for ever. */
const lineCharactersMax = 16_384;

/**
 * Cuts a stream of bytes into lines. What is no UTF-8 becomes U+FFFD, a NUL too, which no database takes. A carriage return
 * stays in its line: the log viewer rewrites the line there.
 */
export class OutputLines {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (text: string) => void;
  readonly #charactersMax: number;
  #open = '';

  constructor(onLine: (text: string) => void, options: { readonly charactersMax?: number } = {}) {
    this.#onLine = onLine;
    this.#charactersMax = options.charactersMax ?? lineCharactersMax;
  }

  push(chunk: Uint8Array): void {
    this.#take(this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
  }

  /** What stands after the last line end. */
  end(): void {
    this.#take(this.#decoder.end());
    if (this.#open !== '') this.#say(this.#open);
    this.#open = '';
  }

  #take(text: string): void {
    const lines = (this.#open + text).split('\n');
    this.#open = lines.pop() ?? '';
    for (const line of lines) this.#say(line);
    while (this.#open.length > this.#charactersMax) {
      this.#say(this.#open.slice(0, this.#charactersMax));
      this.#open = this.#open.slice(this.#charactersMax);
    }
  }

  #say(line: string): void {
    const text = line.replace(/\r$/, '').replaceAll('\0', '\ufffd');
    for (let at = 0; at === 0 || at < text.length; at += this.#charactersMax) {
      this.#onLine(text.slice(at, at + this.#charactersMax));
    }
  }
}
