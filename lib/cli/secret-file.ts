import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { InputError } from '#lib/errors/input.ts';
import type { RegistrySecret } from '#lib/registries/binding.ts';
import { isDockerHubHost } from '#lib/registries/docker-hub.ts';
import { parseEcrHost } from '#lib/registries/ecr.ts';
import { kindOfHost } from '#lib/registries/host-kind.ts';
import { readRegistryHost } from '#lib/registries/registry-host.ts';
import { secretFields } from '#lib/secrets/fields.ts';
import { validateSecret } from '#lib/secrets/validate-secret.ts';

/**
 * The secret in a file, of the type that its keys say.
 * @param options.host of the registry that is asked: binds a secret of typed credentials that does not say its host
 * @throws InputError that names the file and repeats nothing out of it
 */
export async function readSecretFile(options: {
  readonly file: string;
  readonly host: string;
}): Promise<RegistrySecret> {
  return parseSecretFile({ ...options, text: await readText(options.file) });
}

/**
 * The values in a file for steps: any keys.
 * @throws InputError that names the file and repeats nothing out of it
 */
export async function readValuesFile(file: string): Promise<Readonly<Record<string, string>>> {
  const values = parseValues((await readText(file)).replace(/^\uFEFF/, ''), file);
  const checked = validateSecret({ type: 'custom', values });
  const problems = Object.entries(checked.problems).map(([key, text]) => `${key}: ${text}`);
  if (problems.length > 0) throw fileFault(file, problems.join(' '));
  return checked.values;
}

/** Exported for its table of files. */
export function parseSecretFile(options: {
  readonly text: string;
  readonly file: string;
  readonly host: string;
}): RegistrySecret {
  const { file, host } = options;
  const values = parseValues(options.text.replace(/^\uFEFF/, ''), file);
  const types = Object.entries(tellingKeys).filter(([, keys]) =>
    keys.some((key) => values[key] !== undefined),
  );
  const [found, other] = types;
  if (found === undefined) throw fileFault(file, 'It has none of the keys that say how to sign in.');
  if (other !== undefined) throw fileFault(file, 'It has the keys of more than one type of secret.');
  const [type] = found;
  if (type === 'aws') {
    // Whoever runs the command chose the image, and its host says the region.
    const region = values.AWS_REGION ?? parseEcrHost(host)?.region;
    return ofCloud('aws', { ...values, ...(region !== undefined && { AWS_REGION: region }) }, file);
  }
  return type === 'gcp' ? ofCloud('gcp', values, file) : ofRegistry(values, options);
}

/** The keys by which a type is known. */
const tellingKeys = {
  aws: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_ROLE_ARN'],
  gcp: ['SERVICE_ACCOUNT_JSON'],
  registry: ['REGISTRY_USERNAME', 'REGISTRY_PASSWORD'],
} as const;

/** Checked as a form checks it. Whatever else is in the file is not the secret's and goes nowhere. */
function ofCloud(
  type: 'aws' | 'gcp',
  values: Readonly<Record<string, string>>,
  file: string,
): RegistrySecret {
  const own = secretFields[type].flatMap(({ key }) =>
    values[key] === undefined ? [] : [[key, values[key]]],
  );
  const checked = validateSecret({ type, values: Object.fromEntries(own) });
  const problems = Object.entries(checked.problems).map(([key, text]) => `${key}: ${text}`);
  if (problems.length > 0) throw fileFault(file, problems.join(' '));
  return { type, host: checked.host, values: checked.values };
}

function ofRegistry(
  values: Readonly<Record<string, string>>,
  { file, host }: { readonly file: string; readonly host: string },
): RegistrySecret {
  for (const key of ['REGISTRY_USERNAME', 'REGISTRY_PASSWORD']) {
    if (!values[key]) throw fileFault(file, `${key} is missing or empty.`);
  }
  const bound = values.REGISTRY_HOST === undefined ? host : boundHost(values.REGISTRY_HOST, file);
  return { type: 'registry', host: bound, values };
}

/** The host in the form that references carry. Docker Hub and clouds may be named here too: their tokens are passwords. */
function boundHost(text: string, file: string): string {
  const bare = text
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '');
  if (isDockerHubHost(bare)) return 'docker.io';
  if (kindOfHost(bare) !== 'registry') return bare;
  const typed = readRegistryHost(text);
  if ('problem' in typed)
    throw fileFault(file, `Its REGISTRY_HOST is not a registry's host. ${typed.problem}`);
  return typed.host;
}

function parseValues(text: string, file: string): Readonly<Record<string, string>> {
  if (!text.trimStart().startsWith('{')) {
    const lines = Object.entries(parseEnv(text));
    return Object.fromEntries(lines.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and that is secret.
    throw fileFault(file, 'It begins like JSON and is not.');
  }
  const entries = Object.entries(json as object);
  const strange = entries.find(([, value]) => typeof value !== 'string');
  if (strange !== undefined) throw fileFault(file, `The value of ${strange[0]} is not text.`);
  return Object.fromEntries(entries);
}

/** The largest value of a secret is 32,768 characters; this leaves room for a few, escaped. */
const fileBytesMax = 256 * 1024;

async function readText(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    if (bytes.length <= fileBytesMax) return bytes.toString('utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why = {
      ENOENT: 'There is no such file.',
      EACCES: 'This user may not read it.',
      EISDIR: 'It is a folder.',
    };
    throw fileFault(file, why[code as keyof typeof why] ?? 'It cannot be read.');
  }
  throw fileFault(file, `It is larger than ${fileBytesMax / 1024} KiB.`);
}

function fileFault(file: string, why: string): InputError {
  return new InputError({
    what: `The secret file ${file} cannot be used`,
    why,
    next: 'Write the keys of one type of secret into it, as JSON or as KEY=value lines: `slipway pull --help` lists them.',
  });
}
