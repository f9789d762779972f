import type { PreflightClaim } from '#lib/preflight/types.ts';
import { getStoredVersion } from '#lib/secrets/data.ts';
import { openVersion } from '#lib/secrets/open-version.ts';
import type { StoredVersion } from '#lib/secrets/types.ts';
import { mintScope } from '#lib/teams/mint-scope.ts';
import type { Scope } from '#lib/teams/scope.ts';
import type { Equipment } from './load-job.ts';
import type { PreflightJob } from './preflight-messages.ts';
import { wayOutOf } from './way-out.ts';

/**
 * What the process of a check is told, with its secret or draft opened. A check is no use of a secret, so nothing is noted.
 *
 * @throws NotFoundError when the version is gone; SecretRefusedError when it does not hold what was said of it.
 * @throws UnknownSealingKeyError, SealBrokenError when it does not open.
 */
export async function loadPreflight(claim: PreflightClaim, equipment: Equipment): Promise<PreflightJob> {
  return {
    reference: claim.reference,
    platform: claim.platform,
    storeFolder: equipment.storeFolder,
    ...wayOutOf(equipment),
    secret: await openSecretOf(claim, equipment),
  };
}

/** The check's own row says whose it is; whoever asked for it had the right to. */
export function scopeOf({ workspaceId }: Pick<PreflightClaim, 'workspaceId'>): Scope {
  return mintScope({ workspaceId, userId: null, userName: 'A check', role: 'worker' });
}

async function openSecretOf(claim: PreflightClaim, { open }: Equipment): Promise<PreflightJob['secret']> {
  const stored = await storedVersionOf(claim);
  if (stored === null) return null;
  const { secret } = await openVersion({ stored, open });
  return { type: secret.type, host: secret.host, values: { ...secret.values } };
}

async function storedVersionOf(claim: PreflightClaim): Promise<StoredVersion | null> {
  const { draft, versionId } = claim;
  if (draft !== null) return draft;
  return versionId === null ? null : getStoredVersion({ scope: scopeOf(claim), versionId });
}
