import type { Readable } from 'node:stream';
import type { Reference } from '#lib/oci/reference.ts';
import type { RegistrySecret } from '#lib/registries/binding.ts';
import type { ImageArguments } from './image-arguments.ts';
import { readSecretFile } from './secret-file.ts';
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
  return secretFile === undefined ? null : readSecretFile({ file: secretFile, host });
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
