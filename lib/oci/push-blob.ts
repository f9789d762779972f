import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { hasBlob } from './blobs.ts';
import { pause, throwIfCancelled } from './exchange.ts';
import { UploadFailedError } from './push-errors.ts';
import { RateLimitedError } from './rate-limited-error.ts';
import { waitBeforeMs } from './retry.ts';
import type { RegistrySource } from './source.ts';
import type { Descriptor } from './types.ts';
import {
  askUpload,
  ChunksRefusedError,
  closeUpload,
  openUpload,
  sendChunk,
  type Upload,
  UploadLostError,
  type UploadOf,
} from './uploads.ts';

export interface PushBlobOptions {
  readonly repository: string;
  readonly descriptor: Descriptor;
  /**
   * The bytes from `offset` to `end`, read anew each time. A piece is good until the next is asked for. Throws when they are not
   * those of the digest, before the last of them is handed out.
   */
  readonly read: (offset: number, end: number) => AsyncIterable<Uint8Array>;
  /** A repository of the same registry that has the blob, as far as is known. */
  readonly mountFrom?: string | undefined;
  /** Whether the registry takes a blob in pieces. Where it does not, each is sent in one request. */
  readonly takesChunks: boolean;
  readonly chunkBytes?: number | undefined;
  /** How many bytes have gone out, from the first on. Less than before when something has to be sent again. */
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Brings a blob into a repository that does not have it: mounted from another repository if that is known and works, else in
 * one request if it is small, else in chunks, going on where the registry says that it is when one breaks off.
 * @throws UploadFailedError, PushTooLargeError, PushUnsupportedError, what the protocol's refusals are, what `read` throws
 */
export async function pushBlob(
  source: RegistrySource,
  options: PushBlobOptions,
): Promise<'mounted' | 'uploaded'> {
  const { mountFrom } = options;
  const of: UploadOf = { ...options, source, read: (offset, end) => counted(options, offset, end) };
  const begun = mountFrom === undefined ? undefined : await tryMount(of, mountFrom);
  if (begun === 'mounted') return begun;
  await new BlobPush(of, options, begun).run();
  return 'uploaded';
}

/** Undefined where the registry refuses: that may be about the other repository alone. */
async function tryMount(of: UploadOf, mountFrom: string): Promise<Upload | 'mounted' | undefined> {
  try {
    return await openUpload(of, mountFrom);
  } catch (error) {
    throwIfCancelled(of.signal);
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}

/** An upload, begun as often as it takes. */
class BlobPush {
  readonly #of: UploadOf;
  readonly #options: PushBlobOptions;
  #upload: Upload | undefined;
  #takesChunks: boolean;
  /** In a row, without getting any further. */
  #failures = 0;
  /** The farthest that the registry has come. */
  #bestOffset = 0;
  #isClosing = false;

  constructor(of: UploadOf, options: PushBlobOptions, upload: Upload | undefined) {
    this.#of = of;
    this.#options = options;
    this.#upload = upload;
    this.#takesChunks = options.takesChunks;
  }

  async run(): Promise<void> {
    for (;;) {
      try {
        await this.#send();
        return;
      } catch (error) {
        throwIfCancelled(this.#of.signal);
        if (await this.#recover(error)) return;
      }
    }
  }

  async #send(): Promise<void> {
    const { descriptor } = this.#of;
    this.#isClosing = false;
    const opened = this.#upload ?? (await openUpload(this.#of));
    if (opened === 'mounted') return;
    let upload = opened;
    const chunkBytes = Math.max(this.#options.chunkBytes ?? chunkBytesDefault, upload.chunkBytesMin);
    if (this.#takesChunks && (upload.offset > 0 || descriptor.sizeBytes > chunkBytes)) {
      while (upload.offset < descriptor.sizeBytes) {
        this.#upload = upload;
        const end = Math.min(descriptor.sizeBytes, upload.offset + chunkBytes);
        upload = await sendChunk(this.#of, upload, end);
        this.#advance(upload.offset);
      }
    }
    // What was sent in one request is not gone on with.
    this.#upload = upload.offset > 0 ? upload : undefined;
    this.#isClosing = true;
    await closeUpload(this.#of, upload);
  }

  /** True if the blob arrived all the same. @throws what cannot be helped by another try */
  async #recover(error: unknown): Promise<boolean> {
    const { source, repository, descriptor, signal } = this.#of;
    const { around } = source;
    if (error instanceof ChunksRefusedError) {
      this.#takesChunks = false;
      this.#upload = undefined;
      return false;
    }
    const isLost = error instanceof UploadLostError;
    if (!isLost && !(error instanceof SlipwayError && error.isRetryable)) throw error;
    this.#failures += 1;
    const { digest } = descriptor;
    const place = source.place(repository);
    if (this.#failures >= around.limits.attemptsMax) {
      throw isLost ? new UploadFailedError({ place, digest, tries: this.#failures }) : error;
    }
    const wantsMs = error instanceof RateLimitedError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    if (wantsMs > around.limits.retryAfterMaxMs) throw error;
    const attempt = this.#failures;
    const waitMs = waitBeforeMs({ ...around, attempt, retryAfterMs: wantsMs > 0 ? wantsMs : undefined });
    const why = isLost ? 'The registry lost the upload; it begins anew.' : error.advice.why;
    around.onRetry?.({ attempt, waitMs, why });
    await pause(around, waitMs, signal);
    // The answer to the last request of all may be what got lost.
    if (!isLost && this.#isClosing && (await hasBlob(source, { repository, digest, signal }))) return true;
    await this.#resume(isLost);
    return false;
  }

  async #resume(isLost: boolean): Promise<void> {
    const known = this.#upload;
    this.#upload = isLost || known === undefined ? undefined : await askUpload(this.#of, known);
    const { offset = 0 } = this.#upload ?? {};
    // More than can have been sent is no word to go on from.
    if (offset > Math.max(this.#bestOffset, known?.offset ?? 0) + chunkReach(this.#options, known)) {
      this.#upload = undefined;
      return;
    }
    this.#advance(offset);
  }

  #advance(offset: number): void {
    if (offset <= this.#bestOffset) return;
    this.#bestOffset = offset;
    this.#failures = 0;
  }
}

function chunkReach({ chunkBytes = chunkBytesDefault }: PushBlobOptions, upload: Upload | undefined): number {
  return Math.max(chunkBytes, upload?.chunkBytesMin ?? 0);
}

async function* counted(options: PushBlobOptions, offset: number, end: number): AsyncGenerator<Uint8Array> {
  let sentBytes = offset;
  options.onProgress?.(sentBytes);
  for await (const piece of options.read(offset, end)) {
    yield piece;
    sentBytes += piece.length;
    options.onProgress?.(sentBytes);
  }
}

/** At 40 MB/s a request of this takes most of a second, so that 30 ms more for each are little; lost is little, too. */
const chunkBytesDefault = 32 * 1024 * 1024;
