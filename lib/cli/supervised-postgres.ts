import { setTimeout as wait } from 'node:timers/promises';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#lib/db/embedded-postgres.ts';
import type { LogFile } from './log-file.ts';

/** The embedded Postgres, started again on the same port when it ends by itself, so that its clients find it. */
export class SupervisedPostgres {
  readonly #options: SupervisedPostgresOptions;
  readonly #stopping = new AbortController();
  #server: EmbeddedPostgres | undefined;

  constructor(options: SupervisedPostgresOptions) {
    this.#options = options;
  }

  /** @returns the address for clients */
  async start(signal: AbortSignal): Promise<string> {
    this.#server = await this.#launch({ signal });
    void this.#watch(this.#server);
    return this.#server.url;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#server?.stop();
  }

  /** Ends it without a checkpoint: its log replays at the next start. */
  kill(): void {
    this.#stopping.abort();
    if (this.#server === undefined) return;
    try {
      process.kill(this.#server.pid, 'SIGQUIT');
    } catch {
      // It ended in between.
    }
  }

  async #watch(first: EmbeddedPostgres): Promise<void> {
    const { port } = first;
    const { signal } = this.#stopping;
    let server = first;
    for (;;) {
      const { code, signal: killedBy } = await server.ended;
      if (signal.aborted) return;
      this.#options.onCrash(killedBy ?? `code ${code}`);
      for (let isUp = false; !isUp; ) {
        try {
          server = await this.#launch({ port, signal });
          this.#server = server;
          isUp = true;
        } catch {
          // Its reasons are in its log; a disk may have room again in a moment.
          await wait(retryMs, undefined, { signal }).catch(() => {});
        }
        if (signal.aborted) return;
      }
    }
  }

  #launch(options: { readonly port?: number; readonly signal: AbortSignal }): Promise<EmbeddedPostgres> {
    const { dataFolder, log } = this.#options;
    return startEmbeddedPostgres({ ...options, dataFolder, onOutput: log.write });
  }
}

export interface SupervisedPostgresOptions {
  readonly dataFolder: string;
  readonly log: LogFile;
  /** Called when it ended by itself, with its exit code or signal in words. */
  readonly onCrash: (how: string) => void;
}

const retryMs = 1_000;
