import { InvalidDigestError } from './errors.ts';

/** `algorithm:hex` of a supported algorithm, in lower case: safe as a file name once the colon is split. */
export type Digest = string & { readonly __brand: 'Digest' };

export type DigestAlgorithm = 'sha256' | 'sha512';

/** Hex digits by algorithm. https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#registered-algorithms */
const hexDigits: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };

/** @throws InvalidDigestError when the text is no digest of a supported algorithm. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new InvalidDigestError(text);
  return text;
}

export function isDigest(text: string): text is Digest {
  const [algorithm, hex, rest] = text.split(':');
  if (algorithm === undefined || hex === undefined || rest !== undefined) return false;
  if (algorithm !== 'sha256' && algorithm !== 'sha512') return false;
  return hex.length === hexDigits[algorithm] && /^[0-9a-f]+$/.test(hex);
}

export function splitDigest(digest: Digest): { readonly algorithm: DigestAlgorithm; readonly hex: string } {
  const [algorithm, hex] = digest.split(':') as [DigestAlgorithm, string];
  return { algorithm, hex };
}
