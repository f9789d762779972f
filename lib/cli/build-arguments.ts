import { parseArgs } from 'node:util';
import type { CachePolicy } from '#lib/images/step-plan.ts';
import { UsageError, unknownOption } from './usage-error.ts';

export interface BuildArguments {
  /** The definition's JSON file. */
  readonly file: string;
  readonly folder: string;
  /** What the layout calls the image. */
  readonly tag: string;
  readonly cacheFolder: string;
  readonly policy: CachePolicy;
  /** With it, the password comes from standard input. */
  readonly username: string | undefined;
  readonly secretFile: string | undefined;
  /** Files of the custom secrets that steps name, by those names. */
  readonly stepSecrets: ReadonlyMap<string, string>;
  readonly isJson: boolean;
}

/** @throws UsageError. Nothing typed after a password option is repeated. */
export function parseBuildArguments(argv: readonly string[]): BuildArguments {
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) if (token.kind === 'option') checkOption(token);
  if (positionals.length > 0) {
    throw usage(
      '`slipway build` takes options only',
      `“${positionals[0]}” is none. The definition is given with -f.`,
    );
  }
  const text = (name: keyof typeof options) => values[name] as string | undefined;
  const [file, folder, username, secretFile] = [
    text('file'),
    text('to'),
    text('username'),
    text('secret-file'),
  ];
  if (file === undefined) throw usage('There is no definition to build', 'The option -f FILE is missing.');
  if (folder === undefined)
    throw usage('There is no folder to build into', 'The option --to DIR is missing.');
  if ((username !== undefined) !== (values['password-stdin'] === true)) {
    throw usage('--username and --password-stdin go together', 'Only one of them is given.');
  }
  if (username !== undefined && secretFile !== undefined) {
    throw usage('There are two ways to sign in', 'Either --username or --secret-file can be given.');
  }
  if (values.force === true && values['ignore-cache'] === true) {
    throw usage('There are two wishes for the cache', 'Either --force or --ignore-cache can be given.');
  }
  return {
    file,
    folder,
    tag: text('tag') ?? 'latest',
    cacheFolder: text('cache') ?? `${folder.replace(/\/+$/, '')}.cache`,
    policy: values.force === true ? 'force' : values['ignore-cache'] === true ? 'ignore' : 'use',
    username,
    secretFile,
    stepSecrets: stepSecretsOf(values['step-secret'] as readonly string[] | undefined),
    isJson: values.json === true,
  };
}

const options = {
  file: { type: 'string', short: 'f' },
  to: { type: 'string' },
  tag: { type: 'string' },
  cache: { type: 'string' },
  force: { type: 'boolean' },
  'ignore-cache': { type: 'boolean' },
  username: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  'secret-file': { type: 'string' },
  'step-secret': { type: 'string', multiple: true },
  json: { type: 'boolean' },
} as const;

function stepSecretsOf(given: readonly string[] = []): ReadonlyMap<string, string> {
  return new Map(
    given.map((text) => {
      const [, name, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
      if (name !== undefined && file !== undefined) return [name, file];
      throw usage(
        '--step-secret has another form',
        'It takes the name of a secret and a file: --step-secret hub=hub.env.',
      );
    }),
  );
}

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
  const option = Object.hasOwn(options, name) ? options[name as keyof typeof options] : undefined;
  if (option === undefined) {
    const known = Object.keys(options).map((each) => `--${each}`);
    throw unknownOption({ word: rawName, command: 'build', known });
  }
  if (option.type === 'string' && (value === undefined || value === '')) {
    throw usage(`${rawName} needs a value`, 'Nothing follows it.');
  }
  if (option.type === 'boolean' && value !== undefined)
    throw usage(`${rawName} takes no value`, 'One is given.');
}

function usage(what: string, why: string): UsageError {
  return new UsageError({ what, why, command: 'build' });
}
