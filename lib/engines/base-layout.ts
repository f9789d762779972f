import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Digest, splitDigest } from '#lib/oci/digest.ts';
import { mediaTypes } from '#lib/oci/media-types.ts';
import { blobFile } from '#lib/store/paths.ts';
import type { BaseImage } from './types.ts';

/** The name of the one image in the layouts that engines read and write. */
export const layoutName = 'image';

/**
 * Writes an OCI layout of one image, whose layers are those of the store: what an engine begins with. It costs no copy of them.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export async function writeBaseLayout(options: {
  readonly folder: string;
  readonly storeFolder: string;
  readonly image: Pick<BaseImage, 'manifest' | 'config'>;
}): Promise<void> {
  const { folder, storeFolder, image } = options;
  const { manifest, config } = image;
  const place = async (digest: Digest) => {
    const { algorithm, hex } = splitDigest(digest);
    await mkdir(path.join(folder, 'blobs', algorithm), { recursive: true });
    return path.join(folder, 'blobs', algorithm, hex);
  };
  // An image may have a layer twice.
  for (const digest of new Set(manifest.layers.map((layer) => layer.digest)))
    await symlink(blobFile(storeFolder, digest), await place(digest));
  await writeFile(await place(manifest.config.digest), config);
  await writeFile(await place(manifest.digest), manifest.bytes);
  await writeFile(path.join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const entry = {
    mediaType: mediaTypes.ociManifest,
    digest: manifest.digest,
    size: manifest.bytes.length,
    annotations: { 'org.opencontainers.image.ref.name': layoutName },
  };
  await writeFile(path.join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
}
