import type { RegistryClient } from '#lib/oci/client.ts';
import { parseReference } from '#lib/oci/reference.ts';
import type { StandIn } from '#lib/pull/stand-in.ts';
import { signInFor } from '#lib/registries/sign-in.ts';
import { formatDuration } from '../format.ts';
import type { StageLog } from '../log/stage-log.ts';
import type { RunBuildOptions } from './build-options.ts';
import { signedInTo } from './findings.ts';
import { unlessDown } from './serve-stored.ts';
import type { Stages } from './stages.ts';

/** The way to the registry, and what is used instead of it while it is down. */
export interface Access {
  readonly client: RegistryClient;
  readonly standIn?: StandIn;
}

/** Opens the way to the registry with what the secret is worth there, and proves that it lets in. */
export async function authenticate(options: RunBuildOptions, stages: Stages, log: StageLog): Promise<Access> {
  const { secret, secretWhy, clouds, onMinted, signal, emit } = options;
  const reference = parseReference(options.reference);
  const { registry, repository } = reference;
  emit({ kind: 'facts', facts: { registryHost: registry, repository } });
  log.say('auth', secret === null ? 'no secret' : `secret ${secret.name} v${secret.version}`);
  if (secretWhy !== null) log.say('auth', secretWhy);
  const { onRetry, onStep } = stages;
  const { credentials, explain, warning } = signInFor({ reference, secret, clouds, onMinted, onStep });
  log.say('auth', explain);
  if (warning !== undefined) log.warn('auth', warning);
  const client = options.connect({ registry, credentials, onRetry });
  const startedAt = performance.now();
  const asked = await unlessDown(options, log, () => client.authenticate({ repository, signal }));
  if ('standIn' in asked) {
    stages.checks.stoodIn(asked.failure);
    return { client, standIn: asked.standIn };
  }
  const tookMs = performance.now() - startedAt;
  const how = {
    none: 'no sign-in needed',
    basic: 'signed in',
    token: `a token for ${repository}, kept in memory`,
  };
  log.say('ok', `${registry} answered: ${how[asked.result]}, ${formatDuration(tookMs)}`);
  const way = asked.result;
  stages.checks.found(log, signedInTo({ reference, client, way, secret, steps: stages.signInSteps, tookMs }));
  return { client };
}
