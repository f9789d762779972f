import type { Reference } from '#lib/oci/reference.ts';
import type { Credentials } from '#lib/oci/types.ts';
import { type Binding, isBoundTo } from './binding.ts';
import { CustomSecretError, RegistryTypeNotYetError, SecretHostMismatchError } from './errors.ts';

/** A secret as opened, as far as signing in needs it. */
export interface RegistrySecret extends Binding {
  readonly values: Readonly<Record<string, string>>;
}

/** How a pull signs in. `explain` says it in one line for the log, without any sensitive value. */
export interface RegistryAuth {
  readonly credentials?: Credentials;
  readonly explain: string;
}

/**
 * What to offer the registry of a reference: nothing without a secret, and a secret's values only where it is bound to.
 * Everything that sends credentials asks here.
 *
 * @throws CustomSecretError for a secret that is for build steps.
 * @throws SecretHostMismatchError when the secret is bound to another host.
 * @throws RegistryTypeNotYetError for clouds whose token exchange Slipway does not do yet.
 */
export function authFor(options: {
  readonly reference: Pick<Reference, 'registry'>;
  readonly secret: RegistrySecret | null;
}): RegistryAuth {
  const { reference, secret } = options;
  const { registry } = reference;
  if (secret === null) return { explain: `Asking ${registry} without a secret` };
  const { type } = secret;
  if (type === 'custom') throw new CustomSecretError();
  if (!isBoundTo({ binding: secret, registryHost: registry })) {
    throw new SecretHostMismatchError({ boundHost: secret.host, registry });
  }
  if (type === 'aws' || type === 'gcp') throw new RegistryTypeNotYetError(type);
  const { REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password } = secret.values;
  // Whoever opened the secret has checked its keys; a gap here must not become an anonymous request.
  if (username === undefined || password === undefined)
    throw new Error('A secret came here without its keys');
  return { credentials: { username, password }, explain: `Signing in to ${registry} as ${username}` };
}
