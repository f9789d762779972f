import { answerError } from './answer-error.ts';
import { type ResumeNotice, streamSpan } from './blob-stream.ts';
import { drain } from './body.ts';
import type { Digest } from './digest.ts';
import { AnswerTooLargeError } from './errors.ts';
import { readErrorBody } from './exchange.ts';
import type { Source } from './source.ts';
import type { Descriptor } from './types.ts';
import { verifyDigest } from './verify-digest.ts';

export interface StreamBlobOptions {
  readonly repository: string;
  readonly descriptor: Descriptor;
  /** First byte wanted; 0 is the start. */
  readonly offset: number;
  /** Where to stop, this byte not included; the blob's size if absent. */
  readonly endBytes?: number;
  readonly signal: AbortSignal;
  /** Called when a broken body goes on with a new request. */
  readonly onResume?: ((notice: ResumeNotice) => void) | undefined;
}

export interface ReadBlobOptions {
  readonly repository: string;
  readonly descriptor: Descriptor;
  readonly signal: AbortSignal;
}

/**
 * Whether the repository has the blob and whoever asks may read it. A redirect alone does not count: some hosts
 * redirect for every digest.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry
 * @throws AccessDeniedError, SignInRefusedError, and what an exchange throws
 */
export async function hasBlob(
  source: Source,
  options: { readonly repository: string; readonly digest: Digest; readonly signal: AbortSignal },
): Promise<boolean> {
  const { repository, digest, signal } = options;
  const place = source.place(repository);
  const path = `${repository}/blobs/${digest}`;
  const head = await source.send({ method: 'HEAD', path, place, signal });
  await drain(head, signal);
  if (head.status === 200) return true;
  if (head.status === 404) return false;
  // Addresses that clouds sign are often good for GET alone, and the refusal of a HEAD does not say why: ask for the first
  // byte and let go.
  if (head.isElsewhere || head.status === 405 || head.status === 403) {
    const get = await source.send({ method: 'GET', path, headers: { range: 'bytes=0-0' }, place, signal });
    if (get.status === 403 && !get.isElsewhere) {
      const error = await readErrorBody(source.around, get, signal);
      throw answerError({ ...get, error, place, hadCredentials: source.hadCredentials });
    }
    if (get.status === 206) await drain(get, signal);
    else get.abandon();
    return get.status === 200 || get.status === 206 || get.status === 416;
  }
  throw answerError({ ...head, error: undefined, place, hadCredentials: source.hadCredentials });
}

/**
 * Whether the registry hands this blob out in this repository, proved without fetching it: the redirect to the storage
 * behind is the proof, where there is one, and is not followed. Only for registries that check access before they redirect.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 * @throws AccessDeniedError with what the registry said, SignInRefusedError, and what an exchange throws
 */
export async function proveBlob(
  source: Source,
  options: { readonly repository: string; readonly digest: Digest; readonly signal: AbortSignal },
): Promise<boolean> {
  const { repository, digest, signal } = options;
  const place = source.place(repository);
  const answer = await source.send({
    method: 'GET',
    path: `${repository}/blobs/${digest}`,
    // Of a registry that answers itself, one byte is enough.
    headers: { range: 'bytes=0-0' },
    place,
    signal,
    endsAtRedirect: true,
  });
  const { status } = answer;
  if (status >= 300 && status < 400) return true;
  if (status === 206) await drain(answer, signal);
  else if (status === 200) answer.abandon();
  if (status === 200 || status === 206) return true;
  const error = await readErrorBody(source.around, answer, signal);
  if (status === 404) return false;
  throw answerError({ ...answer, error, place, hadCredentials: source.hadCredentials });
}

/**
 * Streams a span of a blob, trying the sources in turn: where one breaks off for good, the next goes on.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 * @throws what `streamSpan` throws, from the last source
 */
export async function* streamBlob(
  sources: readonly Source[],
  options: StreamBlobOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { descriptor, signal, onResume } = options;
  const end = options.endBytes ?? descriptor.sizeBytes;
  let first = checkSpan({ first: options.offset, end, sizeBytes: descriptor.sizeBytes });
  for (const source of sources.slice(0, -1)) {
    try {
      for await (const chunk of fromSource(source, options, { first, end })) {
        first += chunk.byteLength;
        yield chunk;
      }
      return;
    } catch (error) {
      if (signal.aborted) throw error;
      onResume?.({ offsetBytes: first, why: 'A mirror did not bring it; the next place is asked.' });
    }
  }
  const last = sources.at(-1);
  if (last !== undefined) yield* fromSource(last, options, { first, end });
}

/**
 * A whole small blob, such as an image's config, verified.
 * @throws AnswerTooLargeError, DigestMismatchError, and what `streamBlob` throws
 */
export async function readBlob(sources: readonly Source[], options: ReadBlobOptions): Promise<Uint8Array> {
  const { descriptor } = options;
  if (descriptor.sizeBytes > smallBlobBytesMax) {
    throw new AnswerTooLargeError({ noun: 'image config', bytesMax: smallBlobBytesMax });
  }
  const bytes = new Uint8Array(descriptor.sizeBytes);
  let length = 0;
  for await (const chunk of streamBlob(sources, { ...options, offset: 0 })) {
    bytes.set(chunk, length);
    length += chunk.byteLength;
  }
  verifyDigest({ bytes, digest: descriptor.digest, noun: 'blob' });
  return bytes;
}

/** Configs have a few KB; one with a long history and many labels some hundred. The same bound as a manifest's, twice. */
const smallBlobBytesMax = 8 * 1024 * 1024;

function fromSource(
  source: Source,
  options: StreamBlobOptions,
  span: { readonly first: number; readonly end: number },
) {
  const { repository, descriptor, signal, onResume } = options;
  const place = source.place(repository);
  const path = `${repository}/blobs/${descriptor.digest}`;
  return streamSpan({
    around: source.around,
    request: (range) =>
      source.send({ method: 'GET', path, headers: range === undefined ? {} : { range }, place, signal }),
    descriptor,
    span,
    place,
    hadCredentials: source.hadCredentials,
    signal,
    onResume,
  });
}

function checkSpan(span: {
  readonly first: number;
  readonly end: number;
  readonly sizeBytes: number;
}): number {
  const { first, end, sizeBytes } = span;
  if (
    !Number.isSafeInteger(first) ||
    !Number.isSafeInteger(end) ||
    first < 0 ||
    first > end ||
    end > sizeBytes
  ) {
    throw new RangeError(`No span of a blob of ${sizeBytes} bytes: ${first} to ${end}.`);
  }
  return first;
}
