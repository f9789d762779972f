import { z } from 'zod';
import type { RegistryClient } from '#lib/oci/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { ManifestInvalidError, PlatformMissingError } from '#lib/oci/errors.ts';
import { parseManifest } from '#lib/oci/manifest.ts';
import { choosePlatform, formatPlatform, normalisePlatform } from '#lib/oci/platform.ts';
import { type Reference, targetOf } from '#lib/oci/reference.ts';
import type { Descriptor, ImageIndex, ImageManifest, Manifest, Platform } from '#lib/oci/types.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import type { Provenance } from './provenance.ts';

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

export interface ResolveOptions {
  readonly client: RegistryClient;
  readonly reference: Reference;
  readonly platform: Platform;
  /** Where manifests and configs of earlier pulls are, so that an unchanged image costs one or two requests. */
  readonly cache?: { readonly store: BlobStore; readonly provenance: Provenance };
  readonly signal: AbortSignal;
}

/**
 * Asks the registry what a reference means, even if everything is here already: the answer proves that it may still be
 * read. With a cache the first request is a HEAD, which Docker Hub does not count as a pull.
 * @throws PlatformMissingError, and what the client throws
 */
export async function resolveImage(options: ResolveOptions): Promise<ResolvedImage> {
  const top = await getTop(options);
  if (top.kind === 'image') return describeImage(options, { manifest: top });
  const chosen = choosePlatform({ index: top, platform: options.platform });
  const manifest = (await readKnown(options, chosen)) ?? (await get(options, chosen.digest));
  if (manifest.kind === 'index') {
    throw new ManifestInvalidError(
      'Its index lists another index where the image for the platform should be.',
    );
  }
  return describeImage(options, { manifest, index: top, indexDigest: top.digest });
}

async function getTop(options: ResolveOptions): Promise<Manifest> {
  const { client, reference, cache, signal } = options;
  const target = targetOf(reference);
  if (cache === undefined) return get(options, target);
  const facts = await client.headManifest({ repository: reference.repository, target, signal });
  if (facts === null) return get(options, target);
  return (await readKnown(options, facts)) ?? (await get(options, facts.digest));
}

function get({ client, reference, signal }: ResolveOptions, target: string): Promise<Manifest> {
  return client.getManifest({ repository: reference.repository, target, signal });
}

/** From the store, if this repository delivered it before. */
async function readKnown(options: ResolveOptions, descriptor: Descriptor): Promise<Manifest | undefined> {
  const bytes = await readKnownBytes(options, descriptor);
  return bytes && parseManifest({ bytes, mediaType: descriptor.mediaType, digest: descriptor.digest });
}

async function readKnownBytes(
  { cache }: ResolveOptions,
  descriptor: Descriptor,
): Promise<Uint8Array | undefined> {
  const known = await cache?.provenance.known([descriptor.digest]);
  return known?.has(descriptor.digest) ? cache?.store.read(descriptor) : undefined;
}

async function describeImage(
  options: ResolveOptions,
  found: Pick<ResolvedImage, 'manifest' | 'index' | 'indexDigest'>,
): Promise<ResolvedImage> {
  const { client, reference, signal } = options;
  const descriptor = found.manifest.config;
  const config =
    (await readKnownBytes(options, descriptor)) ??
    (await client.readBlob({ repository: reference.repository, descriptor, signal }));
  return { ...found, config, platform: checkedPlatform(options.platform, config) };
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
  const parsed = configPlatformSchema.safeParse(parseJson(config));
  if (!parsed.success) return wanted;
  const { os, architecture, variant } = parsed.data;
  const actual = normalisePlatform({ os, architecture, ...(variant ? { variant } : {}) });
  const { os: wantedOs, architecture: wantedArchitecture } = normalisePlatform(wanted);
  if (actual.os === wantedOs && actual.architecture === wantedArchitecture) return actual;
  throw new PlatformMissingError({ wanted: formatPlatform(wanted), available: [formatPlatform(actual)] });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
