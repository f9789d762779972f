import type { RegistryClient } from '#lib/oci/client.ts';
import { ManifestInvalidError } from '#lib/oci/errors.ts';
import { parseManifest } from '#lib/oci/manifest.ts';
import { choosePlatform } from '#lib/oci/platform.ts';
import { type Reference, targetOf } from '#lib/oci/reference.ts';
import type { Descriptor, ImageManifest, Manifest, Platform } from '#lib/oci/types.ts';
import type { Provenance } from '#lib/pull/provenance.ts';
import { isDockerHubHost } from '#lib/registries/docker-hub.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';

/** What looking at an image takes. */
export interface Look {
  readonly client: RegistryClient;
  readonly reference: Reference;
  readonly platform: Platform;
  /** Where manifests of earlier pulls are; without it, everything is asked for. */
  readonly cache?: { readonly store: BlobStore; readonly provenance: Provenance } | undefined;
}

/** What a reference points to, as far as it can be looked at without costing a pull. */
export interface FoundImage {
  /** Of what the tag points to: an index, or the image itself. */
  readonly descriptor: Descriptor;
  /** Undefined where it would cost a pull. */
  readonly top: Manifest | undefined;
  /** The image for the platform. Undefined where it would cost a pull, or where there is none. */
  readonly image: ImageManifest | undefined;
  /** Why there is no image for the platform, or why what is there is none. For the checks after the permission. */
  readonly failure: unknown;
  /** What reading manifests took, in milliseconds. */
  readonly tookMs: number;
}

/** Reads what a descriptor of the registry points to: its manifest and that of the platform. Failures are found as well. */
export async function lookAt(
  look: Look,
  options: {
    readonly descriptor: Descriptor;
    readonly top?: Manifest | undefined;
    readonly signal: AbortSignal;
  },
): Promise<FoundImage> {
  const { descriptor, signal } = options;
  const startedAtMs = performance.now();
  const found = (part: Partial<FoundImage>): FoundImage => ({
    descriptor,
    top: undefined,
    image: undefined,
    failure: undefined,
    tookMs: Math.round(performance.now() - startedAtMs),
    ...part,
  });
  let top: Manifest | undefined;
  try {
    top = options.top ?? (await readManifest(look, descriptor, signal));
    if (top === undefined) return found({});
    if (top.kind === 'image') return found({ top, image: top });
    const image = await readManifest(look, choosePlatform({ index: top, platform: look.platform }), signal);
    if (image?.kind === 'index') {
      throw new ManifestInvalidError(
        'Its index lists another index where the image for the platform should be.',
      );
    }
    return found({ top, image });
  } catch (failure) {
    signal.throwIfAborted();
    return found({ top, failure });
  }
}

/** Whether the registry counts a manifest that is got as a pull. */
export function countsPulls({ reference }: Pick<Look, 'reference'>): boolean {
  return isDockerHubHost(reference.registry);
}

/** Those of these blobs that this repository delivered before and that are here. */
export async function inStore(
  look: Look,
  descriptors: readonly Descriptor[],
): Promise<ReadonlySet<Descriptor>> {
  const { cache } = look;
  if (cache === undefined) return new Set();
  const known = await cache.provenance.known(descriptors.map(({ digest }) => digest));
  const here = new Set<Descriptor>();
  for (const descriptor of descriptors) {
    if (known.has(descriptor.digest) && (await cache.store.has(descriptor))) here.add(descriptor);
  }
  return here;
}

/** A small blob from the store, if this repository delivered it before. */
export async function readKnown(look: Look, descriptor: Descriptor): Promise<Uint8Array | undefined> {
  const known = await look.cache?.provenance.known([descriptor.digest]);
  return known?.has(descriptor.digest) ? look.cache?.store.read(descriptor) : undefined;
}

/** The manifest, from the store or the registry; undefined where only a pull would bring it. */
async function readManifest(
  look: Look,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  const { digest, mediaType } = descriptor;
  const bytes = await readKnown(look, descriptor);
  if (bytes !== undefined) return parseManifest({ bytes, mediaType, digest });
  if (countsPulls(look)) return undefined;
  const { repository } = look.reference;
  return look.client.getManifest({ repository, target: digest, signal });
}

/** What the reference asks for: its digest, else its tag. */
export function wantedOf({ reference }: Pick<Look, 'reference'>) {
  return { repository: reference.repository, target: targetOf(reference) };
}
