import { formatPlatform, normalisePlatform } from '#lib/oci/platform.ts';
import type { Platform } from '#lib/oci/types.ts';
import type { ResolvedImage } from '#lib/pull/resolve.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { formatCountOf } from './format.ts';
import { type ImageConfig, readImageConfig } from './image-config.ts';
import type { Check } from './schema.ts';

/** Looks at a pulled image: each result has a name, and says what was found. */
export async function checkImage(options: {
  readonly image: ResolvedImage;
  readonly platform: Platform;
  readonly store: Pick<BlobStore, 'has'>;
}): Promise<readonly Check[]> {
  const { image, platform, store } = options;
  const config = readImageConfig(image.config);
  return [
    checkPlatform(config, platform),
    checkConfig(config, image.manifest.layers.length),
    await checkBlobs(image, store),
    checkEntrypoint(config),
  ];
}

function checkPlatform(config: ImageConfig | null, wanted: Platform): Check {
  const name = 'Platform';
  const asked = formatPlatform(normalisePlatform(wanted));
  if (config?.os == null || config.architecture === null) {
    return {
      name,
      state: 'warned',
      detail: `The config names no platform; taken for ${asked}`,
      remedy: 'Ask whoever builds the image to state os and architecture.',
    };
  }
  const { os, architecture, variant } = config;
  const actual = normalisePlatform({ os, architecture, ...(variant ? { variant } : {}) });
  const found = formatPlatform(actual);
  const isMatch = actual.os === wanted.os && actual.architecture === normalisePlatform(wanted).architecture;
  return isMatch
    ? { name, state: 'passed', detail: found }
    : {
        name,
        state: 'failed',
        detail: `The image is for ${clip(found)}, not for ${asked}`,
        remedy: 'Choose its platform, or another tag.',
      };
}

function checkConfig(config: ImageConfig | null, layerCount: number): Check {
  const name = 'Config';
  const remedy = 'The image is damaged where it was built: build and push it again.';
  if (config === null) return { name, state: 'failed', detail: 'The config cannot be read', remedy };
  const count = config.diffIds.length;
  return count === layerCount
    ? { name, state: 'passed', detail: `Describes ${formatCountOf(count, 'layer')}` }
    : {
        name,
        state: 'failed',
        detail: `The config describes ${formatCountOf(count, 'layer')}, the manifest has ${layerCount}`,
        remedy,
      };
}

async function checkBlobs(image: ResolvedImage, store: Pick<BlobStore, 'has'>): Promise<Check> {
  const blobs = [image.manifest.config, ...image.manifest.layers];
  const isThere = await Promise.all(blobs.map((descriptor) => store.has(descriptor)));
  const missing = isThere.filter((there) => !there).length;
  const name = 'Blobs';
  return missing === 0
    ? { name, state: 'passed', detail: `${formatCountOf(blobs.length, 'blob')} in place with their sizes` }
    : {
        name,
        state: 'failed',
        detail: `${formatCountOf(missing, 'blob')} not in the store`,
        remedy: 'Something removed them after they were verified. Run the build again.',
      };
}

function checkEntrypoint(config: ImageConfig | null): Check {
  const name = 'Entrypoint';
  const { entrypoint = [], command = [] } = config ?? {};
  if (entrypoint.length > 0)
    return { name, state: 'passed', detail: `Entrypoint ${clip(JSON.stringify(entrypoint))}` };
  return {
    name,
    state: 'passed',
    detail: command.length > 0 ? `None; the command is ${clip(JSON.stringify(command))}` : 'None',
  };
}

/** A config may have 8 MiB of one word, and what is found travels with every view of the build. */
const clippedMax = 240;

function clip(text: string): string {
  return text.length > clippedMax ? `${text.slice(0, clippedMax)}…` : text;
}
