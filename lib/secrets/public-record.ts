import { bindingOf } from '#lib/registries/binding.ts';
import { factLabels, secretFields } from './fields.ts';
import type { SecretType } from './schema.ts';

/** What stands in the open beside a sealed version. */
export interface PublicRecord {
  readonly type: SecretType;
  readonly host: string | null;
  readonly keys: readonly string[];
  readonly facts: Readonly<Record<string, string>>;
}

/**
 * Why an open record cannot be that of a secret of its type, or undefined when it can. Seen from outside only: whether it
 * agrees with what was sealed, the worker finds out.
 */
export function disagreementOf({ type, host, keys, facts }: PublicRecord): string | undefined {
  if (new Set(keys).size !== keys.length) return 'A key is named twice.';
  if (type !== 'custom') {
    const fields = secretFields[type];
    if (keys.some((key) => !fields.some((field) => field.key === key)))
      return 'A key does not belong to this type.';
    const missing = fields.find(({ key, isOptional }) => !isOptional && !keys.includes(key));
    if (missing) return `${missing.key} is missing.`;
  }
  // An allowlist, so that no client can park a sensitive value where it would be shown.
  if (Object.keys(facts).some((key) => !Object.hasOwn(factLabels[type], key)))
    return 'A fact does not belong to this type.';
  if (host !== bindingOf({ type, host: facts.REGISTRY_HOST }).host)
    return 'The host is not the one of this type.';
  return undefined;
}

/** Whether two open records say the same. The order of facts means nothing. */
export function isSameRecord(one: PublicRecord, other: PublicRecord): boolean {
  return canonical(one) === canonical(other);
}

function canonical({ type, host, keys, facts }: PublicRecord): string {
  return JSON.stringify([type, host, keys, Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
