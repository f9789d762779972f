import { z } from 'zod';
import type { RegistryClient } from '#lib/oci/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { ManifestInvalidError, PlatformMissingError } from '#lib/oci/errors.ts';
import { jsonOf } from '#lib/oci/json.ts';
import { choosePlatform, formatPlatform, normalisePlatform } from '#lib/oci/platform.ts';
import { type Reference, targetOf } from '#lib/oci/reference.ts';
import type { ImageIndex, ImageManifest, Manifest, Platform } from '#lib/oci/types.ts';
import { type PullCache, readKnownBytes, readKnownManifest } from './known-documents.ts';

/** What a reference means for one platform. */
export interface ResolvedImage {
  /** When the reference names an index, that index and its digest. */
  readonly index?: ImageIndex;
  readonly indexDigest?: Digest;
  readonly manifest: ImageManifest;
  /** The config's bytes, verified. */
  readonly config: Uint8Array;
  /** What the config says it is for; what was asked for where it does not say. */
  readonly platform: Platform;
}

/** An image as a registry resolved it just now. */
export interface Resolution extends ResolvedImage {
  /** Whether the registry only said what the reference means: manifests and config came out of the store. */
  readonly isStored: boolean;
}

export interface ResolveOptions {
  readonly client: RegistryClient;
  readonly reference: Reference;
  readonly platform: Platform;
  /** Where manifests and configs of earlier pulls are, so that an unchanged image costs one or two requests. */
  readonly cache?: PullCache;
  readonly signal: AbortSignal;
}

/**
 * Asks the registry what a reference means, even if everything is here already: the answer proves that it may still be
 * read. With a cache the first request is a HEAD, which Docker Hub does not count as a pull.
 * @throws PlatformMissingError, and what the client throws
 */
export async function resolveImage(options: ResolveOptions): Promise<Resolution> {
  const { cache, platform } = options;
  const top = await getTop(options);
  if (top.found.kind === 'image') {
    return describeImage(options, { manifest: top.found, isStored: top.isStored });
  }
  const index = top.found;
  const chosen = choosePlatform({ index, platform });
  const known = await readKnownManifest(cache, chosen);
  const manifest = known ?? (await get(options, chosen.digest));
  if (manifest.kind === 'index') {
    throw new ManifestInvalidError(
      'Its index lists another index where the image for the platform should be.',
    );
  }
  const isStored = top.isStored && known !== undefined;
  return describeImage(options, { manifest, index, indexDigest: index.digest, isStored });
}

async function getTop(
  options: ResolveOptions,
): Promise<{ readonly found: Manifest; readonly isStored: boolean }> {
  const { client, reference, cache, signal } = options;
  const target = targetOf(reference);
  if (cache === undefined) return { found: await get(options, target), isStored: false };
  const facts = await client.headManifest({ repository: reference.repository, target, signal });
  if (facts === null) return { found: await get(options, target), isStored: false };
  const known = await readKnownManifest(cache, facts);
  return { found: known ?? (await get(options, facts.digest)), isStored: known !== undefined };
}

function get({ client, reference, signal }: ResolveOptions, target: string): Promise<Manifest> {
  return client.getManifest({ repository: reference.repository, target, signal });
}

async function describeImage(
  options: ResolveOptions,
  found: Omit<Resolution, 'config' | 'platform'>,
): Promise<Resolution> {
  const { client, reference, cache, signal } = options;
  const descriptor = found.manifest.config;
  const known = await readKnownBytes(cache, descriptor);
  const config = known ?? (await client.readBlob({ repository: reference.repository, descriptor, signal }));
  const isStored = found.isStored && known !== undefined;
  return { ...found, config, isStored, platform: checkedPlatform(options.platform, config) };
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties */
const configPlatformSchema = z.object({
  os: z.string().min(1),
  architecture: z.string().min(1),
  variant: z.string().optional(),
});

/**
 * The platform that an image without an index is for: only its config says it. What was asked for where it does not.
 * @throws PlatformMissingError when that is another than the wanted one.
 */
export function checkedPlatform(wanted: Platform, config: Uint8Array): Platform {
  const parsed = configPlatformSchema.safeParse(jsonOf(config));
  if (!parsed.success) return wanted;
  const { os, architecture, variant } = parsed.data;
  const actual = normalisePlatform({ os, architecture, ...(variant ? { variant } : {}) });
  const { os: wantedOs, architecture: wantedArchitecture } = normalisePlatform(wanted);
  if (actual.os === wantedOs && actual.architecture === wantedArchitecture) return actual;
  throw new PlatformMissingError({ wanted: formatPlatform(wanted), available: [formatPlatform(actual)] });
}
