import { createCipheriv, createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Digest } from '#lib/oci/digest.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';

/** A layer to push. `content` is its bytes, or a file that holds them. */
export interface TestLayer {
  readonly content: Buffer | { readonly file: string };
  readonly digest: Digest;
  /** Digest of the uncompressed tar, as the config lists it. */
  readonly diffId: Digest;
  readonly sizeBytes: number;
}

/**
 * A gzipped tar with one file of bytes that do not compress, the same for the same seed and size, so that tests
 * compare digests and images share layers by asking for the same ones.
 */
export function makeLayer(options: { readonly seed: string; readonly fileBytes: number }): TestLayer {
  const { seed, fileBytes } = options;
  const tar = tarOf([{ name: `srv/${seed}.bin`, content: randomBytesOf(seed, fileBytes) }]);
  return layerOfTar(tar);
}

/** A gzipped tar with these text files. */
export function makeTextLayer(files: Readonly<Record<string, string>>): TestLayer {
  return layerOfTar(
    tarOf(Object.entries(files).map(([name, text]) => ({ name, content: Buffer.from(text, 'utf8') }))),
  );
}

/** Deterministic bytes that look random. */
export function randomBytesOf(seed: string, sizeBytes: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  return cipher.update(Buffer.alloc(sizeBytes));
}

/** A layer out of an archive. */
export function layerOfTar(tar: Buffer): TestLayer {
  // Stored, not deflated: random bytes do not shrink, and trying takes most of the time.
  const content = gzipSync(tar, { level: 0 });
  return { content, digest: digestOf(content), diffId: digestOf(tar), sizeBytes: content.length };
}

/** POSIX ustar: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
function tarOf(files: readonly { readonly name: string; readonly content: Buffer }[]): Buffer {
  const blocks = files.flatMap(({ name, content }) => [
    tarHeader(name, content.length),
    content,
    Buffer.alloc((512 - (content.length % 512)) % 512),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** One file's header. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
export function tarHeader(name: string, sizeBytes: number): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  header.write(name, 0, 100, 'utf8');
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(sizeBytes, 12), 124);
  header.write(octal(0, 12), 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
