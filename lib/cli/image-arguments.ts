import { parseArgs } from 'node:util';
import { UsageError, unknownOption } from './usage-error.ts';

/** Which image, and who signs in: what commands that ask a registry have in common. */
export interface ImageArguments {
  /** The reference as typed. */
  readonly image: string;
  /** As typed; `linux/amd64` if absent. */
  readonly platform: string;
  /** With it, the password comes from standard input. */
  readonly username: string | undefined;
  readonly secretFile: string | undefined;
  readonly isJson: boolean;
}

/** The options that such a command has besides the common ones, by name. */
export type MoreOptions = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>;

/** @throws UsageError. Nothing typed after a password option is repeated. */
export function parseImageArguments(options: {
  readonly argv: readonly string[];
  readonly command: string;
  /** What the command does to the image, for advice: `pull`. */
  readonly verb: string;
  readonly more: MoreOptions;
}): ImageArguments & { readonly values: Readonly<Record<string, string | boolean | undefined>> } {
  const { argv, command, verb } = options;
  const known = { ...common, ...options.more };
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options: known,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'option') checkOption({ ...token, command, known });
  }
  const usage = (what: string, why: string) => new UsageError({ what, why, command });
  const [image, ...rest] = positionals;
  if (image === undefined) throw usage(`There is no image to ${verb}`, 'The reference is missing.');
  if (rest.length > 0) throw usage('There is more than one image', `One ${verb} takes one reference.`);
  const { username } = values as { username?: string };
  const secretFile = values['secret-file'] as string | undefined;
  const isPasswordPiped = values['password-stdin'] === true;
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
    image,
    platform: (values.platform as string | undefined) ?? 'linux/amd64',
    username,
    secretFile,
    isJson: values.json === true,
    values: values as Readonly<Record<string, string | boolean | undefined>>,
  };
}

const common = {
  platform: { type: 'string' },
  username: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  'secret-file': { type: 'string' },
  json: { type: 'boolean' },
} as const;

function checkOption(options: {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly command: string;
  readonly known: MoreOptions;
}): void {
  const { name, rawName, value, command, known } = options;
  const usage = (what: string, why: string) => new UsageError({ what, why, command });
  if (/^-?p(ass(word)?)?$/i.test(name)) {
    throw usage(
      'A password cannot be given on the command line',
      'Every user of this machine could read it there. It comes from standard input (--password-stdin) or from a file (--secret-file).',
    );
  }
  const option = Object.hasOwn(known, name) ? known[name] : undefined;
  if (option === undefined) {
    throw unknownOption({ word: rawName, command, known: Object.keys(known).map((key) => `--${key}`) });
  }
  if (option.type === 'string' && (value === undefined || value === '')) {
    throw usage(`${rawName} needs a value`, 'Nothing follows it.');
  }
  if (option.type === 'boolean' && value !== undefined)
    throw usage(`${rawName} takes no value`, 'One is given.');
}
