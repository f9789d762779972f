import type { RegistrySecret } from './binding.ts';
import { readGoogleKey } from './google-key.ts';

/** The public name that a secret signs in by; undefined without one. */
export function accountOf(secret: RegistrySecret | null): string | undefined {
  if (secret === null) return undefined;
  const { type, values } = secret;
  return type === 'gcp' ? readGoogleKey(values).clientEmail : values.REGISTRY_USERNAME;
}
