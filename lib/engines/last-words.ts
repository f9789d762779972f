import { StringDecoder } from 'node:string_decoder';

/** The end of what a program wrote, whatever chunks its characters came in. */
export class LastWords {
  readonly #decoder = new StringDecoder('utf8');
  #text = '';

  get text(): string {
    return this.#text;
  }

  add(chunk: Uint8Array): void {
    this.#text = (this.#text + this.#decoder.write(Buffer.from(chunk))).slice(-charactersMax);
  }
}

/** Enough for the last words of any command, among which Buildah says the whole command. */
const charactersMax = 160_000;
