import { StringDecoder } from 'node:string_decoder';
import type { RedactingStream } from '#lib/log/redact.ts';

/** A line longer than this is told in pieces: a progress bar without line ends would grow for ever. */
const lineCharactersMax = 16_384;

/**
 * Cuts a stream of bytes into lines, after what `clean` takes out of it: a value may lie across what a line is cut at. What is no UTF-8 becomes U+FFFD, a NUL too, which no database takes. A carriage return
 * stays in its line: the log viewer rewrites the line there.
 */
export class OutputLines {
  readonly #decoder = new StringDecoder('utf8');
  readonly #clean: RedactingStream;
  readonly #onLine: (text: string) => void;
  readonly #charactersMax: number;
  #open = '';

  constructor(
    onLine: (text: string) => void,
    options: { readonly clean?: RedactingStream; readonly charactersMax?: number } = {},
  ) {
    this.#onLine = onLine;
    this.#clean = options.clean ?? asItIs;
    this.#charactersMax = options.charactersMax ?? lineCharactersMax;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#take(this.#clean.push(this.#decoder.write(bytes)));
  }

  /** What stands after the last line end. */
  end(): void {
    this.#take(this.#clean.push(this.#decoder.end()) + this.#clean.end());
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

/** For what only this process reads. */
const asItIs: RedactingStream = { push: (chunk) => chunk, end: () => '' };
