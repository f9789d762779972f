import { SlipwayError } from '#lib/errors/slipway-error.ts';
import type { RegistryClient } from '#lib/oci/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { choosePlatform } from '#lib/oci/platform.ts';
import type { Descriptor, Platform } from '#lib/oci/types.ts';
import { type PullCache, readKnownBytes, readKnownManifest } from './known-documents.ts';
import { checkedPlatform, type Resolution, type ResolvedImage } from './resolve.ts';

// When an image comes out of the store although its registry would not, or could not, hand it out now. Access is what
// decides: proved by the registry itself (a token and a HEAD), it is enough; without a proof of today it takes the word of
// whoever runs this server (staleHoursMax) that one of yesterday will do. A refusal is never stood in for.

/** What a reference meant when a registry last proved that it may be read. */
export interface LastProven {
  /** Of the index if it named one, else of the manifest. */
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** ISO 8601 */
  readonly provenAt: string;
}

/** An image that stands in while its registry is down. */
export interface StandIn {
  readonly image: ResolvedImage;
  readonly provenAt: string;
}

/**
 * Whether an image that the registry only confirmed is one that it would not have handed out: all of it is here, and no
 * pulls are left. Docker Hub answers a HEAD also then, and that proves access.
 */
export async function isServedForLimit(options: {
  readonly image: Resolution;
  readonly client: Pick<RegistryClient, 'rateLimit'>;
  readonly cache: PullCache;
}): Promise<boolean> {
  const { image, client, cache } = options;
  return image.isStored && client.rateLimit?.remaining === 0 && (await hasLayers(image, cache));
}

/**
 * The image to use instead of failing with `error`: if that says that the registry is down, if access was proved lately
 * enough, and if the whole image is here and was delivered to this workspace by this repository. Undefined otherwise.
 */
export async function findStandIn(options: {
  readonly error: unknown;
  /** What was proved last, for the same credentials; null where the operator allows no such thing, or nothing was. */
  readonly lastProven: () => Promise<LastProven | null>;
  readonly platform: Platform;
  readonly cache: PullCache;
}): Promise<StandIn | undefined> {
  const { error, platform, cache } = options;
  if (!isOutage(error)) return undefined;
  const proven = await options.lastProven();
  if (proven === null) return undefined;
  const image = await readWhole({ ...proven, platform, cache });
  return image && { image, provenAt: proven.provenAt };
}

/** Network errors and 5xx that outlasted all retries; not a certificate that is wrong, a name that is unknown, a refusal. */
function isOutage(error: unknown): boolean {
  return error instanceof SlipwayError && error.kind === 'network' && error.isRetryable;
}

async function readWhole(options: {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly platform: Platform;
  readonly cache: PullCache;
}): Promise<ResolvedImage | undefined> {
  const { digest, sizeBytes, platform, cache } = options;
  // Without a type from a header the document's own word counts, as it did when it came.
  const top = await readKnownManifest(cache, { mediaType: '', digest, sizeBytes });
  if (top === undefined) return undefined;
  const isIndex = top.kind === 'index';
  const manifest = isIndex ? await readKnownManifest(cache, choosePlatform({ index: top, platform })) : top;
  if (manifest?.kind !== 'image') return undefined;
  const config = await readKnownBytes(cache, manifest.config);
  if (config === undefined) return undefined;
  const image = {
    ...(isIndex ? { index: top, indexDigest: top.digest } : {}),
    manifest,
    config,
    platform: checkedPlatform(platform, config),
  };
  return (await hasLayers(image, cache)) ? image : undefined;
}

async function hasLayers({ manifest }: ResolvedImage, { store, provenance }: PullCache): Promise<boolean> {
  const known = await provenance.known(manifest.layers.map(({ digest }) => digest));
  const isHere = (layer: Descriptor) => known.has(layer.digest) && store.has(layer);
  return (await Promise.all(manifest.layers.map(isHere))).every((here) => here);
}
