import { earlierBuild } from '#lib/builds/data.ts';
import type { Claim } from '#lib/builds/queue.ts';
import { type StepSecret, storedStepsSchema } from '#lib/builds/stored-steps.ts';
import type { FoundEngine } from '#lib/engines/engine.ts';
import type { StepNetwork } from '#lib/engines/types.ts';
import { getStoredVersion } from '#lib/secrets/data.ts';
import { markSecretUsed } from '#lib/secrets/mutations.ts';
import { openVersion } from '#lib/secrets/open-version.ts';
import type { Opener } from '#lib/secrets/types.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { scopeOf } from './scope-of.ts';
import type { StepsJob } from './steps-job.ts';

/** What a worker brings along to run steps. */
export interface StepEquipment {
  readonly engine: FoundEngine | null;
  /** What is missing where there is no engine. */
  readonly lack: { readonly why: string; readonly next: string } | null;
  readonly folder: string;
  /** Removes what builds that were killed left there. Only while none runs. */
  readonly tidy: () => Promise<void>;
  readonly network: StepNetwork;
  readonly timeoutMs: number;
  readonly memoryBytes: number | undefined;
  /** Where Python is taken from. */
  readonly pythonImage: string;
}

/**
 * What the process of a build is told about its steps, with their secrets opened; null for a plain pull.
 *
 * @throws NotFoundError when a secret is gone; SecretRefusedError and what `open` throws, as for the base's secret
 */
export async function loadSteps(
  claim: Claim,
  options: { readonly open: Opener; readonly engine: StepEquipment },
): Promise<StepsJob | null> {
  if (claim.steps === null) return null;
  const { steps, secrets } = storedStepsSchema.parse(claim.steps);
  const { engine, open } = options;
  const { workspaceId, requesterName, number, imageId, reference } = claim;
  const scope = scopeOf(claim);
  const earlier = await earlierBuild({ scope, number, imageId, reference });
  return {
    steps,
    policy: claim.cachePolicy,
    workspaceId,
    requester: requesterName,
    secrets: await Promise.all(secrets.map((secret) => openSecret(secret, { scope, number, open }))),
    earlier: earlier && { ...earlier, steps: [...earlier.steps], secretIds: [...earlier.secretIds] },
    pythonImage: engine.pythonImage,
    engine: engine.engine,
    lack: engine.lack,
    engineFolder: engine.folder,
    network: engine.network,
    limits: {
      timeoutMs: engine.timeoutMs,
      outputBytesMax,
      ...(engine.memoryBytes === undefined ? {} : { memoryBytes: engine.memoryBytes }),
    },
  };
}

/** Every line goes into the database: a hundred megabytes are a million lines. */
const outputBytesMax = 100_000_000;

async function openSecret(
  { name, id, versionId }: StepSecret,
  options: { readonly scope: Scope; readonly number: number; readonly open: Opener },
): Promise<StepsJob['secrets'][number]> {
  const { scope, number, open } = options;
  const stored = await getStoredVersion({ scope, versionId });
  await markSecretUsed({ scope, id, buildNumber: number });
  const { secret } = await openVersion({ stored, open });
  return { name, id, values: { ...secret.values } };
}
