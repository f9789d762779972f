import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { isDigest } from '#lib/oci/digest.ts';
import { parseManifest } from '#lib/oci/manifest.ts';
import type { ImageManifest } from '#lib/oci/types.ts';
import { verifyDigest } from '#lib/oci/verify-digest.ts';
import { blobFile } from '#lib/store/paths.ts';
import { EngineFailedError } from './errors.ts';

/** The one image of a layout that an engine wrote, as it says. Manifest and config match their digests; layers are not looked at. */
export interface ResultLayout {
  readonly manifest: ImageManifest;
  readonly config: Uint8Array;
  readonly diffIds: readonly string[];
}

/** @throws EngineFailedError when there is no image in it. */
export async function readResultLayout(folder: string): Promise<ResultLayout> {
  try {
    const index = indexSchema.parse(JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8')));
    const digest = index.manifests[0]?.digest ?? '';
    if (!isDigest(digest)) throw new Error('The index names no digest.');
    const manifest = parseManifest({ bytes: await readFile(blobFile(folder, digest)), digest });
    if (manifest.kind !== 'image') throw new Error('The result is an index.');
    const config = await readFile(blobFile(folder, manifest.config.digest));
    verifyDigest({ bytes: config, digest: manifest.config.digest, noun: 'config' });
    const { rootfs } = configSchema.parse(JSON.parse(config.toString('utf8')));
    if (rootfs.diff_ids.length !== manifest.layers.length) throw new Error('The config counts other layers.');
    return { manifest, config, diffIds: rootfs.diff_ids };
  } catch (cause) {
    throw new EngineFailedError({ why: 'What it made cannot be read as an image.', cause });
  }
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties */
const configSchema = z.object({ rootfs: z.object({ diff_ids: z.array(z.string()) }) });
const indexSchema = z.object({ manifests: z.array(z.object({ digest: z.string() })).length(1) });
