import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError } from '#lib/errors/cancelled.ts';
import { createAnswerFacts } from './answer-facts.ts';
import {
  hasBlob,
  proveBlob,
  type ReadBlobOptions,
  readBlob,
  type StreamBlobOptions,
  streamBlob,
} from './blobs.ts';
import { type Digest, isDigest } from './digest.ts';
import type { Surroundings } from './exchange.ts';
import { InvalidReferenceError } from './input-errors.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { getManifest, headManifest, type ManifestFacts, type ManifestRequest } from './manifests.ts';
import { isRepository, isTag } from './reference.ts';
import type { RetryNotice } from './retry.ts';
import type { SignInWay } from './session.ts';
import { mirrorSource, registrySource } from './source.ts';
import { type ListTagsOptions, listTags, type TagList } from './tags.ts';
import { basicAuthorization } from './token.ts';
import type { CredentialSource, Credentials, Fetch, Manifest, Mirror, RateLimit } from './types.ts';

/**
 * The pull side of the distribution-spec, for one registry on behalf of one set of credentials.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pull
 * Every method throws a SlipwayError or, when its signal fires, CancelledError.
 */
export interface RegistryClient {
  /** As in references: `host[:port]`. */
  readonly registry: string;
  /** Whether requests to the registry itself are encrypted. */
  readonly isOverTls: boolean;
  /** Signs in now rather than with the first request; without a repository, for none. @throws SignInRefusedError */
  authenticate(options: {
    readonly repository?: string | undefined;
    readonly signal: AbortSignal;
  }): Promise<SignInWay>;
  /** What a tag or digest points to; null where the registry does not say, and `getManifest` tells why. */
  headManifest(request: ManifestRequest): Promise<ManifestFacts | null>;
  /** Bounded and verified. */
  getManifest(request: ManifestRequest): Promise<Manifest>;
  /** Whether the registry itself, never a mirror, serves this blob in this repository to these credentials. */
  hasBlob(options: {
    readonly repository: string;
    readonly digest: Digest;
    readonly signal: AbortSignal;
  }): Promise<boolean>;
  /** Whether the registry itself hands this blob out, by what it answers before a redirect: nothing is fetched. */
  proveBlob(options: {
    readonly repository: string;
    readonly digest: Digest;
    readonly signal: AbortSignal;
  }): Promise<boolean>;
  /** Tags of a repository, up to a bound. @throws RepositoryUnknownError, AccessDeniedError */
  listTags(options: ListTagsOptions): Promise<TagList>;
  /** A small blob in memory: bounded and verified. */
  readBlob(options: ReadBlobOptions): Promise<Uint8Array>;
  /**
   * The bytes from `offset` to the blob's end (or to `endBytes`), exactly; broken bodies go on with a range. Not hashed
   * here. A mirror is asked once for each blob: if the digest turns out wrong, the next call asks the registry.
   */
  streamBlob(options: StreamBlobOptions): AsyncIterable<Uint8Array>;
  /** From the newest answer that said so. */
  readonly rateLimit: RateLimit | undefined;
  /** Texts of Warning headers, each once. */
  readonly warnings: readonly string[];
  /** Tokens fetched and passwords minted so far, in each form they are sent in, for redaction. They live as long as the client. */
  readonly mintedTokens: readonly string[];
}

export interface RegistryClientOptions {
  readonly registry: string;
  /** Where that registry is reached. Docker Hub is reached at https://registry-1.docker.io. */
  readonly endpoint: URL;
  readonly fetch: Fetch;
  /** A source is asked anew for each request that is signed with a password; what it mints goes to `mintedTokens`. */
  readonly credentials?: Credentials | CredentialSource | undefined;
  /** Asked first, without credentials, for content that is addressed by digest. */
  readonly mirrors?: readonly Mirror[];
  /** Whether a plain http endpoint and realm are taken; so by default if the endpoint is one. https never becomes http. */
  readonly allowPlainHttp?: boolean;
  readonly userAgent?: string;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** From 0 up to 1. */
  readonly random?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly limits?: Partial<Limits>;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
}

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { registry, endpoint, credentials, mirrors = [], userAgent = 'slipway' } = options;
  const allowPlainHttp = options.allowPlainHttp ?? endpoint.protocol === 'http:';
  if (endpoint.protocol !== 'https:' && !(endpoint.protocol === 'http:' && allowPlainHttp)) {
    throw new TypeError(`The endpoint of ${registry} is not on https, and plain http is not allowed for it.`);
  }
  const facts = createAnswerFacts(endpoint.origin);
  const mintedTokens: string[] = [];
  const secrets: string[] = [];
  const around: Surroundings = {
    fetch: options.fetch,
    clock: options.clock ?? Date.now,
    random: options.random ?? Math.random,
    sleep: options.sleep ?? ((ms, signal) => delay(ms, undefined, { signal })),
    limits: { ...defaultLimits, ...options.limits },
    facts,
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
  const mirrored = mirrors.map((mirror) => mirrorSource({ around, mirror, userAgent }));
  const triedAtMirrors = new Set<Digest>();

  return {
    registry,
    isOverTls: endpoint.protocol === 'https:',
    async authenticate({ repository, signal }) {
      if (repository !== undefined) checkRepository(repository);
      return own.signIn({ place: own.place(repository), signal }).catch(asCancelled(signal));
    },
    async headManifest(request) {
      checkManifestRequest(request);
      return headManifest(own, request).catch(asCancelled(request.signal));
    },
    async getManifest(request) {
      checkManifestRequest(request);
      if (isDigest(request.target)) {
        for (const mirror of mirrored) {
          const found = await getManifest(mirror, request).catch(() => undefined);
          if (found !== undefined) return found;
          if (request.signal.aborted) throw new CancelledError(request.signal.reason);
        }
      }
      return getManifest(own, request).catch(asCancelled(request.signal));
    },
    async hasBlob(request) {
      checkRepository(request.repository);
      return hasBlob(own, request).catch(asCancelled(request.signal));
    },
    async proveBlob(request) {
      checkRepository(request.repository);
      return proveBlob(own, request).catch(asCancelled(request.signal));
    },
    async listTags(request) {
      checkRepository(request.repository);
      return listTags(own, request).catch(asCancelled(request.signal));
    },
    async readBlob(request) {
      checkRepository(request.repository);
      for (const mirror of mirrored) {
        const found = await readBlob([mirror], request).catch(() => undefined);
        if (found !== undefined) return found;
        if (request.signal.aborted) throw new CancelledError(request.signal.reason);
      }
      return readBlob([own], request).catch(asCancelled(request.signal));
    },
    streamBlob(request) {
      checkRepository(request.repository);
      const { digest } = request.descriptor;
      if (mirrored.length === 0 || triedAtMirrors.has(digest)) return streamBlob([own], request);
      triedAtMirrors.add(digest);
      return streamBlob([...mirrored, own], request);
    },
    get rateLimit() {
      return facts.rateLimit;
    },
    warnings: facts.warnings,
    mintedTokens,
  };
}

/** A repository goes into an address: only what the grammar takes may. */
function checkRepository(repository: string): void {
  if (isRepository(repository)) return;
  throw new InvalidReferenceError({
    why: 'The repository is not written as registries take it.',
    next: 'Write it in lower case, like acme/app.',
  });
}

function checkManifestRequest({ repository, target }: ManifestRequest): void {
  checkRepository(repository);
  if (isTag(target) || isDigest(target)) return;
  throw new InvalidReferenceError({
    why: 'What follows the repository is neither a tag nor a digest.',
    next: 'Write a tag such as 1.4, or a whole digest.',
  });
}

/** Whatever breaks because the signal fired is a cancel. */
function asCancelled(signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    throw signal.aborted && !(error instanceof CancelledError) ? new CancelledError(signal.reason) : error;
  };
}
