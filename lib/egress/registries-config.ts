import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { RegistriesFileError } from './errors.ts';

/** An http or https address without user, query or fragment. A path is kept. */
const baseAddress = z.string().refine(isBaseAddress, {
  error: 'must be an address like https://registry.example.com',
});

/** A year: whoever wants it longer does not want access to be proved. */
const staleHoursLongest = 8_760;

/** How one registry is reached. */
const ruleSchema = z
  .strictObject({
    /** Where the host is really reached. */
    endpoint: baseAddress.optional(),
    /** Asked first, without credentials, for what is addressed by digest. */
    mirrors: z.array(baseAddress).max(8, { error: 'must have at most 8 addresses' }).optional(),
    /** Plain http for the host, its token realm and its redirects. */
    plainHttp: z.boolean({ error: 'must be true or false' }).optional(),
    /** Private and loopback addresses for the host, its token realm and its redirects. */
    allowPrivate: z.boolean({ error: 'must be true or false' }).optional(),
    /** A PEM file of certificate authorities that count besides the usual ones. */
    caFile: z.string({ error: 'must be a path' }).min(1, { error: 'must be a path' }).optional(),
    /**
     * For how many hours after access was last proved an image in the store may be used while the registry is down. Absent:
     * never.
     */
    staleHoursMax: z
      .number({ error: 'must be a number of hours' })
      .positive({ error: 'must be more than 0' })
      .max(staleHoursLongest, { error: `must be at most ${staleHoursLongest}` })
      .optional(),
  })
  .refine((rule) => rule.plainHttp !== false || rule.endpoint?.startsWith('http:') !== true, {
    path: ['plainHttp'],
    error: 'must not be false while endpoint is an http address',
  });

/** The operator's registries.json. */
export const registriesSchema = z.strictObject({
  registries: z
    .record(
      z.string().refine(isHostPattern, {
        error: 'must be a host like registry.example.com:5000, or a pattern like *.example.com',
      }),
      ruleSchema,
    )
    .default({}),
  /** Google token addresses besides Google's own. */
  tokenUris: z
    .array(
      z.string().refine(isTokenAddress, {
        error: 'must be an https address, or an http one on this machine, like http://127.0.0.1:8080/token',
      }),
    )
    .default([]),
});
export type Registries = z.infer<typeof registriesSchema>;
export type RegistryRule = z.infer<typeof ruleSchema>;

/**
 * Reads the operator's file. A file that is not there is an empty one; paths in it are taken from its own folder.
 * @throws RegistriesFileError with one line: the file, the place in it, what is expected there.
 */
export async function loadRegistries(options: { readonly path: string }): Promise<Registries> {
  const file = options.path;
  const text = await readText(file);
  if (text === undefined) return { registries: {}, tokenUris: [] };
  const result = registriesSchema.safeParse(parseJson(file, text));
  if (!result.success) throw new RegistriesFileError({ line: `${file}: ${explain(result.error)}` });
  const entries = Object.entries(result.data.registries).map(async ([host, rule]) => {
    if (rule.caFile === undefined) return [host.toLowerCase(), rule] as const;
    const caFile = path.resolve(path.dirname(file), rule.caFile);
    await checkCaFile({ file, host, caFile });
    return [host.toLowerCase(), { ...rule, caFile }] as const;
  });
  return { ...result.data, registries: Object.fromEntries(await Promise.all(entries)) };
}

/**
 * The rule for a host: its own, else that of the longest pattern that fits. `*.example.com` fits every name below
 * example.com, with the port that the pattern has.
 */
export function ruleFor(registries: Registries, host: string): RegistryRule | undefined {
  const name = host.toLowerCase();
  const keys = Object.keys(registries.registries);
  const own = keys.find((key) => key.toLowerCase() === name);
  const pattern = keys
    .filter(
      (key) =>
        key.startsWith('*.') && name.endsWith(key.slice(1).toLowerCase()) && name.length > key.length - 1,
    )
    .sort((a, b) => b.length - a.length)[0];
  const key = own ?? pattern;
  return key === undefined ? undefined : registries.registries[key];
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new RegistriesFileError({ line: `${file}: cannot be read.`, cause });
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const offset = Number(
      /position (\d+)/.exec(cause instanceof Error ? cause.message : '')?.[1] ?? Number.NaN,
    );
    const before = text.slice(0, offset).split('\n');
    const place = Number.isNaN(offset) ? '' : `:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    throw new RegistriesFileError({ line: `${file}${place}: is not JSON from here on.`, cause });
  }
}

async function checkCaFile(options: {
  readonly file: string;
  readonly host: string;
  readonly caFile: string;
}): Promise<void> {
  const { file, host, caFile } = options;
  const line = `${file}: registries["${host}"].caFile must be a readable PEM file with certificates (${caFile}).`;
  let text: string;
  try {
    text = await readFile(caFile, 'utf8');
  } catch (cause) {
    throw new RegistriesFileError({ line, cause });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new RegistriesFileError({ line });
}

/** What zod expects, in plain words. */
const shapes: Readonly<Record<string, string>> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  string: 'text',
};

/** The first thing that is wrong, as one line. */
function explain(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'is wrong.';
  const place = issue.path
    .map((key) =>
      typeof key === 'number'
        ? `[${key}]`
        : /^\w+$/.test(String(key))
          ? `.${String(key)}`
          : `["${String(key)}"]`,
    )
    .join('')
    .replace(/^\./, '');
  if (issue.code === 'unrecognized_keys') {
    return `${place === '' ? 'the file' : place} has “${issue.keys[0]}”, which is not a setting.`;
  }
  if (issue.code === 'invalid_key') return `${place} ${issue.issues[0]?.message ?? 'is not a host'}.`;
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    return `${place === '' ? 'the file' : place} must be ${shapes[issue.expected] ?? 'of another kind'}.`;
  }
  return `${place} ${issue.message}.`;
}

function isBaseAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}

/** Grants are as good as passwords: in clear they go nowhere that another machine could listen. Names can be led elsewhere. */
function isTokenAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (`${username}${password}${hash}` !== '') return false;
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(?:127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname))
  );
}

/** A host as references write it, with an optional port, or `*.` and a domain. */
function isHostPattern(text: string): boolean {
  return /^(?:(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?$/i.test(text);
}
