import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CancelledError } from '#lib/errors/cancelled.ts';
import type { CommandContext } from './command.ts';

/** One line: typed without showing on a terminal, read as it comes from a pipe. An end without a line is an empty one. */
export async function readPassword(
  context: Pick<CommandContext, 'stdin' | 'stderr' | 'signal'>,
  question: string,
): Promise<string> {
  const { stdin, stderr, signal } = context;
  const isTerminal = stdin.isTTY === true;
  if (isTerminal) stderr.write(question);
  // What readline would echo goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: isTerminal });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
      lines.once('SIGINT', () => reject(new CancelledError()));
      signal.addEventListener('abort', () => reject(new CancelledError()), { once: true });
    });
  } finally {
    lines.close();
    if (isTerminal) stderr.write('\n');
  }
}
