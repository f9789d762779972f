import { mediaTypes } from '#lib/oci/media-types.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { type BlobStore, openBlobStore } from '#lib/store/blob-store.ts';
import { nameImage } from '#lib/store/layout.ts';
import { testFolder } from '#tests/support/folder.ts';

const { signal } = new AbortController();

export interface LayoutImage {
  readonly manifest: Descriptor;
  readonly layers: readonly Descriptor[];
}

export async function openLayout(): Promise<BlobStore> {
  return openBlobStore({ root: await testFolder(), durability: 'fast', isPrivate: true });
}

export async function writeBlob(
  store: BlobStore,
  bytes: Buffer,
  mediaType = 'text/plain',
): Promise<Descriptor> {
  const digest = digestOf(bytes);
  await store.write({ digest, bytes });
  return { mediaType, digest, sizeBytes: bytes.length };
}

/** Writes an image whose layers are these texts; under `name` index.json lists it. */
export async function writeImage(
  store: BlobStore,
  options: {
    readonly layers: readonly string[];
    readonly name?: string;
    readonly mediaType?: string;
  },
): Promise<LayoutImage> {
  const { mediaType = mediaTypes.ociManifest } = options;
  const config = await writeBlob(
    store,
    Buffer.from(JSON.stringify({ layers: options.layers })),
    mediaTypes.ociConfig,
  );
  const layers = await Promise.all(options.layers.map((text) => writeBlob(store, Buffer.from(text))));
  const wire = ({ mediaType, digest, sizeBytes }: Descriptor) => ({ mediaType, digest, size: sizeBytes });
  const manifest = await writeBlob(
    store,
    Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType, config: wire(config), layers: layers.map(wire) }),
    ),
    mediaType,
  );
  if (options.name !== undefined) await nameImage({ store, manifest, name: options.name, signal });
  return { manifest, layers };
}
