import type { CredentialSource } from '#lib/oci/types.ts';
import { RegistryTypeNotYetError } from './errors.ts';
import type { MintOptions } from './sign-in.ts';

/** Access tokens for Google's registries, minted from the service account of a secret. They live in this process alone. */
export function artifactRegistrySource(_options: MintOptions): CredentialSource {
  throw new RegistryTypeNotYetError('gcp');
}
