import { type Binding, isBoundTo } from '#lib/registries/binding.ts';
import { byCloseness, covers, type RepositoryName } from './repository-pattern.ts';
import type { SecretVersionRow } from './types.ts';

/** What is known of a secret without opening it, as far as choosing one needs it. */
export interface MatchableSecret extends Binding {
  readonly name: string;
  /** Patterns; empty when it is for all of its host. */
  readonly repositories: readonly string[];
  /** ISO 8601; null when no build has used it. */
  readonly lastUsedAt: string | null;
  /** Of its newest version. */
  readonly state: SecretVersionRow['state'];
}

/** The secret to use where nobody chooses one; null where none is meant. */
export interface Match<Secret> {
  readonly secret: Secret | null;
  /** In words that follow "Proposed: ", without a full stop. */
  readonly why: string;
}

/**
 * The secret that a reference asks for: among those that may go to its host, the one with the closest pattern, after it one
 * that is for the whole host, of equals the one used last. A secret that is kept for other repositories is not proposed.
 */
export function bestMatch<Secret extends MatchableSecret>(options: {
  readonly reference: RepositoryName;
  readonly secrets: readonly Secret[];
}): Match<Secret> {
  const { reference, secrets } = options;
  const { registry } = reference;
  const bound = secrets.filter(
    (secret) => secret.state !== 'refused' && isBoundTo({ binding: secret, registryHost: registry }),
  );
  if (bound.length === 0) return { secret: null, why: `no secret is for ${registry}` };
  const candidates = bound
    .flatMap((secret): Candidate<Secret>[] => {
      if (secret.repositories.length === 0) return [{ secret, pattern: undefined }];
      const pattern = closestPattern(secret, reference);
      return pattern === undefined ? [] : [{ secret, pattern }];
    })
    .sort(byPreference);
  const [best] = candidates;
  if (best === undefined)
    return { secret: null, why: `the secrets for ${registry} are for other repositories` };
  const equals = candidates.filter((one) => byPattern(one, best) === 0);
  return { secret: best.secret, why: reasonOf({ best, equals, boundCount: bound.length, registry }) };
}

/** The pattern by which a secret means a reference; undefined when none of its patterns does. */
export function closestPattern(
  secret: Pick<MatchableSecret, 'repositories'>,
  reference: RepositoryName,
): string | undefined {
  return secret.repositories.filter((pattern) => covers(pattern, reference)).sort(byCloseness)[0];
}

interface Candidate<Secret> {
  readonly secret: Secret;
  /** Undefined: it is for all of its host. */
  readonly pattern: string | undefined;
}

function byPreference(one: Candidate<MatchableSecret>, other: Candidate<MatchableSecret>): number {
  return byPattern(one, other) || byUse(one.secret, other.secret);
}

function byPattern(one: Candidate<unknown>, other: Candidate<unknown>): number {
  if (one.pattern === undefined || other.pattern === undefined) {
    return Number(one.pattern === undefined) - Number(other.pattern === undefined);
  }
  return byCloseness(one.pattern, other.pattern);
}

function byUse(one: MatchableSecret, other: MatchableSecret): number {
  const [a, b] = [one.lastUsedAt ?? '', other.lastUsedAt ?? ''];
  if (a !== b) return a < b ? 1 : -1;
  return one.name < other.name ? -1 : 1;
}

function reasonOf(options: {
  readonly best: Candidate<MatchableSecret>;
  readonly equals: readonly unknown[];
  readonly boundCount: number;
  readonly registry: string;
}): string {
  const { best, equals, boundCount, registry } = options;
  const { pattern, secret } = best;
  const kin = pattern === undefined ? `for all of ${registry}` : `for ${pattern}`;
  if (equals.length > 1) {
    return secret.lastUsedAt === null
      ? `the first by name of ${equals.length} ${kin}, none of which was used yet`
      : `the last used of ${equals.length} ${kin}`;
  }
  if (pattern !== undefined) return boundCount === 1 ? `it is ${kin}` : `${pattern} is the closest pattern`;
  return boundCount === 1 ? `the only secret for ${registry}` : `the only one ${kin}`;
}
