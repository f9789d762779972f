import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { splitDigest } from '#lib/oci/digest.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { BlobDamagedError, systemCodeOf } from './errors.ts';
import { blobFile } from './paths.ts';

/**
 * The bytes of a blob from `start` up to `end`, verified once more as they are read: the last of them come only when the whole blob, what
 * stands before and behind them too, has its digest. Whoever gets to the end has the right bytes.
 *
 * @throws BlobDamagedError when the blob is another one or is not there
 */
export async function* readVerified(options: {
  readonly root: string;
  readonly descriptor: Pick<Descriptor, 'digest' | 'sizeBytes'>;
  readonly start?: number;
  readonly end?: number;
}): AsyncGenerator<Buffer, void, void> {
  const { root, descriptor, start = 0, end = descriptor.sizeBytes } = options;
  const { algorithm, hex } = splitDigest(descriptor.digest);
  const hash = createHash(algorithm);
  let position = 0;
  let held: Buffer | undefined;
  try {
    const chunks = createReadStream(blobFile(root, descriptor.digest), { highWaterMark: chunkBytes });
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      hash.update(chunk);
      const wanted = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position));
      position += chunk.length;
      if (position > descriptor.sizeBytes) break;
      if (wanted.length === 0) continue;
      if (held !== undefined) yield held;
      held = wanted;
    }
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    throw new BlobDamagedError({ digest: descriptor.digest, cause: error });
  }
  if (position !== descriptor.sizeBytes || hash.digest('hex') !== hex) {
    throw new BlobDamagedError({ digest: descriptor.digest });
  }
  if (held !== undefined) yield held;
}

/** Whether the blob is there in its full length. Reading tells whether it is the right one. */
export async function isBlobWhole(options: {
  readonly root: string;
  readonly descriptor: Pick<Descriptor, 'digest' | 'sizeBytes'>;
}): Promise<boolean> {
  const { root, descriptor } = options;
  for (let tries = 0; tries < looksMax; tries += 1) {
    // A collection may have it out of sight for milliseconds, until it knows who needs it (README.md, Collection).
    if (tries > 0) await wait(lookAgainMs);
    const found = await stat(blobFile(root, descriptor.digest)).catch(() => undefined);
    if (found !== undefined) return found.size === descriptor.sizeBytes;
  }
  return false;
}

const looksMax = 2;
const lookAgainMs = 200;

/** Hashed in well under a millisecond, so that nobody else waits for it. */
const chunkBytes = 256 * 1024;
