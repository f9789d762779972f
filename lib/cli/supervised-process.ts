import { type ChildProcess, spawn } from 'node:child_process';
import type { LogFile } from './log-file.ts';
import { projectRoot } from './prepare.ts';

/**
 * A process of ours that runs until it is told to stop: started again when it ends by itself, after a pause that grows
 * while it keeps ending. It holds an IPC channel to us, by which it notices that we are gone.
 */
export class SupervisedProcess {
  readonly name: string;
  readonly #options: SupervisedProcessOptions;
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #isStopping = false;
  #pauseMs = pauseMinMs;

  constructor(options: SupervisedProcessOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const startedAt = Date.now();
    const child = spawn(process.execPath, this.#options.command, {
      cwd: projectRoot,
      env: this.#options.environment,
      // A session of its own: Ctrl-C in the terminal is for us, who stop things in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    child.stdout?.on('data', this.#options.log.write);
    child.stderr?.on('data', this.#options.log.write);
    child.once('error', () => {});
    child.once('exit', (code, signal) => {
      if (this.#isStopping) return;
      if (Date.now() - startedAt > steadyMs) this.#pauseMs = pauseMinMs;
      this.#options.onCrash(signal ?? `code ${code}`);
      this.#restart = setTimeout(() => this.start(), this.#pauseMs);
      this.#pauseMs = Math.min(this.#pauseMs * 2, pauseMaxMs);
    });
  }

  /** Asks it to end, and makes it end when it has not within `graceMs`. */
  async stop(options: { readonly graceMs: number }): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), options.graceMs);
    await ended;
    clearTimeout(timer);
  }

  /** Ends it and what it started, at once. */
  kill(): void {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    const pid = this.#child?.pid;
    if (pid === undefined || this.#child?.exitCode !== null || this.#child?.signalCode !== null) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It ended in between.
    }
  }
}

export interface SupervisedProcessOptions {
  readonly name: string;
  /** Arguments of Node. */
  readonly command: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly log: LogFile;
  /** Called when it ended by itself, with its exit code or signal in words. */
  readonly onCrash: (how: string) => void;
}

const pauseMinMs = 100;
const pauseMaxMs = 5_000;
/** Whoever ran this long did not fall over its own start. */
const steadyMs = 30_000;
