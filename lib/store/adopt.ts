import { readFile } from 'node:fs/promises';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { manifestBytesMax, parseManifest } from '#lib/oci/manifest.ts';
import type { Manifest } from '#lib/oci/types.ts';
import type { FoundBlob } from './collect-plan.ts';
import { systemCodeOf } from './errors.ts';
import { blobsOf } from './image-blobs.ts';
import { adoptImages } from './mutations.ts';
import { blobFile } from './paths.ts';

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

/** A manifest or index of the store, verified; undefined for anything else. */
export async function readDocument(root: string, digest: Digest): Promise<Manifest | undefined> {
  try {
    return parseManifest({ bytes: await readFile(blobFile(root, digest)), digest });
  } catch (error) {
    // A config, a small layer, a damaged file; or it has just gone.
    if (error instanceof SlipwayError || systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
