import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Platform } from '#lib/oci/types.ts';
import { blobFile } from '#lib/store/paths.ts';
import type { BaseImage } from './types.ts';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties */
const platformSchema = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().exactOptional(),
}) satisfies z.ZodType<Platform>;

/** What a base runs on, as its config in the store says. */
export async function readPlatform(
  storeFolder: string,
  { manifest }: Pick<BaseImage, 'manifest'>,
): Promise<Platform> {
  const text = await readFile(blobFile(storeFolder, manifest.config.digest), 'utf8');
  return platformSchema.parse(JSON.parse(text));
}
