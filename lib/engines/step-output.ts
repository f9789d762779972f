import type { Cleaner } from '#lib/log/redact.ts';
import { linesMaxOf, StepOutputError, StepTimeoutError } from './errors.ts';
import { OutputLines } from './output-lines.ts';
import type { OutputLine, StepLimits } from './types.ts';

/** Cleans and cuts the output of one step, and watches over it and the step's time. Its signal fires when a bound is passed, or when the outer one fires. */
export class StepWatch {
  readonly #limits: StepLimits;
  readonly #outer: AbortSignal;
  readonly #stop = new AbortController();
  readonly #lines: Readonly<Record<OutputLine['stream'], OutputLines>>;
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;
  #lineCount = 0;

  constructor(options: {
    readonly limits: StepLimits;
    readonly signal: AbortSignal;
    readonly clean: Cleaner;
    readonly onLine: (line: OutputLine) => void;
  }) {
    const { limits, signal, clean, onLine } = options;
    this.#limits = limits;
    this.#outer = signal;
    const linesOf = (stream: OutputLine['stream']) =>
      new OutputLines(
        (text) => {
          this.#lineCount += 1;
          if (!this.#isTooMuch()) onLine({ stream, text });
        },
        { clean: clean.stream() },
      );
    this.#lines = { stdout: linesOf('stdout'), stderr: linesOf('stderr') };
    this.#timer = setTimeout(
      () => this.#stop.abort(new StepTimeoutError(limits.timeoutMs)),
      limits.timeoutMs,
    );
  }

  /** For whatever runs the step. */
  get signal(): AbortSignal {
    return AbortSignal.any([this.#outer, this.#stop.signal]);
  }

  readonly take = (stream: OutputLine['stream'], chunk: Uint8Array): void => {
    if (this.#stop.signal.aborted) return;
    this.#bytes += chunk.byteLength;
    if (!this.#isTooMuch()) this.#lines[stream].push(chunk);
    if (this.#isTooMuch()) this.#stop.abort(new StepOutputError(this.#limits.outputBytesMax));
  };

  #isTooMuch(): boolean {
    const { outputBytesMax } = this.#limits;
    return this.#bytes > outputBytesMax || this.#lineCount > linesMaxOf(outputBytesMax);
  }

  /** The last lines, and no more bounds. */
  end(): void {
    clearTimeout(this.#timer);
    this.#lines.stdout.end();
    this.#lines.stderr.end();
  }
}
