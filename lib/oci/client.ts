import { CancelledError } from '#lib/errors/cancelled.ts';
import { type BlobReader, hasBlob, proveBlob, type ReadBlobOptions, readBlob, streamBlob } from './blobs.ts';
import { type Digest, isDigest } from './digest.ts';
import type { Errand } from './errand.ts';
import { getManifest, headManifest, type ManifestFacts, type ManifestRequest } from './manifests.ts';
import {
  asCancelled,
  checkManifestRequest,
  checkRepository,
  openRegistry,
  type RegistryOptions,
  userAgentDefault,
} from './open-registry.ts';
import type { SignInWay } from './session.ts';
import { mirrorSource } from './source.ts';
import { type ListTagsOptions, listTags, type TagList } from './tags.ts';
import type { Manifest, Mirror, RateLimit, Way } from './types.ts';

/**
 * The pull side of the distribution-spec, for one registry on behalf of one set of credentials.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pull
 * Every method throws a SlipwayError or, when its signal fires, CancelledError.
 */
export interface RegistryClient extends BlobReader {
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
  /** What a thread needs to fetch blobs in this client's name; undefined where there is no way out to give it. */
  readonly errand: Errand | undefined;
  /** From the newest answer that said so. */
  readonly rateLimit: RateLimit | undefined;
  /** Texts of Warning headers, each once. */
  readonly warnings: readonly string[];
  /** Tokens fetched and passwords minted so far, in each form they are sent in, for redaction. They live as long as the client. */
  readonly mintedTokens: readonly string[];
}

export interface RegistryClientOptions extends RegistryOptions {
  /** Asked first, without credentials, for content that is addressed by digest. */
  readonly mirrors?: readonly Mirror[];
  /** How a thread opens the same way out for itself. */
  readonly way?: Way;
}

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { registry, endpoint, mirrors = [], userAgent = userAgentDefault } = options;
  const { own, around, mintedTokens } = openRegistry(options);
  const { facts } = around;
  const mirrored = mirrors.map((mirror) => mirrorSource({ around, mirror, userAgent }));

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
      return streamBlob(request.asksMirrors === false ? [own] : [...mirrored, own], request);
    },
    errand: options.way && {
      order: {
        ...{ way: options.way, registry, userAgent, limits: around.limits },
        hadCredentials: own.session.hadCredentials,
        isMinting: own.session.isMinting,
      },
      signer: own.session,
      onRetry: options.onRetry,
    },
    get rateLimit() {
      return facts.rateLimit;
    },
    warnings: facts.warnings,
    mintedTokens,
  };
}
