import type { Digest } from './digest.ts';

export type { Fetch, FetchResponse, Method, Mirror, RequestBody, Way } from '#lib/egress/types.ts';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#image-index-property-descriptions */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** An image manifest of either kind (OCI 1, Docker schema 2), with the exact bytes that its digest covers. */
export interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** An image index or Docker manifest list. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly manifests: readonly Descriptor[];
}

export type Manifest = ImageManifest | ImageIndex;

/** What a person or secret offers a registry. Username and password go out as Basic, or to the token realm. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Mints credentials that live for a while. Called for each sign-in and each Basic request, so it keeps what it minted
 * until shortly before its end. `isRefused`: the registry has just refused the last ones, so they are not handed out again.
 */
export type CredentialSource = (options: {
  readonly isRefused: boolean;
  readonly signal: AbortSignal;
}) => Promise<Credentials>;

/** Where a registry says that the caller stands, from the headers of its last answer. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly windowSeconds: number | undefined;
  /** Whose pulls are counted: those of an account, or all that come from this server's address. */
  readonly source?: 'account' | 'address';
}
