import path from 'node:path';
import { parseArgs } from 'node:util';
import { byteSize, days, orNone } from '#lib/config/formats.ts';
import { UsageError, unknownOption } from './usage-error.ts';

/** What both commands about a store take. */
export interface StoreArguments {
  /** A layout of the command line; undefined: the store of this server. */
  readonly folder: string | undefined;
  readonly isJson: boolean;
}

export interface CollectArguments extends StoreArguments {
  readonly isDryRun: boolean;
  /** Undefined: as the setting says. Null: no limit. */
  readonly bytesMax: number | null | undefined;
  readonly daysMax: number | null | undefined;
}

/** @throws UsageError */
export function parseCheckArguments(argv: readonly string[]): StoreArguments {
  return common(read('store check', argv, { store: 'string', json: 'boolean' }));
}

/** @throws UsageError */
export function parseCollectArguments(argv: readonly string[]): CollectArguments {
  const command = 'store gc';
  const values = read(command, argv, {
    store: 'string',
    json: 'boolean',
    'dry-run': 'boolean',
    'bytes-max': 'string',
    'days-max': 'string',
  });
  const bytesMax = limit({
    command,
    name: '--bytes-max',
    text: values['bytes-max'],
    schema: orNone(byteSize),
  });
  const daysMax = limit({ command, name: '--days-max', text: values['days-max'], schema: orNone(days) });
  if (values.store !== undefined && (bytesMax !== undefined || daysMax !== undefined)) {
    throw new UsageError({
      what: 'A layout has no limits',
      why: 'It keeps whatever its index.json names. --bytes-max and --days-max are for the store of the server.',
      command,
    });
  }
  return { ...common(values), isDryRun: values['dry-run'] === true, bytesMax, daysMax };
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

function common(values: Values): StoreArguments {
  const folder = typeof values.store === 'string' ? path.resolve(values.store) : undefined;
  return { folder, isJson: values.json === true };
}

function read(
  command: string,
  argv: readonly string[],
  known: Readonly<Record<string, 'string' | 'boolean'>>,
): Values {
  const options = Object.fromEntries(Object.entries(known).map(([name, type]) => [name, { type }]));
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (known[name] === undefined) {
      throw unknownOption({ word: rawName, command, known: Object.keys(known).map((key) => `--${key}`) });
    }
    if (known[name] === 'string' && (value === undefined || value === '')) {
      throw new UsageError({ what: `${rawName} needs a value`, why: 'Nothing follows it.', command });
    }
    if (known[name] === 'boolean' && value !== undefined) {
      throw new UsageError({ what: `${rawName} takes no value`, why: 'One is given.', command });
    }
  }
  const [word] = positionals;
  if (word !== undefined) {
    throw new UsageError({
      what: `\`slipway ${command}\` takes options only`,
      why: `It does not know what to do with "${word}". A folder is named with --store.`,
      command,
    });
  }
  return values as Values;
}

function limit(options: {
  readonly command: string;
  readonly name: string;
  readonly text: string | boolean | undefined;
  readonly schema: ReturnType<typeof orNone<number>>;
}): number | null | undefined {
  if (options.text === undefined) return undefined;
  const parsed = options.schema.safeParse(options.text);
  if (parsed.success) return parsed.data;
  throw new UsageError({
    what: `${options.name} is no limit`,
    why:
      options.name === '--bytes-max'
        ? `"${options.text}" is no size like 50GB or 800MB, nor none.`
        : `"${options.text}" is no whole number of days, nor none.`,
    command: options.command,
  });
}
