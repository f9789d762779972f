import type { Digest } from '#lib/oci/digest.ts';
import type { Descriptor, ImageIndex, ImageManifest } from '#lib/oci/types.ts';
import type { ImageBlob } from './types.ts';

/** Every blob of an image, each once: its index if it was found through one, its manifest, its config, its layers. */
export function blobsOf(image: {
  readonly index?: Pick<ImageIndex, 'digest' | 'bytes'> | undefined;
  readonly manifest: Pick<ImageManifest, 'digest' | 'bytes'> & {
    readonly config: Pick<Descriptor, 'digest' | 'sizeBytes'>;
    readonly layers: readonly Pick<Descriptor, 'digest' | 'sizeBytes'>[];
  };
}): readonly ImageBlob[] {
  const { index, manifest } = image;
  const all: ImageBlob[] = [
    ...(index === undefined ? [] : [document('index', index)]),
    document('manifest', manifest),
    { kind: 'config', position: 0, ...pick(manifest.config) },
    ...manifest.layers.map((layer, position): ImageBlob => ({ kind: 'layer', position, ...pick(layer) })),
  ];
  const distinct = new Map<Digest, ImageBlob>();
  for (const blob of all) if (!distinct.has(blob.digest)) distinct.set(blob.digest, blob);
  return [...distinct.values()];
}

function document(
  kind: 'index' | 'manifest',
  { digest, bytes }: { readonly digest: Digest; readonly bytes: Uint8Array },
): ImageBlob {
  return { kind, position: 0, digest, sizeBytes: bytes.length };
}

function pick({ digest, sizeBytes }: Pick<Descriptor, 'digest' | 'sizeBytes'>) {
  return { digest, sizeBytes };
}
