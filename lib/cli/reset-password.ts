import { z } from 'zod';
import { InputError } from '#lib/errors/input.ts';
import type { Command } from './command.ts';
import { generateClient } from './prepare.ts';
import { readPassword } from './read-password.ts';
import { createSteps } from './steps.ts';
import { UsageError, unknownOption } from './usage-error.ts';
import { withDatabase } from './with-database.ts';

export const resetPassword: Command = {
  name: 'user reset-password',
  summary: 'Give an account a new password, for somebody who is locked out',
  help: `
Usage: slipway user reset-password EMAIL

Asks for the new password, sets it, and ends every session of that account. Whoever can run this command on the server
may do so; no old password is asked for. Works while Slipway runs and while it does not. From a pipe, the password is
the first line.

Examples:
  slipway user reset-password ines@example.com
  pass show slipway | slipway user reset-password ines@example.com
`,
  async run(context) {
    const { stdout, stderr, signal, readSettings } = context;
    const email = parseEmail(context.argv);
    const settings = readSettings();
    await generateClient({ steps: createSteps(stderr), signal });
    const password = await readPassword(context, `New password for ${email}: `);
    await withDatabase({ settings, signal }, (url) => reset({ url, email, password }));
    stdout.write(`${email} has a new password, and is signed out everywhere.\n`);
    return 0;
  },
};

function parseEmail(argv: readonly string[]): string {
  const [email, extra] = argv;
  const option = argv.find((word) => word.startsWith('-'));
  if (option !== undefined) throw unknownOption({ word: option, command: resetPassword.name, known: [] });
  if (email !== undefined && extra === undefined) return email;
  throw new UsageError({
    what: `\`slipway ${resetPassword.name}\` takes one email`,
    why: email === undefined ? 'None was given.' : `"${extra}" is one word too many.`,
    command: resetPassword.name,
  });
}

/** The database client is loaded here, when it is sure to have been generated. */
async function reset(options: {
  readonly url: string;
  readonly email: string;
  readonly password: string;
}): Promise<void> {
  const { closeDatabase, configureDatabase } = await import('#lib/db/client.ts');
  const { resetPassword: setPassword } = await import('#lib/auth/passwords.ts');
  configureDatabase(options);
  try {
    await setPassword(options);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const why = error.issues
      .map(({ message }) => (message.endsWith('.') ? message : `${message}.`))
      .join(' ');
    throw new InputError({
      what: 'That password will not do',
      why,
      next: 'Run the command again with another.',
    });
  } finally {
    await closeDatabase();
  }
}
