import { InvalidDigestError } from './input-errors.ts';

/** `algorithm:hex` of a supported algorithm, in lower case: safe as a file name once the colon is split. */
export type Digest = string & { readonly __brand: 'Digest' };

export type DigestAlgorithm = 'sha256' | 'sha512';

/** @throws InvalidDigestError when the text is no digest of a supported algorithm. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new InvalidDigestError(whyNoDigest(text));
  return text;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#registered-algorithms */
export function isDigest(text: string): text is Digest {
  return /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(text);
}

export function splitDigest(digest: Digest): { readonly algorithm: DigestAlgorithm; readonly hex: string } {
  const [algorithm, hex] = digest.split(':') as [DigestAlgorithm, string];
  return { algorithm, hex };
}

/** Says what is wrong with text that `isDigest` refuses. */
export function whyNoDigest(text: string): string {
  const colon = text.indexOf(':');
  if (colon < 0) return 'It has no colon between the algorithm and the value.';
  const algorithm = text.slice(0, colon);
  const hex = text.slice(colon + 1);
  const expected = algorithm === 'sha256' ? 64 : algorithm === 'sha512' ? 128 : undefined;
  if (expected === undefined) return 'Only the algorithms sha256 and sha512 are supported.';
  if (/[A-F]/.test(hex)) return 'Its value must be in lower case.';
  if (hex.length !== expected)
    return `A ${algorithm} value has ${expected} hexadecimal digits; this one has ${hex.length} characters.`;
  return 'Its value holds characters that are not hexadecimal digits.';
}
