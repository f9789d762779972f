import { clip } from '#lib/errors/clip.ts';
import { SecretRefusedError } from './errors.ts';
import { isSameRecord } from './public-record.ts';
import { secretTypeSchema } from './schema.ts';
import type { OpenedSecret, Opener, StoredVersion } from './types.ts';
import { validateSecret } from './validate-secret.ts';

/**
 * Opens a version and trusts nothing that was said about it: type, host, keys and facts in the open have to be those of the
 * values inside, and the values those of the type. Whoever posted it might have shown one host and sealed another.
 *
 * @throws SecretRefusedError, and what `open` throws.
 */
export async function openVersion(options: {
  readonly stored: StoredVersion;
  readonly open: Opener;
}): Promise<{ readonly secret: OpenedSecret; readonly warnings: readonly string[] }> {
  const { stored, open } = options;
  const { binding, keyId, sealed } = stored;
  const payload = await open({ binding, keyId, sealed });
  const { data: type } = secretTypeSchema.safeParse(payload.type);
  if (type === undefined || type !== stored.type) throw new SecretRefusedError([disagrees]);
  const { values, host, facts, problems, warnings } = validateSecret({ type, values: payload.values });
  const found = Object.entries(problems);
  if (found.length > 0)
    throw new SecretRefusedError(
      found.map(([key, text]) => storable(key === '' ? text : `${clip(key, 64)}: ${text}`)),
    );
  const isSealedSo = payload.host === host;
  if (!isSealedSo || !isSameRecord(stored, { type, host, keys: Object.keys(values), facts })) {
    throw new SecretRefusedError([disagrees]);
  }
  return { secret: { type, host, values }, warnings: Object.values(warnings).map(storable) };
}

const disagrees = 'What is sealed is not what was shown when it was saved. Replace the values.';

/**
 * Without what no database takes. Keys come out of the seal, where anything can be: a report that cannot be written would
 * hold up those of all versions behind it.
 */
function storable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\ufffd').toWellFormed();
}
