import type { Digest } from '#lib/oci/digest.ts';
import { manifestBytesMax } from '#lib/oci/manifest.ts';
import type { FoundBlob } from './collect-plan.ts';
import { readDocument } from './documents.ts';
import { blobsOf } from './image-blobs.ts';
import { adoptImages } from './mutations.ts';

/**
 * Takes manifests into the records that lie in the store and are in none: so that every manifest on the disk is known
 * with what it names, and goes before that does.
 * @returns how many there were
 */
export async function adoptUnknown(options: {
  readonly root: string;
  readonly found: ReadonlyMap<Digest, FoundBlob>;
  readonly known: ReadonlySet<Digest>;
}): Promise<number> {
  const { root, found, known } = options;
  const adopted = [];
  for (const [digest, { sizeBytes, touchedAt }] of found) {
    if (known.has(digest) || sizeBytes > manifestBytesMax) continue;
    const manifest = await readDocument(root, digest);
    if (manifest?.kind === 'image') adopted.push({ digest, usedAt: touchedAt, blobs: blobsOf({ manifest }) });
  }
  await adoptImages(adopted);
  return adopted.length;
}
