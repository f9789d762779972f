import { answerError } from './answer-error.ts';
import { drain, readBounded } from './body.ts';
import { refuseEncoding } from './content-encoding.ts';
import { type Digest, isDigest } from './digest.ts';
import { AccessDeniedError } from './errors.ts';
import { readErrorBody, retryBroken } from './exchange.ts';
import { manifestBytesMax, parseManifest } from './manifest.ts';
import { acceptedManifests, bareType } from './media-types.ts';
import type { Source } from './source.ts';
import type { Manifest } from './types.ts';

export interface ManifestRequest {
  readonly repository: string;
  /** Tag or digest. */
  readonly target: string;
  readonly signal: AbortSignal;
}

/** What a registry says of a manifest without sending it. */
export interface ManifestFacts {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

/**
 * Asks what a tag points to; costs no pull on Docker Hub. Null where the registry has no such manifest or does not say
 * enough: getting it then tells why.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry
 * @throws AccessDeniedError, SignInRefusedError, and what an exchange throws
 */
export async function headManifest(source: Source, request: ManifestRequest): Promise<ManifestFacts | null> {
  try {
    return await askFacts(source, request);
  } catch (error) {
    const isMute = error instanceof AccessDeniedError && error.refusal.said === undefined;
    if (!isMute || error.refusal.isAtTokenService === true) throw error;
    // The answer to a HEAD has no body: the same question as GET is refused alike, and says why.
    const { digest, mediaType, bytes } = await getManifest(source, request);
    return { digest, mediaType, sizeBytes: bytes.length };
  }
}

async function askFacts(source: Source, request: ManifestRequest): Promise<ManifestFacts | null> {
  const answer = await ask(source, request, 'HEAD');
  const { status, headers, isElsewhere } = answer;
  await drain(answer, request.signal);
  if (status === 403 && !isElsewhere) {
    const place = source.place(request.repository, request.target);
    throw new AccessDeniedError({ place, hadCredentials: source.hadCredentials, status });
  }
  const digest = headers.get('docker-content-digest') ?? '';
  const length = headers.get('content-length') ?? '';
  if (status !== 200 || !isDigest(digest) || !/^\d{1,12}$/.test(length)) return null;
  // What was asked for by digest is that, whatever a header says.
  if (isDigest(request.target) && request.target !== digest) return null;
  return { digest, mediaType: bareType(headers.get('content-type')), sizeBytes: Number(length) };
}

/**
 * Gets a manifest or index, verified against the digest that it was asked by, or that the registry gave with it.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 * @throws ManifestUnknownError, RepositoryUnknownError, AccessDeniedError, SignInRefusedError, what `parseManifest`
 *   throws, and what an exchange throws
 */
export async function getManifest(source: Source, request: ManifestRequest): Promise<Manifest> {
  const place = source.place(request.repository, request.target);
  return retryBroken(source.around, { place, signal: request.signal }, async () => {
    const answer = await ask(source, request, 'GET');
    const { status, headers, isElsewhere } = answer;
    if (status !== 200) {
      const error = await readErrorBody(source.around, answer, request.signal);
      throw answerError({ status, error, place, hadCredentials: source.hadCredentials, isElsewhere });
    }
    refuseEncoding(answer, place);
    const bytes = await readBounded({
      answer,
      noun: 'manifest',
      bytesMax: manifestBytesMax,
      idleTimeoutMs: source.around.limits.idleTimeoutMs,
      signal: request.signal,
    });
    const mediaType = headers.get('content-type');
    if (isDigest(request.target)) return parseManifest({ bytes, mediaType, digest: request.target });
    // A registry may give a digest of an algorithm that is unknown here; then the digest is computed.
    const given = headers.get('docker-content-digest') ?? '';
    return parseManifest({ bytes, mediaType, digest: isDigest(given) ? given : undefined });
  });
}

function ask(source: Source, request: ManifestRequest, method: 'GET' | 'HEAD') {
  const { repository, target, signal } = request;
  return source.send({
    method,
    path: `${repository}/manifests/${target}`,
    headers: { accept: acceptedManifests },
    place: source.place(repository, target),
    signal,
  });
}
