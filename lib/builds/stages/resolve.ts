import type { RegistryClient } from '#lib/oci/client.ts';
import { formatPlatform, parsePlatform } from '#lib/oci/platform.ts';
import { formatReference, parseReference } from '#lib/oci/reference.ts';
import { type ResolvedImage, resolveImage } from '#lib/pull/resolve.ts';
import type { StandIn } from '#lib/pull/stand-in.ts';
import { formatBytes, formatCount, formatCountOf } from '../format.ts';
import type { StageLog } from '../log/stage-log.ts';
import type { Access } from './authenticate.ts';
import type { RunBuildOptions } from './build-options.ts';
import { resolvedAs, withNearestTags } from './findings.ts';
import { totalOf } from './publish-image.ts';
import { tellServedForLimit, unlessDown } from './serve-stored.ts';
import type { Stages } from './stages.ts';

/** What the reference means. `isProven`: by the registry's word of now. */
export interface Meaning {
  readonly image: ResolvedImage;
  readonly isProven: boolean;
}

/** Learns what the reference means for the platform, down to the layers. */
export async function resolve(
  options: RunBuildOptions,
  stages: Stages,
  access: Access,
  log: StageLog,
): Promise<Meaning> {
  const { emit } = options;
  const reference = parseReference(options.reference);
  const platform = parsePlatform(options.platform);
  log.say('resolve', `${formatReference(reference)} for ${formatPlatform(platform)}`);
  const { client, standIn } = access;
  const meaning =
    standIn === undefined ? await askRegistry(options, stages, client, log) : inPlaceOf(standIn);
  const { image } = meaning;
  const { index, manifest } = image;
  if (index !== undefined) {
    log.say('resolve', `index ${index.digest}, ${formatCountOf(index.manifests.length, 'manifest')}`);
  }
  const totalBytes = totalOf(manifest.layers);
  log.say('resolve', `manifest ${manifest.digest}, ${manifest.mediaType}`);
  log.say('resolve', `config ${manifest.config.digest}, ${formatBytes(manifest.config.sizeBytes)}`);
  log.say('ok', `${formatCountOf(manifest.layers.length, 'layer')}, ${formatBytes(totalBytes)} compressed`);
  emit({
    kind: 'facts',
    facts: {
      platform: formatPlatform(image.platform),
      ...(image.indexDigest === undefined ? {} : { indexDigest: image.indexDigest }),
      baseDigest: manifest.digest,
      configDigest: manifest.config.digest,
      mediaType: manifest.mediaType,
      layerCount: manifest.layers.length,
      totalBytes,
    },
  });
  return meaning;
}

function inPlaceOf({ image }: StandIn): Meaning {
  return { image, isProven: false };
}

/** What the registry says that the reference means; or what stands in for that. */
async function askRegistry(
  options: RunBuildOptions,
  stages: Stages,
  client: RegistryClient,
  log: StageLog,
): Promise<Meaning> {
  const { signal } = options;
  const reference = parseReference(options.reference);
  const platform = parsePlatform(options.platform);
  try {
    const asked = await unlessDown(options, log, () =>
      resolveImage({ client, reference, platform, cache: options, signal }),
    );
    if ('standIn' in asked) {
      stages.checks.stoodIn(asked.failure);
      return inPlaceOf(asked.standIn);
    }
    const image = asked.result;
    await tellServedForLimit(options, log, { client, image });
    const hadCredentials = options.secret !== null;
    stages.checks.found(log, resolvedAs({ reference, client, image, hadCredentials }));
    return { image, isProven: true };
  } catch (error) {
    throw await withNearestTags({ error, client, reference, signal });
  } finally {
    // A limit that was met is of interest most of all.
    tellHeaders(options, client, log);
  }
}

/** What the registry says about itself beside its answers: how many pulls are left, and warnings. */
function tellHeaders({ emit }: RunBuildOptions, client: RegistryClient, log: StageLog): void {
  for (const warning of client.warnings) log.warn('warning', `${client.registry} says: ${warning}`);
  if (client.rateLimit === undefined) return;
  const { limit, remaining, windowSeconds, source } = client.rateLimit;
  const whose =
    source === undefined ? '' : ` for ${source === 'address' ? 'this server’s address' : 'this account'}`;
  const left = `${formatCount(remaining)} of ${formatCount(limit)} pulls left`;
  log.say('resolve', `${left} at ${client.registry}${whose}`);
  const rateLimit = {
    limit,
    remaining,
    ...(windowSeconds === undefined ? {} : { windowSeconds }),
    ...(source === undefined ? {} : { source }),
  };
  emit({ kind: 'facts', facts: { rateLimit } });
}
