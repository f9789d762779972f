import type { StageLog } from '../log/stage-log.ts';

/**
 * Takes the lines that a step prints, one by one, and hands on those that came together as one text: a program that prints millions of
 * short lines costs as much as one that prints as many bytes.
 */
export class PrintedLines {
  readonly #log: Pick<StageLog, 'print'>;
  #lines: string[] = [];
  #taken: Promise<void> = Promise.resolve();

  constructor(log: Pick<StageLog, 'print'>) {
    this.#log = log;
  }

  readonly add = (text: string): void => {
    this.#lines.push(text);
    // What is read at once is cut into lines at once; after that, all of it is here.
    if (this.#lines.length === 1) queueMicrotask(this.#hand);
  };

  /** Resolves when the log has room for more. */
  readonly taken = async (): Promise<void> => {
    this.#hand();
    await this.#taken;
  };

  readonly #hand = (): void => {
    if (this.#lines.length === 0) return;
    const text = this.#lines.join('\n');
    this.#lines = [];
    this.#taken = this.#log.print(text);
  };
}
