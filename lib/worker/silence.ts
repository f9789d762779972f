import { leave } from './leave.ts';

/** Ends a process whose worker has been silent for too long: by then another one may have its work. */
export class Silence {
  #heardAt = performance.now();

  /** The worker has said something. */
  broken(): void {
    this.#heardAt = performance.now();
  }

  /** From now on no silence may last longer. */
  bound(silenceMaxMs: number): void {
    setInterval(() => {
      if (performance.now() - this.#heardAt > silenceMaxMs) leave();
    }, lookEveryMs).unref();
  }
}

const lookEveryMs = 500;
