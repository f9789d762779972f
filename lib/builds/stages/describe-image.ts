import { type ContentsSummary, type ImageContents, summaryOfContents } from '#lib/images/contents.ts';
import { LayerUnreadableError } from '#lib/images/errors.ts';
import { readImageContents, unknownContents } from '#lib/images/image-contents.ts';
import { openImage } from '#lib/images/open-image.ts';
import type { Digest } from '#lib/oci/digest.ts';
import type { ImageManifest } from '#lib/oci/types.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { readableBlob } from '#lib/store/contents.ts';
import { formatCountOf } from '../format.ts';
import { readImageConfig } from '../image-config.ts';
import { tellLayers } from '../layers-read.ts';
import type { StageLog } from '../log/stage-log.ts';
import type { BuildEvent } from '../schema.ts';

/** Where what was learnt of images is kept, by the digests of their manifests. */
export interface ContentsKeeper {
  /** In short, of an image that was looked into before; null of another. */
  known(digest: Digest): Promise<ContentsSummary | null>;
  keep(learnt: { readonly digest: Digest; readonly contents: ImageContents }): Promise<void>;
}

/**
 * Learns what is in the image that a build came to, once for each image: of one that is known this costs one question. Nothing is
 * run. What cannot be read is said and tried again by the next build; it never fails one.
 *
 * @throws the signal's reason
 */
export async function describeImage(options: {
  readonly image: { readonly manifest: ImageManifest; readonly config: Uint8Array };
  readonly store: Pick<BlobStore, 'root' | 'durability' | 'isPrivate'>;
  readonly keeper: ContentsKeeper;
  readonly log: StageLog;
  readonly emit: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { image, keeper, log, emit } = options;
  const { digest } = image.manifest;
  const known = await keeper.known(digest);
  const learnt = known === null ? await learn(options) : undefined;
  if (learnt?.isWhole) await keeper.keep({ digest, contents: learnt.contents });
  const contents = known ?? summaryOfContents(learnt?.contents ?? unknownContents(''));
  const { os, python, packageCount, unread } = contents;
  const parts = [os, python && `Python ${python}`, formatCountOf(packageCount, 'package')];
  log.say('contents', parts.filter((part) => part !== null && part !== '').join(', '));
  for (const sentence of unread) log.warn('contents', sentence);
  emit({ kind: 'facts', facts: { contents } });
}

/** `isWhole`: looking again would find the same. */
interface Learnt {
  readonly contents: ImageContents;
  readonly isWhole: boolean;
}

async function learn(options: Parameters<typeof describeImage>[0]): Promise<Learnt> {
  const { image, store, signal, log } = options;
  const config = readImageConfig(image.config);
  if (config === null) return { contents: unknownContents('The config cannot be read.'), isWhole: true };
  if (config.os !== null && config.os !== 'linux') {
    return { contents: unknownContents('Only images for Linux are looked into.'), isWhole: true };
  }
  const { layers } = image.manifest;
  try {
    const { files } = await openImage({
      layers: layers.map(({ digest }) => readableBlob({ store, digest })),
      wanted: new Set(),
      signal,
      onLayer: tellLayers(log, image.manifest),
    });
    return { contents: await readImageContents({ files, config }), isWhole: true };
  } catch (error) {
    if (!(error instanceof LayerUnreadableError)) throw error;
    const which = error.layerIndex === undefined ? 'The layers' : `Layer ${error.layerIndex + 1}`;
    return { contents: unknownContents(`${which} cannot be read: ${error.why}.`), isWhole: false };
  }
}
