import { formatCount, formatDuration } from '#lib/builds/format.ts';
import { kindOfHost, registryKindNames } from '#lib/registries/host-kind.ts';
import type { PullAllowance } from '#lib/secrets/types.ts';

/** Where one credential stands, with the words for it. */
export interface PullsLeftFacts extends PullAllowance {
  /** Null for asking without a secret. */
  readonly secretName: string | null;
  /** What people call the registry. */
  readonly registryName: string;
}

/**
 * What is still known of the pulls left, the scarcest first. What a registry said longer ago than it counts for says nothing
 * of now, and is left out.
 */
export function currentPulls(options: {
  readonly allowances: readonly PullAllowance[];
  readonly secrets: readonly { readonly id: string; readonly name: string }[];
  readonly now: Date;
}): readonly PullsLeftFacts[] {
  const { allowances, secrets, now } = options;
  const names = new Map(secrets.map(({ id, name }) => [id, name]));
  return allowances
    .filter((one) => one.limit > 0 && now.getTime() - Date.parse(one.seenAt) < windowOf(one) * 1000)
    .filter(({ secretId }) => secretId === null || names.has(secretId))
    .map((one) => ({
      ...one,
      secretName: one.secretId === null ? null : (names.get(one.secretId) ?? null),
      registryName: nameOfRegistry(one.registry),
    }))
    .sort((one, other) => shareOf(one) - shareOf(other));
}

/** The share that is left, 0 to 1. */
export function shareOf({ limit, remaining }: Pick<PullAllowance, 'limit' | 'remaining'>): number {
  return Math.min(1, Math.max(0, remaining / limit));
}

/** Under a tenth: a few builds more, and the registry refuses. */
export function isRunningLow(pulls: Pick<PullAllowance, 'limit' | 'remaining'>): boolean {
  return shareOf(pulls) < 0.1;
}

/** "63 of 100" */
export function countText({ limit, remaining }: Pick<PullAllowance, 'limit' | 'remaining'>): string {
  return `${formatCount(remaining)} of ${formatCount(limit)}`;
}

/** "63 of 100 Docker Hub pulls left" */
export function pullsLabel(pulls: Pick<PullsLeftFacts, 'limit' | 'remaining' | 'registryName'>): string {
  return `${countText(pulls)} ${pulls.registryName} pulls left`;
}

/** "6h"; undefined where the registry names no window. */
export function windowText({ windowSeconds }: Pick<PullAllowance, 'windowSeconds'>): string | undefined {
  if (windowSeconds === null) return undefined;
  return formatDuration(windowSeconds * 1000).replace(/ 00[ms]$/, '');
}

function nameOfRegistry(host: string): string {
  const kind = kindOfHost(host);
  return kind === 'registry' ? host : registryKindNames[kind];
}

/** Docker Hub's own window, where a registry counts and does not say over how long. */
const windowSecondsDefault = 6 * 3600;

function windowOf({ windowSeconds }: PullAllowance): number {
  return windowSeconds ?? windowSecondsDefault;
}
