import { clip } from '#lib/errors/clip.ts';
import { entrypointNames } from '#lib/images/entrypoint.ts';
import { LayerUnreadableError } from '#lib/images/errors.ts';
import type { LayerContents } from '#lib/images/layer-contents.ts';
import { type OpenedLayer, openImage } from '#lib/images/open-image.ts';
import { examineImage, type RequirementName, unexamined } from '#lib/images/requirements.ts';
import { formatPlatform, normalisePlatform } from '#lib/oci/platform.ts';
import type { Platform } from '#lib/oci/types.ts';
import type { ResolvedImage } from '#lib/pull/resolve.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { readableBlob } from '#lib/store/contents.ts';
import { formatBytes, formatCountOf } from '../format.ts';
import { type ImageConfig, readImageConfig } from '../image-config.ts';
import type { Check } from '../schema.ts';

/**
 * Looks at a pulled image: each result has a name, and says what was found. What the image lacks for steps is a warning
 * unless it is among the `needs` of those that would run in it; nothing of the image is run to find out.
 *
 * @throws the signal's reason
 */
export async function checkImage(options: {
  readonly image: ResolvedImage;
  readonly platform: Platform;
  readonly store: Pick<BlobStore, 'has' | 'root' | 'durability' | 'isPrivate'>;
  readonly needs?: ReadonlySet<RequirementName>;
  /** Variables that they find set beside the image's own: `NAME=value` each. */
  readonly env?: readonly string[];
  readonly signal: AbortSignal;
  /** Hears of each layer once it is read. */
  readonly onLayer?: (layer: OpenedLayer) => void;
}): Promise<readonly Check[]> {
  const { image, platform, store } = options;
  const config = readImageConfig(image.config);
  const blobs = await checkBlobs(image, store);
  const checks = [checkPlatform(config, platform), checkConfig(config, image.manifest.layers.length), blobs];
  if (config === null) return [...checks, ...unexamined('The config cannot be read')];
  const { env = [] } = options;
  if (blobs.state === 'failed') return [...checks, ...unexamined('Not all layers are in the store')];
  if (normalisePlatform(platform).os !== 'linux') {
    return [...checks, ...unexamined('Only images for Linux are looked into')];
  }
  return [...checks, ...(await checkContents(options, { ...config, env: [...config.env, ...env] }))];
}

async function checkContents(
  options: Parameters<typeof checkImage>[0],
  config: ImageConfig,
): Promise<readonly Check[]> {
  const { image, store, needs = new Set<RequirementName>(), signal, onLayer } = options;
  try {
    const opened = await openImage({
      layers: image.manifest.layers.map(({ digest }) => readableBlob({ store, digest })),
      wanted: new Set(entrypointNames(config)),
      signal,
      ...(onLayer === undefined ? {} : { onLayer }),
    });
    const { requirements } = await examineImage({ files: opened.files, config, needs });
    return [checkLayers(opened.layers), ...requirements];
  } catch (error) {
    if (!(error instanceof LayerUnreadableError)) throw error;
    return [unreadableLayers(error), ...unexamined('Not known while a layer cannot be read')];
  }
}

function checkLayers(layers: readonly LayerContents[]): Check {
  const total = (count: (layer: LayerContents) => number) =>
    layers.reduce((sum, layer) => sum + count(layer), 0);
  const name = 'Layers';
  const files = formatCountOf(
    total(({ fileCount }) => fileCount),
    'file',
  );
  const size = `${files}, ${formatBytes(total(({ fileBytes }) => fileBytes))} unpacked`;
  const strange = total(({ strangeCount }) => strangeCount);
  if (strange === 0) return { name, state: 'passed', detail: size };
  return {
    name,
    state: 'warned',
    detail: `${size}; ${formatCountOf(strange, 'entry', 'entries')} that can lie nowhere in an image`,
    remedy:
      'Paths that lead out of the image, or are too long for Linux, are left out. Find out who made this layer.',
  };
}

function unreadableLayers({ layerIndex, why, advice }: LayerUnreadableError): Check {
  const which = layerIndex === undefined ? 'The layers' : `Layer ${layerIndex + 1}`;
  return {
    name: 'Layers',
    state: 'warned',
    detail: `${which} cannot be read: ${why}`,
    remedy: advice.next,
  };
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
  if (!isMatch) {
    return {
      name,
      state: 'failed',
      detail: `The image is for ${clip(found, clippedMax)}, not for ${asked}`,
      remedy: 'Choose its platform, or another tag.',
    };
  }
  if (formatPlatform({ os, architecture: actual.architecture }) === stepsPlatform) {
    return { name, state: 'passed', detail: clip(found, clippedMax) };
  }
  return {
    name,
    state: 'warned',
    detail: `${clip(found, clippedMax)}, as asked for; the requirement for steps is ${stepsPlatform}`,
    remedy: `Choose ${stepsPlatform} for an image that steps are to build upon.`,
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

/** The one platform that image definitions run on. */
const stepsPlatform = 'linux/amd64';

/** A config may have 8 MiB of one word, and what is found travels with every view of the build. */
const clippedMax = 240;
