import { secretFields } from './fields.ts';
import { readServiceAccount } from './service-account.ts';
import type { SecretDraft } from './validate-secret.ts';

/**
 * What must never be read in a log: the values of sensitive keys. Of a Google key file that is the private key; the rest
 * of the file is public, and its lines are too common to be hidden.
 */
export function sensitiveValues({ type, values }: SecretDraft): readonly string[] {
  if (type === 'custom') return Object.values(values);
  const sensitive = secretFields[type]
    .filter(({ isSensitive }) => isSensitive)
    .map(({ key }) => values[key] ?? '');
  if (type !== 'gcp') return sensitive.filter((value) => value !== '');
  return sensitive.flatMap((json) => {
    const account = readServiceAccount(json);
    return 'problem' in account ? [json] : [account.privateKey];
  });
}
