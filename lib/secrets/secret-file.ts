import { InputError } from '#lib/errors/input.ts';
import { parseDotenv } from './dotenv.ts';
import { secretFields } from './fields.ts';
import type { SecretType } from './schema.ts';
import type { SecretDraft } from './validate-secret.ts';

/**
 * Reads a secret for the command line from a file in JSON or dotenv with the key names of `secretFields`. The type follows
 * from the keys; a Google key file is taken as it is. Nothing is validated beyond that.
 *
 * @throws InputError, never with a value in it, when the text is neither or its keys are of no type or of several.
 */
export function fromSecretFile(text: string): SecretDraft {
  const isJson = /^\ufeff?\s*\{/.test(text);
  const values = isJson ? parseJson(text) : parseDotenv(text);
  if (values === undefined) return { type: 'gcp', values: { SERVICE_ACCOUNT_JSON: text } };
  return { type: typeOf(Object.keys(values)), values };
}

/** The members of a JSON object of texts, or undefined when it is a Google key file itself. */
function parseJson(text: string): Record<string, string> | undefined {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, '')) as Record<string, unknown>;
  } catch {
    throw notReadable('It begins like JSON but is none.');
  }
  if ('private_key' in json || 'installed' in json || 'web' in json) return undefined;
  const entries = Object.entries(json).map(([key, value]): [string, string] => {
    if (typeof value === 'string') return [key, value];
    // The key file put into the secret file unquoted is certain enough.
    if (key === 'SERVICE_ACCOUNT_JSON' && typeof value === 'object') return [key, JSON.stringify(value)];
    throw notReadable('Each of its members has to be a text.');
  });
  return Object.fromEntries(entries);
}

/** Types by the key that only they have; `docker_hub` is what is left of `registry` without a host. */
const tellingKeys: readonly (readonly [string, SecretType])[] = [
  ['AWS_ACCESS_KEY_ID', 'aws'],
  ['AWS_SECRET_ACCESS_KEY', 'aws'],
  ['AWS_ROLE_ARN', 'aws'],
  ['SERVICE_ACCOUNT_JSON', 'gcp'],
];

function typeOf(keys: readonly string[]): SecretType {
  const found = new Set(tellingKeys.filter(([key]) => keys.includes(key)).map(([, type]) => type));
  if (keys.includes('REGISTRY_HOST')) found.add('registry');
  else if (keys.includes('REGISTRY_PASSWORD') || keys.includes('REGISTRY_USERNAME')) found.add('docker_hub');
  const [type, other] = [...found];
  if (type === undefined) throw notReadable(`It has none of the keys of a registry secret: ${known()}.`);
  if (other !== undefined) throw notReadable('It has the keys of several registries; a pull uses one.');
  return type;
}

function known(): string {
  const keys = Object.values(secretFields).flatMap((fields) =>
    fields.filter(({ isOptional }) => !isOptional),
  );
  return [...new Set(keys.map(({ key }) => key))].join(', ');
}

function notReadable(why: string): InputError {
  return new InputError({
    what: 'The secret file cannot be used',
    why,
    next: 'Give REGISTRY_USERNAME and REGISTRY_PASSWORD (with REGISTRY_HOST unless it is Docker Hub) as KEY=value lines or as JSON.',
  });
}
