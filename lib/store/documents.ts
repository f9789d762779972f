import { readFile } from 'node:fs/promises';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { parseManifest } from '#lib/oci/manifest.ts';
import type { Manifest } from '#lib/oci/types.ts';
import { systemCodeOf } from './errors.ts';
import { blobFile } from './paths.ts';

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
