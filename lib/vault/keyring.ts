import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { KeyringError } from './errors.ts';
import { runKeyCommand } from './key-command.ts';
import { appendKeyLine, readKeyFile } from './key-file.ts';
import { keyIdOf } from './key-id.ts';
import type { SealingPublicKey } from './seal.ts';
import { keyBytes } from './suite.ts';

/** One key pair; `privateKey` is 32 raw bytes. */
interface KeyringKey extends SealingPublicKey {
  readonly privateKey: Uint8Array;
}

/** The private keys of a server. The newest seals, all of them open. */
export interface Keyring {
  readonly newest: SealingPublicKey;
  readonly find: (keyId: string) => KeyringKey | undefined;
}

/** Where the keys come from: the command's output if there is one, else the text, else the file. */
export interface KeySource {
  /** Made with a first key when it does not exist. Unused where `text` or `command` is given. */
  readonly file: string;
  /** The keys themselves, as an environment value holds them. */
  readonly text?: string | undefined;
  /** A shell command that prints the keys: `vault kv get …`, `aws kms decrypt …`. */
  readonly command?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the private keys.
 *
 * @throws KeyringError, whose text never holds a key, when there is no key, a line is none, the file may be read
 *   by others, or the command fails, runs too long or prints too much.
 */
export async function loadKeyring({ file, text, command, signal }: KeySource): Promise<Keyring> {
  if (command !== undefined) return parseKeyring(await runKeyCommand({ command, signal }), 'The key command');
  if (text !== undefined) return parseKeyring(text, 'The key setting');
  return parseKeyring(await readKeyFile({ file, firstLine: newKeyLine }), `The key file ${file}`);
}

/**
 * Adds a new key to the file: it seals from the next start on, and the older ones go on opening.
 *
 * @throws KeyringError as `loadKeyring` does.
 */
export async function addKey({ file }: { readonly file: string }): Promise<Keyring> {
  await loadKeyring({ file });
  await appendKeyLine({ file, line: newKeyLine() });
  return loadKeyring({ file });
}

const keyLine = /^slipway-key-1 ([A-Za-z0-9_-]{43})$/;

/** Any 32 random bytes are a private key. https://www.rfc-editor.org/rfc/rfc7748.html#section-6.1 */
function newKeyLine(): string {
  return `slipway-key-1 ${randomBytes(keyBytes).toString('base64url')}`;
}

/** One key a line, the newest last; empty lines and lines that begin with # do not count. */
async function parseKeyring(text: string, source: string): Promise<Keyring> {
  const keys: KeyringKey[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const privateKey = Buffer.from(keyLine.exec(trimmed)?.[1] ?? '', 'base64url');
    if (privateKey.length !== keyBytes) throw notAKey(source, index + 1);
    const publicKey = publicKeyOf(privateKey);
    keys.push({ id: await keyIdOf(publicKey), publicKey, privateKey });
  }
  const newest = keys.at(-1);
  if (newest === undefined) {
    throw new KeyringError({
      why: `${source} holds no key.`,
      next: 'Bring back the keys from the backup: what they sealed opens with nothing else.',
    });
  }
  const byId = new Map(keys.map((key) => [key.id, key]));
  return {
    newest: { id: newest.id, publicKey: newest.publicKey },
    find: (keyId) => byId.get(keyId),
  };
}

function notAKey(source: string, line: number): KeyringError {
  return new KeyringError({
    why: `${source} has a line ${line} that is no key.`,
    next: 'Each line is "slipway-key-1" and, after a space, 43 characters of base64url; # begins a comment.',
  });
}

/** DER of a PKCS #8 X25519 key up to its 32 bytes. https://www.rfc-editor.org/rfc/rfc8410.html#section-7 */
const pkcs8Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  const key = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, privateKey]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return new Uint8Array(Buffer.from(x as string, 'base64url'));
}
