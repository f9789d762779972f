import type { BlobStore } from '#lib/store/blob-store.ts';
import type { ResolvedImage } from './resolve.ts';

/**
 * Makes an image visible whose layers are in place: the config, then the manifest that refers to all of them, then the
 * index by which it was found. So a manifest in the store is a whole image.
 */
export async function commitImage(options: {
  readonly image: ResolvedImage;
  readonly store: BlobStore;
}): Promise<void> {
  const { image, store } = options;
  await store.write({ digest: image.manifest.config.digest, bytes: image.config });
  await store.write(image.manifest);
  if (image.index !== undefined) await store.write(image.index);
}
