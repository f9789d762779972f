import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '#lib/oci/digest.ts';
import { DigestMismatchError } from '#lib/oci/errors.ts';
import { type Durability, moveIntoPlace } from './commit.ts';

/**
 * Copies a file into the store, hashed on the way, and makes it visible under its digest. Nothing is left of one that does not match.
 * @throws DigestMismatchError, the signal's reason, and what the file system throws
 */
export async function copyIn(options: {
  readonly file: string;
  readonly digest: Digest;
  /** A name of the caller's own in the store. */
  readonly through: string;
  readonly to: string;
  readonly durability: Durability;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { file, digest, through, to, durability, signal } = options;
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    const target = createWriteStream(through, { flush: durability === 'durable' });
    await pipeline([createReadStream(file), hashing, target], { signal });
    const actual = `sha256:${hash.digest('hex')}`;
    if (actual !== digest) throw new DigestMismatchError({ expected: digest, actual, noun: 'layer' });
    await moveIntoPlace({ from: through, to, durability });
  } catch (error) {
    await rm(through, { force: true });
    throw error;
  }
}
