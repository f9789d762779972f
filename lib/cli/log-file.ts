import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** A file that takes a process's output and never grows beyond `bytesMax`; what was before is in `FILE.1`. */
export class LogFile {
  readonly path: string;
  #fd: number;
  #sizeBytes: number;
  #tail = '';

  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, 'a', 0o600);
    this.#sizeBytes = fstatSync(this.#fd).size;
  }

  /** A full or broken disk must not end the supervisor, so a line that cannot be written is dropped. */
  readonly write = (chunk: Uint8Array): void => {
    this.#tail = (this.#tail + Buffer.from(chunk).toString('utf8')).slice(-tailChars);
    try {
      if (this.#sizeBytes + chunk.byteLength > bytesMax) this.#turn();
      writeSync(this.#fd, chunk);
      this.#sizeBytes += chunk.byteLength;
    } catch {}
  };

  /** The last lines of this run, to say why a process ended. */
  get tail(): string {
    return this.#tail.trim().split('\n').slice(-tailLines).join('\n');
  }

  close(): void {
    closeSync(this.#fd);
  }

  #turn(): void {
    closeSync(this.#fd);
    renameSync(this.path, `${this.path}.1`);
    this.#fd = openSync(this.path, 'a', 0o600);
    this.#sizeBytes = 0;
  }
}

/** Two files of it a process: enough to see what happened last week, little enough to forget about. */
const bytesMax = 10_000_000;
const tailChars = 4_000;
const tailLines = 12;
