import { answerError } from './answer-error.ts';
import { drain } from './body.ts';
import { parseRangeEnd } from './content-range.ts';
import type { Place } from './errors.ts';
import { readErrorBody } from './exchange.ts';
import type { Answer } from './hop.ts';
import { nextAddress } from './next-address.ts';
import { PushTooLargeError, PushUnsupportedError } from './push-errors.ts';
import type { RegistrySource } from './source.ts';
import type { Descriptor, RequestBody } from './types.ts';

// One upload of one blob, request by request. What is done when one of them fails is decided in push-blob.ts.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs

/** An upload that the registry has opened. */
export interface Upload {
  /** Where the next request of it goes. May be signed: never for messages. */
  readonly url: URL;
  /** Bytes that the registry has. */
  readonly offset: number;
  /** The shortest chunk that it takes, but for the last. */
  readonly chunkBytesMin: number;
}

/** What an upload belongs to. */
export interface UploadOf {
  readonly source: RegistrySource;
  readonly repository: string;
  readonly descriptor: Descriptor;
  /** The bytes from `offset` to `end`, verified by the time that the last of the blob are handed out. */
  readonly read: (offset: number, end: number) => AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

/** The registry forgot the upload, or has something else than what was sent: it has to begin anew. */
export class UploadLostError extends Error {
  override readonly name = 'UploadLostError';
}

/** The registry does not take a blob in pieces. */
export class ChunksRefusedError extends Error {
  override readonly name = 'ChunksRefusedError';
}

/**
 * Opens an upload, or has the registry mount the blob from another of its repositories; it may open an upload instead.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository
 */
export async function openUpload(of: UploadOf, mountFrom?: string): Promise<Upload | 'mounted'> {
  const { source, repository, descriptor, signal } = of;
  const mount = mountFrom === undefined ? '' : `?mount=${descriptor.digest}&from=${mountFrom}`;
  const place = source.place(repository);
  const answer = await source.send({
    method: 'POST',
    path: `${repository}/blobs/uploads/${mount}`,
    headers: { 'content-length': '0' },
    place,
    alsoPull: mountFrom,
    signal,
    ...(mountFrom === undefined ? {} : { triesMax: 1 }),
  });
  if (answer.status === 201 && mountFrom !== undefined) {
    await drain(answer, signal);
    return 'mounted';
  }
  if (answer.status !== 202) throw await failureOf(of, answer, { isOpen: false });
  const { headers } = answer;
  await drain(answer, signal);
  const least = /^\d{1,12}$/.exec(headers.get('oci-chunk-min-length') ?? '')?.[0];
  return { url: nextUrl(answer, place), offset: 0, chunkBytesMin: Number(least ?? 0) };
}

/**
 * Sends the bytes up to `end`.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 * @throws UploadLostError, ChunksRefusedError, and what an exchange throws
 */
export async function sendChunk(of: UploadOf, upload: Upload, end: number): Promise<Upload> {
  const { source, repository, signal } = of;
  const place = source.place(repository);
  const { offset } = upload;
  const answer = await source.sendTo({
    method: 'PATCH',
    url: upload.url,
    headers: { 'content-type': 'application/octet-stream', 'content-range': `${offset}-${end - 1}` },
    body: bodyOf(of, offset, end),
    place,
    signal,
    triesMax: 1,
  });
  const { status, headers, isElsewhere } = answer;
  if (status === 202 || status === 201 || status === 204) {
    await drain(answer, signal);
    // A chunk is taken whole or not at all: one that says otherwise has lost something, or has what nobody sent.
    const has = parseRangeEnd(headers.get('range')) ?? end;
    if (has !== end) throw new UploadLostError('It has something else than was sent.');
    return { ...upload, url: nextUrl(answer, place), offset: end };
  }
  const isUnsupported = status === 405 || status === 411 || status === 415 || status === 501;
  if (isUnsupported && !isElsewhere && offset === 0) {
    await drain(answer, signal);
    throw new ChunksRefusedError('It takes no chunks.');
  }
  throw await failureOf(of, answer, { isOpen: true });
}

/**
 * Sends what is left, all of it where nothing was sent before, and closes the upload.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#post-then-put
 */
export async function closeUpload(of: UploadOf, upload: Upload): Promise<void> {
  const { source, repository, descriptor, signal } = of;
  const { offset } = upload;
  const { sizeBytes, digest } = descriptor;
  const isRest = offset < sizeBytes;
  const answer = await source.sendTo({
    method: 'PUT',
    url: withDigest(upload.url, digest),
    headers: {
      'content-type': 'application/octet-stream',
      ...(isRest ? {} : { 'content-length': '0' }),
      ...(isRest && offset > 0 ? { 'content-range': `${offset}-${sizeBytes - 1}` } : {}),
    },
    ...(isRest ? { body: bodyOf(of, offset, sizeBytes) } : {}),
    place: source.place(repository),
    signal,
    triesMax: 1,
    answerTimeoutMs: closeTimeoutMs,
  });
  const { status } = answer;
  if (status === 201 || status === 204 || status === 202) return drain(answer, signal);
  throw await failureOf(of, answer, { isOpen: true });
}

/**
 * Asks how much of an upload the registry has. Undefined where it does not know it any more.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 */
export async function askUpload(of: UploadOf, upload: Upload): Promise<Upload | undefined> {
  const { source, repository, signal } = of;
  const place = source.place(repository);
  const answer = await source.sendTo({ method: 'GET', url: upload.url, place, signal });
  await drain(answer, signal);
  if (answer.status !== 204 && answer.status !== 200 && answer.status !== 202) return undefined;
  const offset = parseRangeEnd(answer.headers.get('range'));
  if (offset === undefined) return undefined;
  const hasLocation = answer.headers.get('location') !== null;
  return { ...upload, url: hasLocation ? nextUrl(answer, place) : upload.url, offset };
}

/** The upload is gone; or what the registry has of it is not what was sent, which was verified before. */
const lostCodes: ReadonlySet<string> = new Set([
  'BLOB_UPLOAD_UNKNOWN',
  'BLOB_UPLOAD_INVALID',
  'RANGE_INVALID',
  'DIGEST_INVALID',
  'SIZE_INVALID',
]);
/** A registry verifies and moves what it was sent before it answers: some gigabytes take a store behind it minutes. */
const closeTimeoutMs = 300_000;

function bodyOf({ read }: UploadOf, offset: number, end: number): RequestBody {
  return { sizeBytes: end - offset, open: () => read(offset, end) };
}

function nextUrl(answer: Answer, place: Place): URL {
  const location = answer.headers.get('location');
  return nextAddress({ location, from: answer.url, place, verb: 'opened an upload' });
}

/** What is in the query stays as it was written: some registries sign it. */
function withDigest(url: URL, digest: string): URL {
  const next = new URL(url);
  next.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  return next;
}

async function failureOf(
  of: UploadOf,
  answer: Answer,
  { isOpen }: { readonly isOpen: boolean },
): Promise<Error> {
  const { source, repository, signal } = of;
  const { status, isElsewhere } = answer;
  const error = await readErrorBody(source.around, answer, signal);
  const place = source.place(repository);
  const { hadCredentials } = source;
  if (isElsewhere) return answerError({ status, error, place, hadCredentials, isElsewhere });
  const { code = '', said } = error ?? {};
  if (isOpen && (status === 404 || status === 416 || lostCodes.has(code))) return new UploadLostError(code);
  if (status === 413) return new PushTooLargeError({ place, said });
  if (status === 405 || code === 'UNSUPPORTED') return new PushUnsupportedError({ place, status, said });
  return answerError({ status, error, place, hadCredentials, isElsewhere });
}
