import type { StepImage } from '#lib/engines/take-result.ts';
import { parseManifest } from '#lib/oci/manifest.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { ImageCheckError } from '../errors.ts';
import { readImageConfig } from '../image-config.ts';

/**
 * An image in the store, whole.
 * @throws ImageCheckError when the store does not hold all of it
 */
export async function readStepImage(store: BlobStore, descriptor: Descriptor): Promise<StepImage> {
  const bytes = await store.read(descriptor);
  if (bytes === undefined) throw missing(descriptor);
  const manifest = parseManifest({ bytes, mediaType: descriptor.mediaType, digest: descriptor.digest });
  if (manifest.kind !== 'image') throw missing(descriptor);
  const config = await store.read(manifest.config);
  const diffIds = config === undefined ? undefined : readImageConfig(config)?.diffIds;
  if (config === undefined || diffIds?.length !== manifest.layers.length) throw missing(manifest.config);
  for (const layer of manifest.layers) if (!(await store.has(layer))) throw missing(layer);
  return { manifest, config, diffIds, added: [] };
}

function missing({ digest }: Pick<Descriptor, 'digest'>): ImageCheckError {
  return new ImageCheckError({
    detail: `The blob ${digest} is not in the store any more`,
    remedy: 'Something removed it after it was verified. Run the build again.',
  });
}
