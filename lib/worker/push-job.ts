import { openResult } from '#lib/builds/results/open-result.ts';
import { parseReference } from '#lib/oci/reference.ts';
import { readBaseOf } from '#lib/push/data.ts';
import { leaseMs } from '#lib/push/queue.ts';
import type { PushClaim } from '#lib/push/types.ts';
import { getStoredVersion } from '#lib/secrets/data.ts';
import { markSecretUsed } from '#lib/secrets/mutations.ts';
import { openVersion } from '#lib/secrets/open-version.ts';
import type { Opener } from '#lib/secrets/types.ts';
import { readMountSources } from '#lib/store/data.ts';
import type { ImageLoan } from '#lib/store/loan.ts';
import type { Scope } from '#lib/teams/scope.ts';
import type { Equipment } from './load-job.ts';
import type { PushJob } from './push-messages.ts';
import { scopeOf } from './scope-of.ts';
import { wayOutOf } from './way-out.ts';

/** What a push takes. The image stays in the store until the loan is ended. */
export interface LoadedPush {
  readonly job: PushJob;
  readonly loan: ImageLoan;
}

/**
 * What the process of a push is told, with its secrets opened. Whether the image may be taken out is asked anew: between the request
 * and now somebody may have lost the right to its base.
 *
 * @throws NotFoundError, NoResultError, ResultGoneError, ResultRefusedError when the image is not to be had.
 * @throws NotFoundError when a secret is gone; SecretRefusedError and what `open` throws.
 */
export async function loadPush(claim: PushClaim, equipment: Equipment): Promise<LoadedPush> {
  const scope = scopeOf(claim);
  const { manifest, loan } = await openResult({ scope, address: { number: claim.buildNumber } });
  try {
    const { registry } = parseReference(claim.reference);
    const digests = loan.blobs.map(({ digest }) => digest);
    const job: PushJob = {
      ...wayOutOf(equipment),
      reference: claim.reference,
      storeFolder: equipment.storeFolder,
      secret: await openSecretOf(claim, { scope, open: equipment.open }),
      manifest,
      mountFrom: [...(await readMountSources({ scope, registry, digests }))],
      base: claim.trigger === 'build' ? null : await loadBase(claim, { scope, open: equipment.open }),
      silenceMaxMs: leaseMs,
    };
    return { job, loan };
  } catch (error) {
    await loan.end();
    throw error;
  }
}

interface Opening {
  readonly scope: Scope;
  readonly open: Opener;
}

async function openSecretOf(claim: PushClaim, opening: Opening): Promise<PushJob['secret']> {
  const { secretId, secretVersionId, buildNumber } = claim;
  if (secretId === null || secretVersionId === null) return null;
  await markSecretUsed({ scope: opening.scope, id: secretId, buildNumber });
  return openedVersion(secretVersionId, opening);
}

async function loadBase(claim: PushClaim, opening: Opening): Promise<PushJob['base']> {
  const { reference, digest, versionId } = await readBaseOf({
    scope: opening.scope,
    number: claim.buildNumber,
  });
  return { reference, digest, secret: versionId === null ? null : await openedVersion(versionId, opening) };
}

async function openedVersion(versionId: string, { scope, open }: Opening): Promise<PushJob['secret']> {
  const stored = await getStoredVersion({ scope, versionId });
  const { secret } = await openVersion({ stored, open });
  return { type: secret.type, host: secret.host, values: { ...secret.values } };
}
