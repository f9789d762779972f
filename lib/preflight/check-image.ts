import { formatCountOf, formatDigest } from '#lib/builds/format.ts';
import { PlatformMissingError } from '#lib/oci/errors.ts';
import { formatPlatform, normalisePlatform } from '#lib/oci/platform.ts';
import type { ImageIndex } from '#lib/oci/types.ts';
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
  const digest = formatDigest(descriptor.digest);
  const isIndex = top?.kind === 'index';
  return {
    state: 'passed',
    detail: isIndex ? `${digest}, an index of ${formatCountOf(top.manifests.length, 'manifest')}` : digest,
    value: found,
    tookMs: found.tookMs,
  };
}

/** Whether the image is for the platform: its index says so, or, of a single image, its config. */
export async function checkPlatform(look: Look, found: FoundImage, signal: AbortSignal): Promise<Finding> {
  const { top, failure } = found;
  const value = undefined;
  if (failure !== undefined) throw failure;
  if (top === undefined) return { state: 'skipped', detail: wouldCostAPull, value };
  const wanted = normalisePlatform(look.platform);
  if (top.kind === 'index') {
    const others = platformsOf(top) - 1;
    const more = others > 0 ? `, and ${formatCountOf(others, 'more platform')}` : ' only';
    return { state: 'passed', detail: `${formatPlatform(wanted)}${more}`, value };
  }
  const { repository } = look.reference;
  const config =
    (await readKnown(look, top.config)) ??
    (await look.client.readBlob({ repository, descriptor: top.config, signal }));
  return { state: 'passed', detail: `${formatPlatform(checkedPlatform(wanted, config))} only`, value };
}

/** Attestations are listed as for an unknown platform. */
function platformsOf(index: ImageIndex): number {
  const named = index.manifests.flatMap(({ platform }) =>
    platform === undefined || platform.os === 'unknown' ? [] : [formatPlatform(normalisePlatform(platform))],
  );
  return new Set(named).size;
}
