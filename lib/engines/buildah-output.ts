import type { OutputLine } from './types.ts';

/**
 * Tells what a step prints from what Buildah says around it: `STEP 2/3: RUN …` before each instruction, and at the end
 * `COMMIT` and `--> 0a1b2c3d4e5`. What only looks so, printed by a command, is at most one line lost of each kind.
 */
export class BuildahOutput {
  readonly #count: number;
  readonly #onLine: (line: OutputLine) => void;
  #nextStep = 1;
  /** Lines that are Buildah's if nothing follows them. */
  #held: OutputLine[] = [];

  /** @param options.count instructions, FROM included */
  constructor(options: { readonly count: number; readonly onLine: (line: OutputLine) => void }) {
    this.#count = options.count;
    this.#onLine = options.onLine;
  }

  readonly take = (line: OutputLine): void => {
    if (line.stream === 'stderr') {
      if (!failedStep.test(line.text)) this.#onLine(line);
      return;
    }
    if (line.text.startsWith(`STEP ${this.#nextStep}/${this.#count}: `)) {
      this.#nextStep += 1;
      return;
    }
    if (this.#isEnding(line)) {
      this.#held.push(line);
      return;
    }
    for (const held of this.#held) this.#onLine(held);
    this.#held = [];
    this.#onLine(line);
  };

  #isEnding({ text }: OutputLine): boolean {
    if (this.#nextStep <= this.#count) return false;
    return this.#held.length === 0 ? /^COMMIT(?: |$)/.test(text) : /^--> [0-9a-f]{11}$/.test(text);
  }
}

/** The command of a step that failed, from what Buildah says last; undefined when Buildah itself failed. */
export function failedCommand(
  said: string,
): { readonly exitCode: number; readonly instruction: string } | undefined {
  const lines = said.trimEnd().split('\n');
  // The runtime could not begin: its exit code is none of a command.
  if (lines.some((line) => line.startsWith('error running container: '))) return undefined;
  const last = lines.at(-1) ?? '';
  const [, instruction, code] = failedStep.exec(last) ?? [];
  return instruction === undefined ? undefined : { exitCode: Number(code), instruction };
}

/** Buildah's last words, without the usual prefix. */
export function lastError(said: string): string {
  const last = said
    .trimEnd()
    .split('\n')
    .findLast((line) => line.startsWith('Error: '));
  return last?.slice('Error: '.length) ?? '';
}

const failedStep = /^Error: building at STEP "([\s\S]*)": while running runtime: exit status (\d+)$/;
