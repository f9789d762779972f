import { formatCount, formatDuration } from '#lib/builds/format.ts';
import { reportError } from '#lib/errors/report.ts';
import { RateLimitedError } from '#lib/oci/rate-limited-error.ts';
import type { RateLimit } from '#lib/oci/types.ts';
import { kindOfHost } from '#lib/registries/host-kind.ts';
import { FewPullsLeftError } from './check-errors.ts';
import type { Finding } from './checklist.ts';
import type { Allowance } from './schema.ts';

/** How many pulls are left, where the registry counts them. `isStored`: the pull will cost none. */
export function checkPullsLeft(options: {
  readonly registry: string;
  readonly rateLimit: RateLimit | undefined;
  readonly hadCredentials: boolean;
  readonly isStored: boolean;
}): Finding {
  const { registry, rateLimit, hadCredentials, isStored } = options;
  const value = undefined;
  if (rateLimit === undefined) return { state: 'passed', detail: noLimitText(registry), value };
  const { limit, remaining, windowSeconds } = rateLimit;
  const window = windowSeconds === undefined ? '' : `, counted over ${formatDuration(windowSeconds * 1000)}`;
  const detail = `${formatCount(remaining)} of ${formatCount(limit)} pulls left${window}`;
  if (remaining > limit * lowShare) return { state: 'passed', detail, value };
  if (remaining === 0 && !isStored) {
    throw new RateLimitedError({ place: { registry }, hadCredentials, rateLimit, nowMs: Date.now() });
  }
  const problem = new FewPullsLeftError({
    left: detail,
    registry: nameOf(registry),
    isAnonymous: !hadCredentials,
  });
  return { state: 'warned', detail, problem: reportError(problem), value };
}

export function allowanceOf(rateLimit: RateLimit | undefined): Allowance | undefined {
  if (rateLimit === undefined) return undefined;
  const { limit, remaining, windowSeconds } = rateLimit;
  return { limit, remaining, ...(windowSeconds === undefined ? {} : { windowSeconds }) };
}

/** From here on one build more may be the last. */
const lowShare = 0.1;

function noLimitText(registry: string): string {
  const isKnown = kindOfHost(registry) === 'aws' || kindOfHost(registry) === 'gcp';
  return isKnown ? `No pull limit on ${nameOf(registry)}` : `${nameOf(registry)} names no pull limit`;
}

function nameOf(registry: string): string {
  const names = { docker_hub: 'Docker Hub', aws: 'AWS ECR', gcp: 'Artifact Registry', registry };
  return names[kindOfHost(registry)];
}
