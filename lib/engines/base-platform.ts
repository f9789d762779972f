import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { splitDigest } from '#lib/oci/digest.ts';
import type { BaseImage } from './types.ts';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties */
const platformSchema = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
});

/** What a base runs on, as its config in the store says. */
export async function readPlatform(
  storeFolder: string,
  { manifest }: Pick<BaseImage, 'manifest'>,
): Promise<z.infer<typeof platformSchema>> {
  const { algorithm, hex } = splitDigest(manifest.config.digest);
  const text = await readFile(path.join(storeFolder, 'blobs', algorithm, hex), 'utf8');
  return platformSchema.parse(JSON.parse(text));
}

/** `os/architecture[/variant]` */
export function platformText({ os, architecture, variant }: z.infer<typeof platformSchema>): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}
