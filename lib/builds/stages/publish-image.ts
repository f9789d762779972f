import type { Digest } from '#lib/oci/digest.ts';
import type { ResolvedImage } from '#lib/pull/resolve.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { ImageCheckError } from '../errors.ts';
import { formatBytes, formatCountOf } from '../format.ts';
import type { StageLog } from '../log/stage-log.ts';

/** A blob of the image, now in the store and verified, that the registry gave to this build or confirmed to it. */
export interface DeliveredBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/**
 * The image is published when its manifest is in the store with all that it names.
 * @throws ImageCheckError when the store does not hold all of it any more
 */
export async function publishImage(options: {
  readonly store: Pick<BlobStore, 'has'>;
  readonly image: ResolvedImage;
  readonly log: StageLog;
}): Promise<readonly DeliveredBlob[]> {
  const { store, image, log } = options;
  const { index, manifest } = image;
  const documents = [...(index === undefined ? [] : [index]), manifest].map(
    ({ digest, mediaType, bytes }) => ({
      digest,
      mediaType,
      sizeBytes: bytes.length,
    }),
  );
  const blobs = [...documents, manifest.config, ...manifest.layers];
  for (const descriptor of blobs) {
    if (await store.has(descriptor)) continue;
    throw new ImageCheckError({
      detail: `The blob ${descriptor.digest} is not in the store any more`,
      remedy: 'Something removed it after it was verified. Run the build again.',
    });
  }
  log.say(
    'publish',
    `${manifest.digest}, ${formatCountOf(blobs.length, 'blob')}, ${formatBytes(totalOf(blobs))}`,
  );
  log.say('ok', 'in the store, verified');
  return blobs.map(({ digest, sizeBytes }) => ({ digest, sizeBytes }));
}

export function totalOf(blobs: readonly { readonly sizeBytes: number }[]): number {
  return blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
