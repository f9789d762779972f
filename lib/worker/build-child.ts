import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ToProcess, type ToWorker, toWorkerSchema } from './messages.ts';

/** How the process of a build ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote to standard error; not redacted. */
  readonly stderr: string;
}

/**
 * The process of one build. It leads a process group of its own, so that killing it takes along whatever it started;
 * it gets no environment but a search path, and nothing else than the pipe.
 */
export class BuildChild {
  readonly #process: ChildProcess;
  #isGone = false;
  /** Resolves when the process is gone, however it went. */
  readonly ended: Promise<ChildEnd>;

  /**
   * @param options.buildId for whoever looks at the list of processes
   * @param options.onMessage gets what the process says, in order; a message of no known form ends the process
   */
  constructor(options: {
    readonly buildId: string;
    readonly onMessage: (message: ToWorker) => void;
  }) {
    this.#process = fork(processFile, [options.buildId], {
      detached: true,
      env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production' },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.#process.on('message', (raw) => {
      const message = toWorkerSchema.safeParse(raw);
      if (message.success) options.onMessage(message.data);
      else this.kill();
    });
    this.ended = this.#watch();
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Says something to a process that may be gone already; its end is what tells. */
  send(message: ToProcess): void {
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
      this.#process.on('error', (error) => resolve({ code: null, signal: null, stderr: error.message }));
      this.#process.on('close', (code, signal) => resolve({ code, signal, stderr }));
    });
  }
}

/** A stack trace, and what V8 says when memory runs out, fit into this. */
const stderrMax = 8_192;

const processFile = fileURLToPath(new URL('./build-process.ts', import.meta.url));
