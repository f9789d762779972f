import { isGoogleTokenUri } from '#lib/registries/google-token-uri.ts';
import { fromBase64 } from './base64.ts';
import { type KeyProblem, readPrivateKey } from './private-key.ts';

/** A key file of a Google service account, as far as it is looked at here. */
interface ServiceAccount {
  /** The whole file, normalised: its own members in their own order, the private key with true line ends. */
  readonly json: string;
  readonly clientEmail: string;
  readonly projectId: string;
  readonly privateKeyId: string;
  /** PEM, PKCS #8. */
  readonly privateKey: string;
  /** Where the file says that tokens come from, when that is not Google's own address. */
  readonly foreignTokenUri: string | undefined;
}

export type ReadServiceAccount = ServiceAccount | { readonly problem: string };

/**
 * Reads a key file as pasted or dropped. Mends what pasting breaks where only one reading is possible: byte order mark;
 * a name, a fence or quotes around the whole; the whole as base64 or escaped; line ends in strings; line ends of the private
 * key doubled or eaten.
 * Anything else is named.
 */
export function readServiceAccount(text: string): ReadServiceAccount {
  const unwrapped = unwrap(text);
  const misread = problemOfText(unwrapped);
  if (misread !== undefined) return { problem: misread };
  const file =
    parseObject(unwrapped) ??
    parseObject(escapeLineEnds(unwrapped)) ??
    parseObject(unescapeQuotes(unwrapped));
  if (file === undefined) return { problem: problemOfJson(unwrapped) };
  const wrongKind = problemOfKind(file);
  if (wrongKind !== undefined) return { problem: wrongKind };
  const missing = required.filter((name) => typeof file[name] !== 'string' || file[name].trim() === '');
  if (missing.length > 0)
    return {
      problem: `Paste the whole key file: ${list(missing)} ${missing.length > 1 ? 'are' : 'is'} missing.`,
    };
  const {
    client_email: clientEmail,
    project_id: projectId,
    private_key_id: privateKeyId,
    private_key: key,
  } = file as Record<(typeof required)[number], string>;
  if (!/^[^\s@]{1,255}@[^\s@]{1,255}\.gserviceaccount\.com$/.test(clientEmail)) {
    return { problem: 'Use the key of a service account: client_email has to end in gserviceaccount.com.' };
  }
  if (projectId.length > factCharactersMax || privateKeyId.length > factCharactersMax)
    return { problem: tooLong };
  const privateKey = readPrivateKey(key);
  if ('problem' in privateKey) return { problem: keyProblems[privateKey.problem] };
  return {
    json: JSON.stringify({ ...file, private_key: privateKey.pem }, null, 2),
    clientEmail,
    projectId,
    privateKeyId,
    privateKey: privateKey.pem,
    foreignTokenUri: foreignTokenUri(file.token_uri),
  };
}

const required = ['project_id', 'private_key_id', 'private_key', 'client_email'] as const;

/** Facts are shown in tables; Google's own are 30 and 40 characters long. */
const factCharactersMax = 255;
const tooLong =
  'Download the key file again: project_id and private_key_id are longer than Google makes them.';

const keyProblems: Readonly<Record<KeyProblem, string>> = {
  no_pem: 'Paste the whole key file: private_key does not begin with -----BEGIN PRIVATE KEY-----.',
  other_kind: 'Download the key file again as JSON: private_key holds a key of another format.',
  truncated: 'Paste the whole key file again: private_key is cut short.',
  garbled: 'Paste the key file again: private_key has been altered on the way.',
};

function foreignTokenUri(uri: unknown): string | undefined {
  if (isGoogleTokenUri(uri)) return undefined;
  return typeof uri === 'string' ? uri : 'no address';
}

/**
 * Undoes what was put around the whole: a name as in a dotenv file, a fence as in a chat, quotes, base64. Each step is certain,
 * because JSON of a key file begins with a brace.
 */
function unwrap(text: string, wrapsLeft = wrapsMax): string {
  const inner = text.replace(/^\ufeff/, '').trim();
  if (inner.startsWith('{') || wrapsLeft === 0) return inner;
  const named = /^(?:export\s+)?SERVICE_ACCOUNT_JSON\s*=\s*([\s\S]+)$/.exec(inner)?.[1];
  const fenced = /^```(?:json)?\s([\s\S]+)```$/i.exec(inner)?.[1];
  const quoted = /^(['"`])([\s\S]+)\1$/.exec(inner)?.[2];
  const within = named ?? fenced ?? parseString(inner) ?? quoted ?? fromBase64Text(inner);
  return within === undefined ? inner : unwrap(within, wrapsLeft - 1);
}

/** A name, quotes, base64, and again; text that is made of quotes would otherwise take time by the square of its length. */
const wrapsMax = 6;

/** The text in base64 or base64url, white space allowed, if that is a key file. */
function fromBase64Text(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/=_\s-]{40,}$/.test(text)) return undefined;
  const bytes = fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
  const decoded = bytes && new TextDecoder().decode(bytes).trim();
  return decoded?.startsWith('{') ? decoded : undefined;
}

/** A JSON string's inside that lost its quotes: `{\"type\":…}`. */
function unescapeQuotes(text: string): string {
  if (!/^\{\s*\\"/.test(text)) return text;
  return parseString(`"${text.replace(/\r\n|\r|\n/g, '\\n')}"`) ?? text;
}

function parseString(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** JSON has no raw line ends in strings, so one there was an escape that something on the way undid. */
function escapeLineEnds(text: string): string {
  return text.replace(/"(?:[^"\\]|\\[\s\S])*"/g, (string) => string.replace(/\r\n|\r|\n/g, '\\n'));
}

function problemOfText(text: string): string | undefined {
  if (text.startsWith('-----BEGIN')) return 'Paste the whole key file, not the private key alone.';
  if (!text.includes('{') && /\.json$/i.test(text)) return 'Paste what is in the file, not its name.';
  if (/^ya29\./.test(text))
    return 'This is an access token, which ends within the hour. Use the key file of a service account.';
  if (!text.startsWith('{')) return 'Paste the key file of a service account: JSON that begins with {.';
  return undefined;
}

function problemOfJson(text: string): string {
  if (/[\u201c\u201d]/.test(text))
    return 'Paste it from the file itself: a word processor has changed its quotation marks.';
  if (!text.endsWith('}')) return 'Paste the whole key file: the end is missing.';
  return 'Paste the key file again as it was downloaded: this is not JSON any more.';
}

function problemOfKind(file: Readonly<Record<string, unknown>>): string | undefined {
  if ('installed' in file || 'web' in file) {
    return 'This is an OAuth client, not a service account key. Create a key under the service account and use that file.';
  }
  if (file.type === 'service_account') return undefined;
  return kinds.get(file.type) ?? 'Use the key file of a service account: its type says service_account.';
}

const kinds: ReadonlyMap<unknown, string> = new Map([
  [
    'authorized_user',
    'This is your own sign-in from gcloud, not a service account key. Create a key under a service account and use that file.',
  ],
  [
    'external_account',
    'This is a workload identity configuration, which holds no key. Create a key under a service account and use that file.',
  ],
  [
    'impersonated_service_account',
    'This names an account to impersonate, but holds no key of it. Create a key under the service account and use that file.',
  ],
]);

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
