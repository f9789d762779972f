import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError } from '#lib/errors/cancelled.ts';
import { createAnswerFacts } from './answer-facts.ts';
import { isDigest } from './digest.ts';
import type { Surroundings } from './exchange.ts';
import { InvalidReferenceError } from './input-errors.ts';
import { defaultLimits, type Limits } from './limits.ts';
import type { ManifestRequest } from './manifests.ts';
import { isRepository, isTag } from './reference.ts';
import type { RetryNotice } from './retry.ts';
import { type RegistrySource, registrySource } from './source.ts';
import { basicAuthorization } from './token.ts';
import type { CredentialSource, Credentials, Fetch } from './types.ts';

/** What a client of either side is made of. */
export interface RegistryOptions {
  readonly registry: string;
  /** Where that registry is reached. Docker Hub is reached at https://registry-1.docker.io. */
  readonly endpoint: URL;
  readonly fetch: Fetch;
  /** A source is asked anew for each request that is signed with a password; what it mints goes to `mintedTokens`. */
  readonly credentials?: Credentials | CredentialSource | undefined;
  /** Whether a plain http endpoint and realm are taken; so by default if the endpoint is one. https never becomes http. */
  readonly allowPlainHttp?: boolean;
  readonly userAgent?: string;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** From 0 up to 1. */
  readonly random?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly limits?: Partial<Limits>;
  /** What tokens are asked for; `pull` if absent. */
  readonly actions?: 'pull' | 'pull,push';
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
}

/** A registry on behalf of one set of credentials: what the clients of both sides stand on. */
export interface OpenRegistry {
  readonly own: RegistrySource;
  readonly around: Surroundings;
  /** Tokens fetched and passwords minted so far, in each form they are sent in, for redaction. */
  readonly mintedTokens: readonly string[];
}

export function openRegistry(options: RegistryOptions): OpenRegistry {
  const { registry, endpoint, credentials, actions, userAgent = userAgentDefault } = options;
  const allowPlainHttp = options.allowPlainHttp ?? endpoint.protocol === 'http:';
  if (endpoint.protocol !== 'https:' && !(endpoint.protocol === 'http:' && allowPlainHttp)) {
    throw new TypeError(`The endpoint of ${registry} is not on https, and plain http is not allowed for it.`);
  }
  const mintedTokens: string[] = [];
  const secrets: string[] = [];
  const around: Surroundings = {
    fetch: options.fetch,
    clock: options.clock ?? Date.now,
    random: options.random ?? Math.random,
    sleep: options.sleep ?? ((ms, signal) => delay(ms, undefined, { signal })),
    limits: { ...defaultLimits, ...options.limits },
    facts: createAnswerFacts(endpoint.origin),
    hadCredentials: credentials !== undefined,
    onRetry: options.onRetry,
    secrets,
  };
  const own = registrySource({
    around,
    registry,
    userAgent,
    session: {
      endpoint,
      allowPlainHttp,
      credentials,
      actions,
      onToken(value) {
        if (!mintedTokens.includes(value)) mintedTokens.push(value);
        if (!secrets.includes(value)) secrets.push(value);
      },
      onCredentials({ username, password }) {
        if (secrets.includes(password)) return;
        secrets.push(password, basicAuthorization({ username, password }).slice('Basic '.length));
      },
    },
  });
  return { own, around, mintedTokens };
}

/** How requests name who sends them. */
export const userAgentDefault = 'slipway';

/** A repository goes into an address: only what the grammar takes may. */
export function checkRepository(repository: string): void {
  if (isRepository(repository)) return;
  throw new InvalidReferenceError({
    why: 'The repository is not written as registries take it.',
    next: 'Write it in lower case, like acme/app.',
  });
}

export function checkManifestRequest({ repository, target }: ManifestRequest): void {
  checkRepository(repository);
  if (isTag(target) || isDigest(target)) return;
  throw new InvalidReferenceError({
    why: 'What follows the repository is neither a tag nor a digest.',
    next: 'Write a tag such as 1.4, or a whole digest.',
  });
}

/** Whatever breaks because the signal fired is a cancel. */
export function asCancelled(signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    throw signal.aborted && !(error instanceof CancelledError) ? new CancelledError(signal.reason) : error;
  };
}
