import type { StepImage } from '#lib/engines/take-result.ts';
import { newestGlibc } from '#lib/images/glibc-versions.ts';
import { openImage } from '#lib/images/open-image.ts';
import { checkGlibc, type ImageInside, planPythonCopy } from '#lib/images/python-copy.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { readableBlob } from '#lib/store/contents.ts';
import { ImageCheckError } from '../errors.ts';
import { readImageConfig } from '../image-config.ts';

/**
 * The instructions that put a Python from one image of the store into another. What would not work is said before anything runs.
 * @throws PythonMisfitError, LayerUnreadableError
 */
export async function addPythonLines(options: {
  readonly version: string;
  readonly source: StepImage;
  readonly base: StepImage;
  readonly store: BlobStore;
  readonly signal: AbortSignal;
}): Promise<readonly string[]> {
  const { version, signal } = options;
  const source = await openStored(options.source, options);
  const base = await openStored(options.base, options);
  const copy = planPythonCopy({ version, source, base });
  const library = copy.baseLibrary === undefined ? [] : [copy.baseLibrary];
  const needed = await newestGlibc({ layers: source.layers, files: copy.programs, signal });
  const provided = await newestGlibc({ layers: base.layers, files: library, signal });
  checkGlibc({ version, needed, provided });
  return copy.lines;
}

async function openStored(
  { manifest, config: bytes }: StepImage,
  { store, signal }: { readonly store: BlobStore; readonly signal: AbortSignal },
): Promise<ImageInside & { readonly layers: readonly ReturnType<typeof readableBlob>[] }> {
  const config = readImageConfig(bytes);
  if (config === null) throw new ImageCheckError({ detail: 'The config cannot be read' });
  const layers = manifest.layers.map(({ digest }) => readableBlob({ store, digest }));
  const { files } = await openImage({ layers, wanted: new Set(), signal });
  return { files, config, layers };
}
