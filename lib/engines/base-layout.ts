import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mediaTypes } from '#lib/oci/media-types.ts';
import type { ImageManifest } from '#lib/oci/types.ts';

/** The name of the one image in the layouts that engines read and write. */
export const layoutName = 'image';

/**
 * Writes an OCI layout whose blobs are those of the store, and whose index names one image of it: what an engine begins with. It
 * costs no copy. https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export async function writeBaseLayout(options: {
  readonly folder: string;
  readonly storeFolder: string;
  readonly manifest: Pick<ImageManifest, 'digest' | 'bytes'>;
}): Promise<void> {
  const { folder, storeFolder, manifest } = options;
  await mkdir(folder, { recursive: true });
  await symlink(path.join(storeFolder, 'blobs'), path.join(folder, 'blobs'));
  await writeFile(path.join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const entry = {
    mediaType: mediaTypes.ociManifest,
    digest: manifest.digest,
    size: manifest.bytes.length,
    annotations: { 'org.opencontainers.image.ref.name': layoutName },
  };
  await writeFile(path.join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
}
