import { describe, expect, it } from 'vitest';
import { isDigest, parseDigest, splitDigest } from '#lib/oci/digest.ts';
import { DigestMismatchError } from '#lib/oci/errors.ts';
import { InvalidDigestError } from '#lib/oci/input-errors.ts';
import { digestOf, verifyDigest } from '#lib/oci/verify-digest.ts';

const hex = 'ab'.repeat(32);

describe('a digest', () => {
  it.each([[`sha256:${hex}`], [`sha512:${hex}${hex}`]])('%s', (text) => {
    expect(splitDigest(parseDigest(text))).toEqual({ algorithm: text.slice(0, 6), hex: text.slice(7) });
  });

  it.each([
    ['', 'no colon'],
    [hex, 'no colon'],
    [`sha256:${hex.slice(1)}`, '63 characters'],
    [`sha256:${hex}a`, '65 characters'],
    [`sha512:${hex}`, '128 hexadecimal'],
    [`sha256:${hex.toUpperCase()}`, 'lower case'],
    [`sha256:${'g'.repeat(64)}`, 'not hexadecimal'],
    [`sha256:${hex}\n`, '65 characters'],
    [`sha384:${hex}`, 'sha256 and sha512'],
    [`SHA256:${hex}`, 'sha256 and sha512'],
    [`sha256:../../${'a'.repeat(58)}`, 'not hexadecimal'],
  ])('%j is none: %s', (text, why) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(InvalidDigestError);
    expect(() => parseDigest(text)).toThrow(why);
  });

  it('is of the bytes, whichever the algorithm', () => {
    const bytes = new TextEncoder().encode('abc');
    // FIPS 180-4, examples
    expect(digestOf(bytes)).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(digestOf(bytes, 'sha512').slice(0, 23)).toBe('sha512:ddaf35a193617aba');
    for (const digest of [digestOf(bytes), digestOf(bytes, 'sha512')]) {
      verifyDigest({ bytes, digest, noun: 'blob' });
      expect(() => verifyDigest({ bytes: bytes.subarray(1), digest, noun: 'blob' })).toThrow(
        DigestMismatchError,
      );
    }
  });
});
