import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { parseEnv } from 'node:util';
import { InputError } from '#lib/errors/input.ts';
import type { Reference } from '#lib/oci/reference.ts';
import type { RegistrySecret } from '#lib/registries/auth-for.ts';
import { isDockerHubHost } from '#lib/registries/docker-hub.ts';
import { RegistryTypeNotYetError } from '#lib/registries/errors.ts';
import { kindOfHost } from '#lib/registries/host-kind.ts';
import { readRegistryHost } from '#lib/registries/registry-host.ts';
import type { ImageArguments } from './image-arguments.ts';
import { UsageError } from './usage-error.ts';

/**
 * The secret that the command line names, bound to the one host it may be sent to: the one its file says, else the one
 * of the reference, because whoever runs the command chose both. Null when none is named.
 */
export async function readPullSecret(options: {
  readonly reference: Pick<Reference, 'registry'>;
  readonly options: Pick<ImageArguments, 'username' | 'secretFile'>;
  /** The command that asks, for advice. */
  readonly command: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly signal: AbortSignal;
}): Promise<RegistrySecret | null> {
  const { reference } = options;
  const { username, secretFile } = options.options;
  const host = reference.registry.toLowerCase();
  if (username !== undefined) {
    const password = await readPassword(options);
    return { type: 'registry', host, values: { REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password } };
  }
  return secretFile === undefined
    ? null
    : parseSecretFile({ text: await readText(secretFile), file: secretFile, host });
}

/** @param options.host binds a secret that does not say its host. Exported for its table of files. */
export function parseSecretFile(options: {
  readonly text: string;
  readonly file: string;
  readonly host: string;
}): RegistrySecret {
  const { file } = options;
  const values = parseValues(options.text.replace(/^\uFEFF/, ''), file);
  const has = (...keys: readonly string[]) => keys.some((key) => values[key] !== undefined);
  const types = [
    ...(has('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_ROLE_ARN') ? (['aws'] as const) : []),
    ...(has('SERVICE_ACCOUNT_JSON') ? (['gcp'] as const) : []),
    ...(has('REGISTRY_USERNAME', 'REGISTRY_PASSWORD') ? (['registry'] as const) : []),
  ];
  const [type, other] = types;
  if (type === undefined) {
    throw fileFault(
      file,
      'It has none of the keys that say how to sign in, such as REGISTRY_USERNAME and REGISTRY_PASSWORD.',
    );
  }
  if (other !== undefined) throw fileFault(file, 'It has the keys of more than one type of secret.');
  if (type !== 'registry') throw new RegistryTypeNotYetError(type);
  for (const key of ['REGISTRY_USERNAME', 'REGISTRY_PASSWORD']) {
    if (!values[key]) throw fileFault(file, `${key} is missing or empty.`);
  }
  return {
    type,
    host: values.REGISTRY_HOST === undefined ? options.host : boundHost(values.REGISTRY_HOST, file),
    values,
  };
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

/** Registries take a few kilobytes in a header; a token is never longer. */
const passwordBytesMax = 64 * 1024;

/** All of standard input, without the line end that `echo` and editors put there. */
async function readPassword(options: {
  readonly command: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly signal: AbortSignal;
}): Promise<string> {
  const { command, stdin, signal } = options;
  if (stdin.isTTY) {
    throw new UsageError({
      what: '--password-stdin reads a pipe or a file',
      why: 'Standard input is the terminal, which would show the password.',
      command,
    });
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
    signal.throwIfAborted();
    chunks.push(Buffer.from(chunk));
    length += chunks.at(-1)?.length ?? 0;
    if (length > passwordBytesMax) break;
  }
  const password = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (password !== '' && length <= passwordBytesMax) return password;
  throw new UsageError({
    what: 'There is no password to sign in with',
    why: password === '' ? 'Standard input is empty.' : 'Standard input is longer than any password.',
    command,
  });
}

function fileFault(file: string, why: string): InputError {
  return new InputError({
    what: `The secret file ${file} cannot be used`,
    why,
    next: 'Write REGISTRY_USERNAME and REGISTRY_PASSWORD into it, as JSON or as KEY=value lines.',
  });
}
