import { reportError } from '#lib/errors/report.ts';
import type { RegistryClient } from '#lib/oci/client.ts';
import type { SignInWay } from '#lib/oci/session.ts';
import { readGoogleKey } from '#lib/registries/google-key.ts';
import type { RegistrySecret } from '#lib/registries/sign-in.ts';
import { SecretMisfitError } from './check-errors.ts';
import type { Finding } from './checklist.ts';

/** Whether the registry, and the cloud that mints for it, take the credentials. */
export async function checkSignIn(options: {
  readonly client: RegistryClient;
  /** Whose right to pull is asked for; none where the secret is tried alone. */
  readonly repository: string | undefined;
  readonly secret: RegistrySecret | null;
  /** What the cloud said while minting, in order. */
  readonly steps: readonly string[];
  /** What about the secret does not fit and stands in no way. */
  readonly warning: string | undefined;
  readonly signal: AbortSignal;
}): Promise<Finding<RegistryClient>> {
  const { client, repository, secret, steps, warning, signal } = options;
  const way = await client.authenticate({ repository, signal });
  const detail = describeSignIn({ way, registry: client.registry, secret, steps });
  if (warning === undefined) return { state: 'passed', detail, value: client };
  return { state: 'warned', detail, problem: reportError(new SecretMisfitError(warning)), value: client };
}

/** How a registry had somebody sign in, in one line. */
export function describeSignIn(signedIn: {
  readonly way: SignInWay;
  readonly registry: string;
  readonly secret: RegistrySecret | null;
  readonly steps: readonly string[];
}): string {
  const { way, registry, secret, steps } = signedIn;
  if (way === 'none') {
    return secret === null ? 'Nobody has to sign in' : `Not needed: ${registry} asks nobody to sign in`;
  }
  return secret === null ? 'Without a secret, as anybody may' : describeIdentity(secret, steps);
}

/** `Signed in as AKIA…, token valid for 12h` */
export function describeIdentity(secret: RegistrySecret, steps: readonly string[]): string {
  const life = steps.map((step) => /\bvalid for (\d[^,.;]*)$/.exec(step)?.[1]).findLast(Boolean);
  return `Signed in as ${whoOf(secret)}${life === undefined ? '' : `, token valid for ${life}`}`;
}

/** A name that may be shown: values of other fields are sensitive. */
function whoOf({ type, values }: RegistrySecret): string {
  if (type === 'gcp') return readGoogleKey(values).clientEmail;
  if (type !== 'aws') return values.REGISTRY_USERNAME ?? 'somebody';
  const role = /:role\/(?:.*\/)?([^/]+)$/.exec(values.AWS_ROLE_ARN ?? '')?.[1];
  return role === undefined ? (values.AWS_ACCESS_KEY_ID ?? 'somebody') : `role ${role}`;
}
