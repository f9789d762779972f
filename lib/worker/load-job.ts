import type { Claim } from '#lib/builds/queue.ts';
import { leaseMs } from '#lib/builds/queue.ts';
import { prisma } from '#lib/db/client.ts';
import type { Registries } from '#lib/egress/registries-config.ts';
import { secretTypeSchema } from '#lib/secrets/schema.ts';
import { validateSecret } from '#lib/secrets/validate-secret.ts';
import type { Keyring } from '#lib/vault/keyring.ts';
import { openSecret } from '#lib/vault/open.ts';
import { SecretUnusableError } from './errors.ts';
import type { Job } from './messages.ts';

/** What a worker brings along for its builds. */
export interface Equipment {
  readonly keyring: Keyring;
  readonly registries: Registries;
  readonly storeFolder: string;
}

/**
 * What the process of a build is told, with its secret opened. That the secret was used is noted before it is opened.
 *
 * @throws SecretUnusableError when the version is gone or holds other values than its type needs.
 * @throws UnknownSealingKeyError, SealBrokenError as `openSecret` does.
 */
export async function loadJob(claim: Claim, equipment: Equipment): Promise<Job> {
  const { number, reference, platform, attempt } = claim;
  return {
    number,
    reference,
    platform,
    attempt,
    storeFolder: equipment.storeFolder,
    registries: equipment.registries,
    secret: await openOf(claim, equipment.keyring),
    silenceMaxMs: leaseMs,
  };
}

async function openOf(claim: Claim, keyring: Keyring): Promise<Job['secret']> {
  const { workspaceId, secretId, secretVersionId } = claim;
  if (secretId === null || secretVersionId === null) return null;
  const name = claim.secretName ?? '';
  const [stored] = await prisma().$queryRaw<{ keyId: string; sealed: Uint8Array }[]>`
    UPDATE secret SET last_used_at = now(), last_used_build = ${claim.number}::int
    FROM secret_version AS version
    WHERE secret.id = ${secretId}::uuid AND secret.workspace_id = ${workspaceId}::uuid
      AND version.id = ${secretVersionId}::uuid AND version.secret_id = secret.id
    RETURNING version.key_id AS "keyId", version.sealed`;
  if (stored === undefined) {
    throw new SecretUnusableError({
      secretName: name,
      why: 'The version that this build chose was deleted.',
    });
  }
  const { type, host, values } = await openSecret({
    keyring,
    binding: { workspaceId, secretId, versionId: secretVersionId },
    keyId: stored.keyId,
    sealed: stored.sealed,
  });
  const known = secretTypeSchema.safeParse(type);
  if (!known.success) throw unusable(name);
  const checked = validateSecret({ type: known.data, values });
  if (Object.keys(checked.problems).length > 0 || checked.host !== host) throw unusable(name);
  return { name, version: claim.secretVersion ?? 0, type: known.data, host, values: { ...checked.values } };
}

function unusable(secretName: string): SecretUnusableError {
  return new SecretUnusableError({
    secretName,
    why: 'What was sealed is not what a secret of its type holds.',
  });
}
