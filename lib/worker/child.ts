import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { clip } from '#lib/errors/clip.ts';

/** How a process ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote to standard error; not redacted. */
  readonly stderr: string;
  /** Why it was ended, where that was for a message of no known form: what of it was wrong, and nothing out of it. */
  readonly refused: string | undefined;
}

export interface ChildOptions<Said> {
  /** What it runs, beside this file. */
  readonly file: `${string}.ts`;
  /** For whoever looks at the list of processes. */
  readonly id: string;
  readonly schema: z.ZodType<Said>;
  /** Gets what the process says, in order; a message of no known form ends the process. */
  readonly onMessage: (message: Said) => void;
}

/**
 * The process of one build or check. It leads a process group of its own, so that killing it takes along whatever it
 * started; it gets no environment but a search path and what makes Node start faster, and nothing else than the pipe.
 */
export class Child<Said, Told extends object> {
  readonly #process: ChildProcess;
  #isGone = false;
  #refused: string | undefined;
  /** Resolves when the process is gone, however it went. */
  readonly ended: Promise<ChildEnd>;

  constructor({ file, id, schema, onMessage }: ChildOptions<Said>) {
    this.#process = fork(fileURLToPath(new URL(file, import.meta.url)), [id], {
      detached: true,
      env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', NODE_COMPILE_CACHE: compiledFolder },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.#process.on('message', (raw) => {
      const message = schema.safeParse(raw);
      if (message.success) return onMessage(message.data);
      this.#refused ??= faultsOf(message.error);
      this.kill();
    });
    this.ended = this.#watch();
  }

  /** Says something to a process that may be gone already; its end is what tells. */
  send(message: Told): void {
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  /** Ends the process and everything it started, at once. */
  kill(): void {
    if (!this.#isGone) this.#killGroup();
  }

  #killGroup(): void {
    try {
      if (this.#process.pid !== undefined) process.kill(-this.#process.pid, 'SIGKILL');
    } catch {
      // Nobody of the group was left.
    }
  }

  #watch(): Promise<ChildEnd> {
    let stderr = '';
    this.#process.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      stderr = (stderr + chunk).slice(-stderrMax);
    });
    return new Promise((resolve) => {
      this.#process.on('exit', () => {
        this.#isGone = true;
        // What it started may have outlived it.
        this.#killGroup();
      });
      this.#process.on('error', (error) =>
        resolve({ code: null, signal: null, stderr: error.message, refused: undefined }),
      );
      this.#process.on('close', (code, signal) => resolve({ code, signal, stderr, refused: this.#refused }));
    });
  }
}

/** What ended it, in a word or two. */
export function causeOf({ code, signal, refused }: ChildEnd): string {
  if (refused !== undefined) return 'it said what is not understood';
  return signal ?? (code === null ? 'it did not start' : `exit code ${code}`);
}

/** `keys: too_big`: where each fault is, and of which kind. */
function faultsOf({ issues }: z.ZodError): string {
  return clip(issues.map(({ path, code }) => `${path.join('.')}: ${code}`).join(', '), faultsMax);
}

/** A message may be wrong in ten thousand places; the first ones say which form it has. */
const faultsMax = 500;

/**
 * Where Node keeps our sources in compiled form, which halves the time until a process is there. Beside the packages, because
 * whoever may write there may as well change the sources. https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache
 */
const compiledFolder = fileURLToPath(new URL('../../node_modules/.cache/slipway', import.meta.url));

/** A stack trace, and what V8 says when memory runs out, fit into this. */
const stderrMax = 8_192;
