import { z } from 'zod';
import { OutputLines } from '../output-lines.ts';
import type { OutputLine } from '../types.ts';

/**
 * Reads what clients of BuildKit say with `--progress=rawjson`: one object after the other, each on a line or over several,
 * and words of their own between and after them.
 * https://github.com/moby/buildkit/blob/v0.13.2/client/graph.go
 */
export class BuildkitProgress {
  readonly #onOutput: (stream: OutputLine['stream'], bytes: Uint8Array) => void;
  readonly #lines = new OutputLines((text) => this.#takeLine(text), { charactersMax: lineCharactersMax });
  /** The lines of an object that is not whole yet. */
  #open: string[] | undefined;
  #words: readonly string[] = [];
  #failed: FailedCommand | undefined;
  #broken: BrokenInstruction | undefined;

  constructor(options: {
    readonly onOutput: (stream: OutputLine['stream'], bytes: Uint8Array) => void;
  }) {
    this.#onOutput = options.onOutput;
  }

  readonly push = (chunk: Uint8Array): void => this.#lines.push(chunk);

  end(): void {
    this.#lines.end();
  }

  /** The command that failed; undefined when none did. */
  get failed(): FailedCommand | undefined {
    return this.#failed;
  }

  /** The instruction that ended in another way than by an exit code. */
  get broken(): BrokenInstruction | undefined {
    return this.#broken;
  }

  /** The client's own last error, without the usual prefixes. */
  get lastError(): string {
    const last = this.#words.findLast((line) => /^error: /i.test(line)) ?? this.#words.at(-1) ?? '';
    return last.replace(/^error: /i, '').replace(/^failed to solve: /, '');
  }

  #takeLine(line: string): void {
    if (this.#open === undefined && !line.startsWith('{')) {
      this.#words = [...this.#words, line].slice(-wordsMax);
      return;
    }
    this.#open = [...(this.#open ?? []), line];
    // Objects over several lines are indented, but for their last brace.
    if (line !== '}' && !(this.#open.length === 1 && line.endsWith('}'))) return;
    const status = statusSchema.safeParse(parseJson(this.#open.join('\n')));
    this.#open = undefined;
    if (status.success) this.#takeStatus(status.data);
  }

  #takeStatus({ logs, vertexes }: z.infer<typeof statusSchema>): void {
    for (const { stream, data } of logs ?? [])
      this.#onOutput(stream === 2 ? 'stderr' : 'stdout', Buffer.from(data, 'base64'));
    for (const { name, error } of vertexes ?? []) {
      if (error === undefined || error === '') continue;
      const instruction = name.replace(/^\[[^\]]*\] /, '');
      const code = exitCode.exec(error)?.[1];
      if (code === undefined) this.#broken = { instruction, error };
      else this.#failed = { exitCode: Number(code), instruction };
    }
  }
}

interface FailedCommand {
  readonly exitCode: number;
  readonly instruction: string;
}

interface BrokenInstruction {
  readonly instruction: string;
  /** What BuildKit says of it. */
  readonly error: string;
}

const exitCode = /did not complete successfully: exit code: (\d+)/;
/** Of lines that are no objects, those that may hold the error. */
const wordsMax = 50;
/** BuildKit sends what a step prints in pieces of 32 KiB, which base64 and a frame make larger. */
const lineCharactersMax = 1_000_000;

/** A log without data is an empty one. */
const statusSchema = z.object({
  vertexes: z.array(z.object({ name: z.string(), error: z.string().optional() })).nullish(),
  logs: z
    .array(
      z.object({
        stream: z.int(),
        data: z
          .string()
          .nullish()
          .transform((text) => text ?? ''),
      }),
    )
    .nullish(),
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
