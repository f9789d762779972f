import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { splitDigest } from '#lib/oci/digest.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { systemCodeOf } from '#lib/store/errors.ts';
import { blobFile } from '#lib/store/paths.ts';
import { StoredBlobDamagedError } from './errors.ts';

/**
 * A blob of the store as it is sent: hashed as it is read, from the first byte on, whatever parts are read again. What is not what its
 * name says is noticed before its last bytes are handed out, so no registry ever gets it whole.
 */
export class StoredBlob {
  readonly #file: string;
  readonly #descriptor: Descriptor;
  readonly #hash;
  #hashedBytes = 0;

  constructor(root: string, descriptor: Descriptor) {
    this.#file = blobFile(root, descriptor.digest);
    this.#descriptor = descriptor;
    this.#hash = createHash(splitDigest(descriptor.digest).algorithm);
  }

  /**
   * The bytes from `offset`, which is no farther than was read before, to `end`. A piece is good until the next is asked for.
   * @throws StoredBlobDamagedError
   */
  async *read(offset: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    const { digest, sizeBytes } = this.#descriptor;
    try {
      await using file = await open(this.#file);
      if ((await file.stat()).size !== sizeBytes) throw this.#damaged('It has another length than it had.');
      const buffer = Buffer.allocUnsafeSlow(Math.min(pieceBytes, end - offset));
      for (let at = offset; at < end; ) {
        const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at), at);
        if (bytesRead === 0) throw this.#damaged('It ends too early.');
        const piece = buffer.subarray(0, bytesRead);
        this.#take(piece, at);
        at += bytesRead;
        yield piece;
      }
    } catch (error) {
      const code = systemCodeOf(error);
      if (code === 'ENOENT') throw this.#damaged('It is not there.');
      if (code === 'EIO') throw new StoredBlobDamagedError({ digest, why: 'The disk cannot read it.' });
      throw error;
    }
  }

  #take(piece: Uint8Array, at: number): void {
    const { digest, sizeBytes } = this.#descriptor;
    const fresh = piece.subarray(Math.max(0, this.#hashedBytes - at));
    if (fresh.length === 0) return;
    this.#hash.update(fresh);
    this.#hashedBytes += fresh.length;
    if (this.#hashedBytes < sizeBytes) return;
    if (this.#hash.digest('hex') !== splitDigest(digest).hex)
      throw this.#damaged('Its bytes are others than its digest says.');
  }

  #damaged(why: string): StoredBlobDamagedError {
    return new StoredBlobDamagedError({ digest: this.#descriptor.digest, why });
  }
}

/** As much as one read of a disk brings cheaply; what a push needs of memory is this for each blob that goes out. */
const pieceBytes = 256 * 1024;
