import { UsageError, unknownOption } from './usage-error.ts';

/** @throws UsageError when a command that takes nothing is given something. */
export function expectNoArguments(command: string, argv: readonly string[]): void {
  const [word] = argv;
  if (word === undefined) return;
  if (word.startsWith('-')) throw unknownOption({ word, command, known: [] });
  throw new UsageError({
    what: `\`slipway ${command}\` takes no argument`,
    why: `It does not know what to do with "${word}".`,
    command,
  });
}
