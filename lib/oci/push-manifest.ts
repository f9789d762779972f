import { answerError } from './answer-error.ts';
import { drain } from './body.ts';
import { isDigest } from './digest.ts';
import { readErrorBody } from './exchange.ts';
import { getManifest, headManifest, type ManifestRequest } from './manifests.ts';
import {
  ManifestRefusedError,
  PushedOtherError,
  PushUnsupportedError,
  TagImmutableError,
} from './push-errors.ts';
import type { RegistrySource } from './source.ts';
import type { ImageManifest, RequestBody } from './types.ts';

export interface PushManifestOptions extends ManifestRequest {
  readonly manifest: Pick<ImageManifest, 'bytes' | 'digest' | 'mediaType'>;
}

/**
 * Puts a manifest under its tag or digest, and makes sure that the registry has these very bytes.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 * @throws TagImmutableError, PushedOtherError, ManifestRefusedError, PushUnsupportedError, the protocol's refusals, and what an
 *   exchange throws
 */
export async function pushManifest(source: RegistrySource, options: PushManifestOptions): Promise<void> {
  const { repository, target, manifest, signal } = options;
  const { bytes, digest, mediaType } = manifest;
  const place = source.place(repository, target);
  const answer = await source.send({
    method: 'PUT',
    path: `${repository}/manifests/${target}`,
    headers: { 'content-type': mediaType },
    body: bodyOf(bytes),
    place,
    signal,
  });
  const { status, headers, isElsewhere } = answer;
  if (status === 201 || status === 200 || status === 202) {
    await drain(answer, signal);
    const given = headers.get('docker-content-digest') ?? '';
    if (given === digest) return;
    const actual = isDigest(given) ? given : await digestThere(source, options);
    if (actual !== digest) throw new PushedOtherError({ place, expected: digest, actual });
    return;
  }
  const error = await readErrorBody(source.around, answer, signal);
  const { code = '', said } = error ?? {};
  const { hadCredentials } = source;
  if (isElsewhere) throw answerError({ status, error, place, hadCredentials, isElsewhere });
  if (saysImmutable(said)) {
    // An earlier try may have arrived whose answer did not.
    if ((await headManifest(source, options))?.digest === digest) return;
    throw new TagImmutableError({ place, said });
  }
  if (status === 405 || code === 'UNSUPPORTED') throw new PushUnsupportedError({ place, status, said });
  const isOfManifest = /^MANIFEST_|^BLOB_UNKNOWN$|^SIZE_INVALID$|^TAG_INVALID$/.test(code);
  if (isOfManifest || (status >= 400 && status < 500 && ![401, 403, 404, 413].includes(status))) {
    throw new ManifestRefusedError({ place, status, code, said });
  }
  throw answerError({ status, error, place, hadCredentials, isElsewhere });
}

/** Of a registry that does not say what it took: what it hands out is verified on the way. */
async function digestThere(source: RegistrySource, options: PushManifestOptions): Promise<string> {
  const { digest } = await getManifest(source, { ...options, target: options.manifest.digest });
  return digest;
}

/**
 * ECR says so with TAG_INVALID, Harbor with PRECONDITION, others otherwise: the word is what they share.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
 */
function saysImmutable(said: string | undefined): boolean {
  return /\bimmutab|cannot be overwritten/i.test((said ?? '').slice(0, 1_000));
}

function bodyOf(bytes: Uint8Array): RequestBody {
  return {
    sizeBytes: bytes.length,
    async *open() {
      yield bytes;
    },
  };
}
