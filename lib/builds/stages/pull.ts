import type { RegistryClient } from '#lib/oci/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { parseReference } from '#lib/oci/reference.ts';
import { fetchPlan } from '#lib/pull/fetch-plan.ts';
import { type PullPlan, planPull } from '#lib/pull/plan.ts';
import type { ResolvedImage } from '#lib/pull/resolve.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { blobsOf } from '#lib/store/image-blobs.ts';
import { formatBytes, formatCount, formatCountOf, formatDuration, formatRate } from '../format.ts';
import { readImageConfig, shownCommand } from '../image-config.ts';
import type { StageLog } from '../log/stage-log.ts';
import type { RunBuildOptions } from './build-options.ts';
import { plannedAs } from './findings.ts';
import { createPullReport } from './pull-report.ts';
import type { Stages } from './stages.ts';

/** What a build holds once its base is here, and how it would be fetched again. */
export interface Pulled {
  readonly client: RegistryClient;
  readonly plan: PullPlan;
}

/** Brings what the store lacks of the image. */
export async function pull(
  options: RunBuildOptions,
  stages: Stages,
  found: { readonly client: RegistryClient; readonly image: ResolvedImage },
  log: StageLog,
): Promise<Pulled> {
  const { store, keeper, provenance, signal, emit } = options;
  const { repository } = parseReference(options.reference);
  const startedAt = performance.now();
  log.say('pull', `${options.reference} for ${options.platform}`);
  // Before anything asks what is here: what is seen from now on is not collected.
  await keeper.hold({ digest: found.image.manifest.digest, blobs: blobsOf(found.image) });
  const plan = await planPull({ ...found, repository, store, provenance, signal });
  await keeper.makeRoom(plan.toFetchBytes);
  await store.ensureRoom(plan.toFetchBytes);
  stages.checks.found(log, plannedAs(plan));
  const presentCount = plan.blobs.filter(({ state }) => state === 'present').length;
  const size = `${formatCountOf(plan.blobs.length, 'layer')}, ${formatBytes(plan.totalBytes)} compressed`;
  log.say('pull', `${size}, ${presentCount === 0 ? 'none' : formatCount(presentCount)} already in the store`);
  const commands = readImageConfig(found.image.config)?.createdBy ?? [];
  const createdBy = commands.map((text) => text && shownCommand(text, options.clean.text));
  const report = createPullReport({ plan, createdBy, log, emit });
  report.begin();
  const { client } = found;
  const result = await fetchPlan({
    plan,
    client,
    repository,
    store,
    signal,
    onEvent: (event) => report.on(event),
  });
  const pullMs = Math.round(performance.now() - startedAt);
  const { fetchedBytes, reusedBytes } = result;
  emit({ kind: 'facts', facts: { fetchedBytes, reusedBytes, pullMs } });
  log.say('ok', pulledText({ fetchedBytes, reusedBytes, pullMs }));
  return { client, plan };
}

/**
 * Fetches again what was in place and is not any more. A collection that had begun before the build held the image may
 * have a blob out of sight for a moment, and people remove files; neither is a reason for a build to fail.
 */
export async function bringBack(
  options: RunBuildOptions,
  { client, plan }: Pulled,
  log: StageLog,
): Promise<void> {
  const { store, signal } = options;
  const { repository } = parseReference(options.reference);
  for (let tries = 0; tries < bringBackTriesMax; tries += 1) {
    const missing = await missingOf(store, plan.image);
    if (missing.length === 0) return;
    log.warn('pull', `${formatCountOf(missing.length, 'blob')} left the store meanwhile; fetched again`);
    await fetchPlan({ plan, client, repository, store, signal, onEvent: () => {} });
  }
}

/** What is gone three times in a row is taken away by something that will not stop. */
const bringBackTriesMax = 3;

async function missingOf(store: BlobStore, { index, manifest }: ResolvedImage): Promise<readonly Digest[]> {
  const missing: Digest[] = [];
  for (const { digest, sizeBytes } of blobsOf({ index, manifest })) {
    if (!(await store.has({ mediaType: '', digest, sizeBytes }))) missing.push(digest);
  }
  return missing;
}

function pulledText(result: {
  readonly fetchedBytes: number;
  readonly reusedBytes: number;
  readonly pullMs: number;
}): string {
  const { fetchedBytes, reusedBytes, pullMs } = result;
  if (fetchedBytes === 0) return `nothing to fetch: ${formatBytes(reusedBytes)} were in the store`;
  const rate = formatRate((fetchedBytes * 1000) / Math.max(1, pullMs));
  const reused = reusedBytes === 0 ? '' : `, ${formatBytes(reusedBytes)} reused`;
  return `${formatBytes(fetchedBytes)} fetched in ${formatDuration(pullMs)} (${rate})${reused}`;
}
