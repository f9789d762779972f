import { createHash } from 'node:crypto';
import { type Digest, type DigestAlgorithm, splitDigest } from './digest.ts';
import { DigestMismatchError } from './errors.ts';

/** The digest of bytes in memory. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
}

/** @throws DigestMismatchError when the bytes are others. `noun` names them in the message. */
export function verifyDigest(options: {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly noun: string;
}): void {
  const actual = digestOf(options.bytes, splitDigest(options.digest).algorithm);
  if (actual !== options.digest) {
    throw new DigestMismatchError({ expected: options.digest, actual, noun: options.noun });
  }
}
