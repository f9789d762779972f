import { parseArgs } from 'node:util';
import { parsePlatform } from '#lib/oci/platform.ts';
import { parseReference, type Reference } from '#lib/oci/reference.ts';
import type { Platform } from '#lib/oci/types.ts';
import { UsageError, unknownOption } from './usage-error.ts';

export interface PullArguments {
  readonly reference: Reference;
  readonly folder: string;
  readonly platform: Platform;
  /** With it, the password comes from standard input. */
  readonly username: string | undefined;
  readonly secretFile: string | undefined;
  readonly isJson: boolean;
}

/** @throws UsageError, InvalidReferenceError, InvalidPlatformError. Nothing typed after a password option is repeated. */
export function parsePullArguments(argv: readonly string[]): PullArguments {
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'option') checkOption(token);
  }
  const [text, ...rest] = positionals;
  if (text === undefined) throw usage('There is no image to pull', 'The reference is missing.');
  if (rest.length > 0) throw usage('There is more than one image', 'One pull takes one reference.');
  const { to, username } = values as { to?: string; username?: string };
  const secretFile = values['secret-file'] as string | undefined;
  const isPasswordPiped = values['password-stdin'] === true;
  if (to === undefined) throw usage('There is no folder to pull into', 'The option --to DIR is missing.');
  if ((username !== undefined) !== isPasswordPiped) {
    throw usage(
      '--username and --password-stdin go together',
      `Only ${isPasswordPiped ? '--password-stdin' : '--username'} is given.`,
    );
  }
  if (username !== undefined && secretFile !== undefined) {
    throw usage('There are two ways to sign in', 'Either --username or --secret-file can be given.');
  }
  return {
    reference: parseReference(text),
    folder: to,
    platform: parsePlatform((values.platform as string | undefined) ?? 'linux/amd64'),
    username,
    secretFile,
    isJson: values.json === true,
  };
}

const options = {
  to: { type: 'string' },
  platform: { type: 'string' },
  username: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  'secret-file': { type: 'string' },
  json: { type: 'boolean' },
} as const;

function checkOption(token: {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}): void {
  const { name, rawName, value } = token;
  if (/^-?p(ass(word)?)?$/i.test(name)) {
    throw usage(
      'A password cannot be given on the command line',
      'Every user of this machine could read it there. It comes from standard input (--password-stdin) or from a file (--secret-file).',
    );
  }
  const known = Object.hasOwn(options, name) ? options[name as keyof typeof options] : undefined;
  if (known === undefined) {
    throw unknownOption({
      word: rawName,
      command: 'pull',
      known: Object.keys(options).map((key) => `--${key}`),
    });
  }
  if (known.type === 'string' && (value === undefined || value === '')) {
    throw usage(`${rawName} needs a value`, 'Nothing follows it.');
  }
  if (known.type === 'boolean' && value !== undefined)
    throw usage(`${rawName} takes no value`, 'One is given.');
}

function usage(what: string, why: string): UsageError {
  return new UsageError({ what, why, command: 'pull' });
}
