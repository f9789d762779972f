import type { CredentialSource, Credentials } from '#lib/oci/types.ts';
import { artifactRegistrySource } from './artifact-registry-token.ts';
import { isBoundTo, type RegistrySecret } from './binding.ts';
import type { MintOptions } from './clouds.ts';
import { type EcrHost, parseEcrHost } from './ecr.ts';
import { ecrSource } from './ecr-token.ts';
import { CustomSecretError, SecretHostMismatchError } from './errors.ts';
import { readGoogleKey } from './google-key.ts';

export type { RegistrySecret } from './binding.ts';
export type { Clouds } from './clouds.ts';

/** How a pull signs in. `explain` says it in one line for the log, without any sensitive value. */
export interface SignIn {
  /** Absent: as anybody may. A source mints tokens that live in this process alone. */
  readonly credentials?: Credentials | CredentialSource;
  readonly explain: string;
  /** What about the secret does not fit this registry and stands in no way, in one sentence. */
  readonly warning?: string;
}

/**
 * What to offer the registry of a reference: nothing without a secret, and a secret's values only where it is bound to.
 * Everything that sends credentials asks here. Nothing is sent yet: a source mints when the registry asks for it.
 *
 * @throws CustomSecretError for a secret that is for build steps.
 * @throws SecretHostMismatchError when the secret is bound to another host.
 */
export function signInFor(
  options: Omit<MintOptions, 'values'> & {
    /** Without a repository, advice names none. */
    readonly reference: { readonly registry: string; readonly repository?: string | undefined };
    readonly secret: RegistrySecret | null;
  },
): SignIn {
  const { reference, secret } = options;
  const { registry } = reference;
  if (secret === null) return { explain: `Asking ${registry} without a secret` };
  if (secret.type === 'custom') throw new CustomSecretError();
  if (!isBoundTo({ binding: secret, registryHost: registry })) {
    throw new SecretHostMismatchError({ boundHost: secret.host, registry });
  }
  return ways[secret.type]({ ...options, values: secret.values });
}

type Way = MintOptions & {
  readonly reference: { readonly registry: string; readonly repository?: string | undefined };
};

const ways: Readonly<Record<Exclude<RegistrySecret['type'], 'custom'>, (options: Way) => SignIn>> = {
  docker_hub: withPassword,
  registry: withPassword,
  aws: withAwsKey,
  gcp: withServiceAccount,
};

function withPassword({ reference, values }: Way): SignIn {
  const { REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password } = values;
  // Whoever opened the secret has checked its keys; a gap here must not become an anonymous request.
  if (username === undefined || password === undefined)
    throw new Error('A secret came here without its keys');
  return {
    credentials: { username, password },
    explain: `Signing in to ${reference.registry} as ${username}`,
  };
}

function withAwsKey(options: Way): SignIn {
  const { reference, values } = options;
  const host = parseEcrHost(reference.registry);
  if (host === undefined) throw new Error('A secret for ECR came here for another host');
  const { AWS_ACCESS_KEY_ID: key, AWS_ROLE_ARN: role, AWS_REGION: region } = values;
  const asRole = role === undefined ? '' : ` through the role ${role.split('/').at(-1)}`;
  return {
    credentials: ecrSource({ ...options, host, repository: reference.repository }),
    explain: `Signing in to ECR in ${host.region} with the key ${key}${asRole}`,
    ...(region !== undefined && region !== host.region && { warning: regionText(region, host) }),
  };
}

function regionText(region: string, host: EcrHost): string {
  return `AWS_REGION of the secret is ${region}; the image’s host says ${host.region}, and that counts.`;
}

function withServiceAccount(options: Way): SignIn {
  return {
    credentials: artifactRegistrySource(options),
    explain: `Signing in to ${options.reference.registry} as ${readGoogleKey(options.values).clientEmail}`,
  };
}
