import { readFile } from 'node:fs/promises';
import { type Digest, parseDigest } from '#lib/oci/digest.ts';
import { ManifestInvalidError } from '#lib/oci/errors.ts';
import { parseManifest } from '#lib/oci/manifest.ts';
import { parsePlatform } from '#lib/oci/platform.ts';
import { ociForm } from '#lib/pull/oci-form.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { nameImage, tidyLayout } from '#lib/store/layout.ts';
import { holdLayout } from '#lib/store/layout-use.ts';
import { blobFile } from '#lib/store/paths.ts';

/** Copies an image out of one store into a layout, verified, and names it there. Blobs that are there already stay. */
export async function handOver(options: {
  /** Of its manifest. */
  readonly digest: string;
  readonly from: BlobStore;
  readonly to: BlobStore;
  readonly tag: string;
  readonly platform: string;
  readonly signal: AbortSignal;
}): Promise<{ readonly digest: Digest }> {
  const { from, to, tag, signal } = options;
  const digest = parseDigest(options.digest);
  const stored = parseManifest({ bytes: await readFile(blobFile(from.root, digest)), digest });
  if (stored.kind !== 'image') throw new ManifestInvalidError('It is an index where an image should be.');
  const { descriptor, bytes } = ociForm(stored);
  await holdLayout(to, async () => {
    for (const blob of [stored.config, ...stored.layers]) {
      const file = blobFile(from.root, blob.digest);
      if (!(await to.has(blob))) await to.copyIn({ digest: blob.digest, file, signal });
    }
    await to.write({ digest: descriptor.digest, bytes });
    const manifest = { ...descriptor, platform: parsePlatform(options.platform) };
    await nameImage({ store: to, manifest, name: tag, signal });
  });
  await tidyLayout(to.root);
  return { digest: descriptor.digest };
}
