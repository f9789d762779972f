import { parseManifest } from '#lib/oci/manifest.ts';
import type { Descriptor, Manifest } from '#lib/oci/types.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import type { Provenance } from './provenance.ts';

/** Where manifests and configs of earlier pulls are, and which of them a workspace may use unfetched. */
export interface PullCache {
  readonly store: BlobStore;
  readonly provenance: Provenance;
}

/** A blob in memory from the store, verified; undefined when it is not here or this repository never delivered it. */
export async function readKnownBytes(
  cache: PullCache | undefined,
  descriptor: Descriptor,
): Promise<Uint8Array | undefined> {
  const known = await cache?.provenance.known([descriptor.digest]);
  return known?.has(descriptor.digest) ? cache?.store.read(descriptor) : undefined;
}

/** A manifest or index from the store, under the same conditions. */
export async function readKnownManifest(
  cache: PullCache | undefined,
  descriptor: Descriptor,
): Promise<Manifest | undefined> {
  const bytes = await readKnownBytes(cache, descriptor);
  const { mediaType, digest } = descriptor;
  return bytes && parseManifest({ bytes, mediaType, digest });
}
