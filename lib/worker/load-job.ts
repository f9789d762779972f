import { type Claim, leaseMs } from '#lib/builds/queue.ts';
import type { Settings } from '#lib/config/settings.ts';
import type { Registries } from '#lib/egress/registries-config.ts';
import { getStoredVersion } from '#lib/secrets/data.ts';
import { markSecretUsed } from '#lib/secrets/mutations.ts';
import { openVersion } from '#lib/secrets/open-version.ts';
import type { Opener } from '#lib/secrets/types.ts';
import { loadSteps, type StepEquipment } from './load-steps.ts';
import type { Job } from './messages.ts';
import { scopeOf } from './scope-of.ts';
import { wayOutOf } from './way-out.ts';

/** What a worker brings along for its builds. */
export interface Equipment {
  /** Opens what its private keys can open. */
  readonly open: Opener;
  readonly registries: Registries;
  readonly awsEndpoints: Settings['awsEndpoints'];
  readonly storeFolder: string;
  readonly engine: StepEquipment;
}

/**
 * What the process of a build is told, with its secret opened. That the secret was used is noted before it is opened.
 *
 * @throws NotFoundError when the version is gone; SecretRefusedError when it does not hold what was said of it.
 * @throws UnknownSealingKeyError, SealBrokenError when it does not open.
 */
export async function loadJob(claim: Claim, equipment: Equipment): Promise<Job> {
  const { number, reference, platform, attempt } = claim;
  return {
    number,
    reference,
    platform,
    attempt,
    storeFolder: equipment.storeFolder,
    ...wayOutOf(equipment),
    secret: await openSecretOf(claim, equipment.open),
    secretWhy: claim.secretWhy,
    steps: await loadSteps(claim, equipment),
    silenceMaxMs: leaseMs,
  };
}

async function openSecretOf(claim: Claim, open: Opener): Promise<Job['secret']> {
  const { secretId, secretVersionId: versionId } = claim;
  if (secretId === null || versionId === null) return null;
  const scope = scopeOf(claim);
  const stored = await getStoredVersion({ scope, versionId });
  await markSecretUsed({ scope, id: secretId, buildNumber: claim.number });
  const { secret } = await openVersion({ stored, open });
  return {
    name: claim.secretName ?? '',
    version: claim.secretVersion ?? 0,
    type: secret.type,
    host: secret.host,
    values: { ...secret.values },
  };
}
