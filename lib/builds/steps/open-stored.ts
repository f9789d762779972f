import type { StepImage } from '#lib/engines/take-result.ts';
import type { ImageFiles } from '#lib/images/image-files.ts';
import { openImage } from '#lib/images/open-image.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { type ReadableBlob, readableBlob } from '#lib/store/contents.ts';
import { ImageCheckError } from '../errors.ts';
import { type ImageConfig, readImageConfig } from '../image-config.ts';
import { tellLayers } from '../layers-read.ts';
import type { StageLog } from '../log/stage-log.ts';

/** An image of the store that was looked into. */
interface OpenedStored {
  readonly files: ImageFiles;
  readonly config: ImageConfig;
  readonly layers: readonly ReadableBlob[];
}

/**
 * Looks into an image that a step begins on or copies from. What an earlier look noted costs nothing.
 * @throws LayerUnreadableError
 */
export async function openStored(
  { manifest, config: bytes }: StepImage,
  options: { readonly store: BlobStore; readonly log: StageLog; readonly signal: AbortSignal },
): Promise<OpenedStored> {
  const { store, log, signal } = options;
  const config = readImageConfig(bytes);
  if (config === null) throw new ImageCheckError({ detail: 'The config cannot be read' });
  const layers = manifest.layers.map(({ digest }) => readableBlob({ store, digest }));
  const onLayer = tellLayers(log, manifest);
  const { files } = await openImage({ layers, wanted: new Set(), signal, onLayer });
  return { files, config, layers };
}
