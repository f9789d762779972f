import { createHash } from 'node:crypto';
import path from 'node:path';
import { type Digest, splitDigest } from '#lib/oci/digest.ts';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#blobs */
export function blobFile(root: string, digest: Digest): string {
  const { algorithm, hex } = splitDigest(digest);
  return path.join(root, 'blobs', algorithm, hex);
}

/**
 * Where a blob is put together. Each source has a folder of its own: bytes that one host delivered never help
 * another host to "deliver" the same blob (see README.md, Who may use what).
 */
export function ingestFolder(options: {
  readonly root: string;
  readonly digest: Digest;
  readonly source: string;
}): string {
  const { algorithm, hex } = splitDigest(options.digest);
  return path.join(options.root, 'ingest', `${algorithm}-${hex}.${sourceName(options.source)}`);
}

/** An empty file whose being there says: this source delivered this blob. */
export function deliveryFile(options: {
  readonly root: string;
  readonly digest: Digest;
  readonly source: string;
}): string {
  const { algorithm, hex } = splitDigest(options.digest);
  return path.join(options.root, 'deliveries', algorithm, hex, sourceName(options.source));
}

/** What was found in a blob. Like the blob itself it can never change: whatever it says can be found again. */
export function contentsFile(root: string, digest: Digest): string {
  const { algorithm, hex } = splitDigest(digest);
  return path.join(root, 'contents', algorithm, `${hex}.json.gz`);
}

/** A host and port as a file name of fixed length, whatever characters are in it. */
function sourceName(source: string): string {
  return createHash('sha256').update(source).digest('hex').slice(0, 32);
}
