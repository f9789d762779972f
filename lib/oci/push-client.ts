import { hasBlob } from './blobs.ts';
import type { Digest } from './digest.ts';
import { headManifest, type ManifestFacts, type ManifestRequest } from './manifests.ts';
import {
  asCancelled,
  checkManifestRequest,
  checkRepository,
  openRegistry,
  type RegistryOptions,
} from './open-registry.ts';
import { type PushBlobOptions, pushBlob } from './push-blob.ts';
import { type PushManifestOptions, pushManifest } from './push-manifest.ts';
import type { SignInWay } from './session.ts';

/**
 * The push side of the distribution-spec, for one registry on behalf of one set of credentials. Tokens are asked for
 * `pull,push`. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#push
 * Every method throws a SlipwayError or, when its signal fires, CancelledError.
 */
export interface PushClient {
  readonly registry: string;
  /** Signs in now rather than with the first request. @throws SignInRefusedError, AccessDeniedError */
  authenticate(options: { readonly repository: string; readonly signal: AbortSignal }): Promise<SignInWay>;
  /** What a tag or digest points to now; null where there is nothing. */
  headManifest(request: ManifestRequest): Promise<ManifestFacts | null>;
  hasBlob(options: {
    readonly repository: string;
    readonly digest: Digest;
    readonly signal: AbortSignal;
  }): Promise<boolean>;
  pushBlob(options: PushBlobOptions): Promise<'mounted' | 'uploaded'>;
  pushManifest(options: PushManifestOptions): Promise<void>;
  /** Tokens fetched and passwords minted so far, in each form they are sent in, for redaction. They live as long as the client. */
  readonly mintedTokens: readonly string[];
}

export function createPushClient(options: Omit<RegistryOptions, 'actions'>): PushClient {
  const { own, mintedTokens } = openRegistry({ ...options, actions: 'pull,push' });
  return {
    registry: options.registry,
    async authenticate({ repository, signal }) {
      checkRepository(repository);
      return own.signIn({ place: own.place(repository), signal }).catch(asCancelled(signal));
    },
    async headManifest(request) {
      checkManifestRequest(request);
      return headManifest(own, request).catch(asCancelled(request.signal));
    },
    async hasBlob(request) {
      checkRepository(request.repository);
      return hasBlob(own, request).catch(asCancelled(request.signal));
    },
    async pushBlob(request) {
      checkRepository(request.repository);
      if (request.mountFrom !== undefined) checkRepository(request.mountFrom);
      return pushBlob(own, request).catch(asCancelled(request.signal));
    },
    async pushManifest(request) {
      checkManifestRequest(request);
      return pushManifest(own, request).catch(asCancelled(request.signal));
    },
    mintedTokens,
  };
}
