import type { RegistryClient } from '#lib/oci/client.ts';
import { readGoogleKey } from '#lib/registries/google-key.ts';
import type { RegistrySecret } from '#lib/registries/sign-in.ts';
import type { Finding } from './checklist.ts';

/** Whether the registry, and the cloud that mints for it, take the credentials. */
export async function checkSignIn(options: {
  readonly client: RegistryClient;
  /** Whose right to pull is asked for; none where the secret is tried alone. */
  readonly repository: string | undefined;
  readonly secret: RegistrySecret | null;
  /** What the cloud said while minting, in order. */
  readonly steps: readonly string[];
  readonly signal: AbortSignal;
}): Promise<Finding<RegistryClient>> {
  const { client, repository, secret, steps, signal } = options;
  const passed = (detail: string) => ({ state: 'passed' as const, detail, value: client });
  const way = await client.authenticate({ repository, signal });
  if (secret === null)
    return passed(way === 'none' ? 'Nobody has to sign in' : 'Without a secret, as anybody may');
  if (way === 'none') return passed(`Not needed: ${client.registry} asks nobody to sign in`);
  return passed(signedIn(secret, steps));
}

/** "Signed in as AKIA…, token valid for 12h" */
export function signedIn(secret: RegistrySecret, steps: readonly string[]): string {
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
