import { formatCountOf, formatDigest } from '#lib/builds/format.ts';
import { PlatformMissingError } from '#lib/oci/errors.ts';
import { formatPlatform, normalisePlatform } from '#lib/oci/platform.ts';
import type { Descriptor, ImageIndex, Manifest, Platform } from '#lib/oci/types.ts';
import { checkedPlatform } from '#lib/pull/resolve.ts';
import type { Sight } from './check-permission.ts';
import type { Finding } from './checklist.ts';
import { type FoundImage, type Look, readKnown } from './image-lookup.ts';

export const wouldCostAPull = 'Not tested: would cost one pull';

/** Whether there is an image under that tag or digest. */
export function checkManifest(sight: Sight): Finding<FoundImage> {
  if (sight.kind === 'missing') throw sight.failure;
  const { found } = sight;
  const { failure, top, descriptor } = found;
  if (failure !== undefined && !(failure instanceof PlatformMissingError)) throw failure;
  const detail = describeManifest(top ?? descriptor);
  return { state: 'passed', detail, value: found, tookMs: found.tookMs };
}

/** `sha256:9f2c41ab…e816, an index of 4 manifests` */
export function describeManifest(top: Manifest | Descriptor): string {
  const digest = formatDigest(top.digest);
  const isIndex = 'kind' in top && top.kind === 'index';
  return isIndex ? `${digest}, an index of ${formatCountOf(top.manifests.length, 'manifest')}` : digest;
}

/** Whether the image is for the platform: its index says so, or, of a single image, its config. */
export async function checkPlatform(look: Look, found: FoundImage, signal: AbortSignal): Promise<Finding> {
  const { top, failure } = found;
  const value = undefined;
  if (failure !== undefined) throw failure;
  if (top === undefined) return { state: 'skipped', detail: wouldCostAPull, value };
  const wanted = normalisePlatform(look.platform);
  if (top.kind === 'index') return { state: 'passed', detail: describePlatform(wanted, top), value };
  const { repository } = look.reference;
  const config =
    (await readKnown(look, top.config)) ??
    (await look.client.readBlob({ repository, descriptor: top.config, signal }));
  return { state: 'passed', detail: describePlatform(checkedPlatform(wanted, config), undefined), value };
}

/** `linux/amd64, and 3 more platforms`. Without an index an image is for one platform alone. */
export function describePlatform(platform: Platform, index: ImageIndex | undefined): string {
  const others = index === undefined ? 0 : platformsOf(index) - 1;
  const more = others > 0 ? `, and ${formatCountOf(others, 'more platform')}` : ' only';
  return `${formatPlatform(platform)}${more}`;
}

/** Attestations are listed as for an unknown platform. */
function platformsOf(index: ImageIndex): number {
  const named = index.manifests.flatMap(({ platform }) =>
    platform === undefined || platform.os === 'unknown' ? [] : [formatPlatform(normalisePlatform(platform))],
  );
  return new Set(named).size;
}
