import { EngineFailedError } from '../errors.ts';
import { obstacleIn, type Refusal, refusalIn } from '../refusals.ts';
import type { OutputLine } from '../types.ts';

/**
 * Tells what a step prints from what Buildah says around it: `STEP 2/3: RUN …` before each instruction, and at the end
 * `COMMIT oci:result:image`, an arrow and an empty line, where ids would be. What only looks so, printed by a command, is at most one line lost of each kind.
 */
export class BuildahOutput {
  readonly #lines: readonly string[];
  readonly #count: number;
  readonly #onLine: (line: OutputLine) => void;
  #nextStep = 1;
  /** How many instructions Buildah found, which it says before it runs the first. */
  #announced: string | undefined;
  /** What of the instruction that Buildah is saying is still to come: a long line comes in pieces. */
  readonly #open = { stdout: '', stderr: '' };
  /** Lines that are Buildah's if nothing follows them. */
  #held: OutputLine[] = [];

  /** @param options.lines the instructions after FROM */
  constructor(options: {
    readonly lines: readonly string[];
    readonly onLine: (line: OutputLine) => void;
  }) {
    this.#lines = options.lines;
    this.#count = options.lines.length + 1;
    this.#onLine = options.onLine;
  }

  /**
   * To be asked when Buildah says that all went well.
   * @throws EngineFailedError when it ran other instructions than it was given
   */
  requireAll(): void {
    if (this.#announced === `${this.#count}`) return;
    throw new EngineFailedError({
      why: `Buildah was given ${this.#count} instructions and found ${this.#announced || 'none'}.`,
    });
  }

  readonly take = (line: OutputLine): void => {
    if (this.#isPiece(line)) return;
    if (line.stream === 'stderr') {
      this.#sayBefore(line, failedStep.exec(line.text)?.index ?? this.#begins(line, failure));
      return;
    }
    this.#announced ??= /^STEP 1\/(\d+): /.exec(line.text)?.[1] ?? '';
    const head = `STEP ${this.#nextStep}/${this.#count}: `;
    const step = line.text.indexOf(head);
    if (step >= 0) {
      this.#nextStep += 1;
      this.#begins(line, head);
      this.#sayBefore(line, step);
      return;
    }
    const commit = this.#commitOf(line);
    if (commit !== undefined) {
      this.#sayBefore(line, commit);
      this.#held = [{ ...line, text: line.text.slice(commit) }];
      return;
    }
    if (this.#held.length > 0 && line.text === (this.#held.length === 1 ? '--> ' : '')) {
      this.#held.push(line);
      return;
    }
    for (const held of this.#held) this.#onLine(held);
    this.#held = [];
    this.#onLine(line);
  };

  /** Where a line begins to say the newest instruction, the rest of which is in the lines after it; undefined for any other. */
  #begins({ stream, text }: OutputLine, head: string): number | undefined {
    const at = text.indexOf(head);
    const said = text.slice(at + head.length);
    const instruction = this.#lines[this.#nextStep - 3] ?? '';
    if (at < 0 || !instruction.startsWith(said)) return undefined;
    this.#open[stream] = instruction.slice(said.length);
    return at;
  }

  #isPiece({ stream, text }: OutputLine): boolean {
    const open = this.#open[stream];
    if (open === '') return false;
    const isLast = text.startsWith(open);
    this.#open[stream] = open.startsWith(text) ? open.slice(text.length) : '';
    return isLast || this.#open[stream] !== '';
  }

  /** Buildah goes on in the line that a command has not ended. */
  #sayBefore(line: OutputLine, at: number | undefined): void {
    if (at !== 0) this.#onLine({ ...line, text: line.text.slice(0, at) });
  }

  #commitOf({ text }: OutputLine): number | undefined {
    if (this.#nextStep <= this.#count || this.#held.length > 0) return undefined;
    return /COMMIT oci:\S+$/.exec(text)?.index;
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
  if (instruction === undefined) return undefined;
  const [, signal = ''] =
    lines.map((line) => endedBySignal.exec(line)).findLast((found) => found !== null) ?? [];
  return { exitCode: code === '1' ? (signalCodes[signal] ?? 1) : Number(code), instruction };
}

/** The command that the runtime below Buildah, or Buildah itself, did not begin, and why; undefined when Buildah itself failed. */
export function refusedCommand(
  said: string,
): { readonly refusal: Refusal; readonly instruction: string | undefined } | undefined {
  const runtime = said.split('\n').findLast((line) => line.startsWith('error running container: '));
  const last = lastError(said);
  const refusal = refusalIn(runtime ?? last);
  const [, instruction] = /^building at STEP "([\s\S]*)": /.exec(last) ?? [];
  return refusal && { refusal, instruction };
}

/** The instruction that found something of the image in its way, and what that is; undefined when Buildah failed for another reason. */
export function misplacedInstruction(
  said: string,
): { readonly refusal: Refusal; readonly instruction: string } | undefined {
  const [, instruction = '', error = ''] = unplaced.exec(lastError(said)) ?? [];
  const refusal = obstacleIn({ instruction, error });
  return refusal && { refusal, instruction };
}

/** What follows an instruction begins with whoever of Buildah says it. */
const unplaced = /^building at STEP "([\s\S]*?)": ((?:copier: |ensuring |destination )[\s\S]*)/;

/** A container whose first process a signal ended ends with 1 to Buildah; shells, and other engines, tell the signal by the code. */
const endedBySignal = /^container exited on (.+)$/;
/** As Go names them. https://pkg.go.dev/syscall#Signal */
const signalCodes: Readonly<Record<string, number>> = {
  aborted: 134,
  killed: 137,
  'segmentation fault': 139,
  terminated: 143,
};

/** Whether a line is one of Buildah's own log, as far as can be told. It belongs into the log, not among the last words of a command. */
export function isBuildahs(text: string): boolean {
  return /^time="[^"]+" level=(?:debug|info|warning|error) msg="/.test(text);
}

/** Buildah's last words, without the usual prefix. */
export function lastError(said: string): string {
  const last = said
    .trimEnd()
    .split('\n')
    .findLast((line) => line.startsWith('Error: '));
  return last?.slice('Error: '.length) ?? '';
}

const failure = 'Error: building at STEP "';
const failedStep = /Error: building at STEP "([\s\S]*)": while running runtime: exit status (\d+)$/;
