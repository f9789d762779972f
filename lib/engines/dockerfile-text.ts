import { foldInstruction } from '#lib/images/fold-instruction.ts';
import { EngineFailedError } from './errors.ts';

/**
 * The Dockerfile of a step, of as many instructions as there are lines and one more.
 * @param from what FROM names
 * @throws EngineFailedError for an instruction that no builder would read to its end
 */
export function dockerfileText(from: string, lines: readonly string[]): string {
  const folded = lines.map((line) => foldInstruction(line) ?? refuse(line));
  return [`FROM ${from}`, ...folded, ''].join('\n');
}

function refuse(line: string): never {
  throw new EngineFailedError({
    why: `An instruction of ${line.length} characters has no place where its line can be broken.`,
    next: 'Put what it holds into a file, or make several instructions of it.',
  });
}
