import { CancelledError } from '#lib/errors/cancelled.ts';
import { reportError } from '#lib/errors/report.ts';
import type { RegistryClient } from '#lib/oci/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { formatPlatform, parsePlatform } from '#lib/oci/platform.ts';
import { formatReference, parseReference } from '#lib/oci/reference.ts';
import type { RetryNotice } from '#lib/oci/retry.ts';
import type { Credentials } from '#lib/oci/types.ts';
import { fetchPlan } from '#lib/pull/fetch-plan.ts';
import { type PullPlan, planPull } from '#lib/pull/plan.ts';
import type { Provenance } from '#lib/pull/provenance.ts';
import { type ResolvedImage, resolveImage } from '#lib/pull/resolve.ts';
import { authFor } from '#lib/registries/auth-for.ts';
import type { OpenedSecret } from '#lib/secrets/types.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { blobsOf } from '#lib/store/image-blobs.ts';
import type { RecordedImage } from '#lib/store/types.ts';
import { createStageLog, type StageLog } from './build-log.ts';
import { checkImage } from './check-image.ts';
import { ImageCheckError } from './errors.ts';
import { formatBytes, formatCount, formatCountOf, formatDuration, formatRate } from './format.ts';
import { readImageConfig } from './image-config.ts';
import { createPullReport } from './pull-report.ts';
import type { BuildEvent, StageName } from './schema.ts';

export interface RunBuildOptions {
  readonly reference: string;
  readonly platform: string;
  readonly secret: (OpenedSecret & { readonly name: string; readonly version: number }) | null;
  /** Makes the client through which all of this build's requests go. */
  readonly connect: (options: {
    readonly registry: string;
    readonly credentials: Credentials | undefined;
    readonly onRetry: (notice: RetryNotice) => void;
  }) => RegistryClient;
  readonly store: BlobStore;
  readonly keeper: StoreKeeper;
  readonly provenance: Provenance;
  readonly emit: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}

/** Who collects the store, and from whom a build needs two things. */
export interface StoreKeeper {
  /** Keeps an image from being collected until the build has ended. Only then may the build look what of it is here. */
  hold(image: RecordedImage): Promise<void>;
  /** Collects what is least needed if so many bytes would not fit. Resolves even if that did not help. */
  makeRoom(neededBytes: number): Promise<void>;
}

/** A blob of the image, now in the store and verified, that the registry gave to this build or confirmed to it. */
export interface DeliveredBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/**
 * Runs the stages of a build, telling each step through `emit`. Resolves, with what was delivered, when the image is
 * whole in the store.
 *
 * @throws CancelledError when the signal fires, and otherwise the failure that ended a stage; that was told already.
 */
export async function runBuild(options: RunBuildOptions): Promise<readonly DeliveredBlob[]> {
  const run = new Run(options);
  const client = await run.stage('authenticate', (log) => authenticate(options, run, log));
  const image = await run.stage('resolve', (log) => resolve(options, client, log));
  const found = await run.stage('pull', (log) => pull(options, { client, image }, log));
  await run.stage('check', async (log) => {
    await bringBack(options, found, log);
    await check(options, image, log);
  });
  options.emit({ kind: 'stage', stage: 'steps', state: 'skipped', detail: 'No steps' });
  return run.stage('publish', async (log) => {
    await bringBack(options, found, log);
    return publish(options, image, log);
  });
}

/** Which stage is under way: what happens outside of any one stage's code is logged there. */
class Run {
  readonly #options: RunBuildOptions;
  #log: StageLog;

  constructor(options: RunBuildOptions) {
    this.#options = options;
    this.#log = createStageLog('authenticate', options.emit);
  }

  async stage<T>(name: StageName, work: (log: StageLog) => Promise<T>): Promise<T> {
    const { emit, signal } = this.#options;
    this.#log = createStageLog(name, emit);
    emit({ kind: 'stage', stage: name, state: 'running' });
    try {
      const result = await work(this.#log);
      signal.throwIfAborted();
      emit({ kind: 'stage', stage: name, state: 'done' });
      return result;
    } catch (error) {
      if (signal.aborted) throw new CancelledError(error);
      const { what, why, next } = reportError(error);
      this.#log.error(`${what}\n${why}\n${next}`);
      emit({ kind: 'stage', stage: name, state: 'failed', detail: what });
      throw error;
    }
  }

  /** A registry may fail at any time, also between two lines of a stage. */
  readonly onRetry = ({ attempt, waitMs, why }: RetryNotice): void => {
    this.#log.warn('retry', `${why} Try ${attempt + 1} in ${formatDuration(waitMs)}.`);
  };
}

async function authenticate(options: RunBuildOptions, run: Run, log: StageLog): Promise<RegistryClient> {
  const { secret, signal, emit } = options;
  const reference = parseReference(options.reference);
  const { registry, repository } = reference;
  emit({ kind: 'facts', facts: { registryHost: registry, repository } });
  log.say('auth', secret === null ? 'no secret' : `secret ${secret.name} v${secret.version}`);
  const auth = authFor({ reference, secret });
  log.say('auth', auth.explain);
  const client = options.connect({ registry, credentials: auth.credentials, onRetry: run.onRetry });
  const startedAt = performance.now();
  await client.authenticate({ repository, signal });
  const how = client.mintedTokens.length > 0 ? `a token for ${repository}, kept in memory` : 'signed in';
  log.say('ok', `${registry} answered: ${how}, ${formatDuration(performance.now() - startedAt)}`);
  return client;
}

async function resolve(
  options: RunBuildOptions,
  client: RegistryClient,
  log: StageLog,
): Promise<ResolvedImage> {
  const { store, provenance, signal, emit } = options;
  const reference = parseReference(options.reference);
  const platform = parsePlatform(options.platform);
  log.say('resolve', `${formatReference(reference)} for ${formatPlatform(platform)}`);
  const image = await resolveImage({
    client,
    reference,
    platform,
    cache: { store, provenance },
    signal,
  });
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
  tellHeaders(options, client, log);
  return image;
}

/** What the registry says about itself beside its answers: how many pulls are left, and warnings. */
function tellHeaders({ emit }: RunBuildOptions, client: RegistryClient, log: StageLog): void {
  for (const warning of client.warnings) log.warn('warning', `${client.registry} says: ${warning}`);
  if (client.rateLimit === undefined) return;
  const { limit, remaining, windowSeconds } = client.rateLimit;
  log.say('resolve', `${formatCount(remaining)} of ${formatCount(limit)} pulls left at ${client.registry}`);
  const window = windowSeconds === undefined ? {} : { windowSeconds };
  emit({ kind: 'facts', facts: { rateLimit: { limit, remaining, ...window } } });
}

interface Planned {
  readonly client: RegistryClient;
  readonly plan: PullPlan;
}

async function pull(
  options: RunBuildOptions,
  found: { readonly client: RegistryClient; readonly image: ResolvedImage },
  log: StageLog,
): Promise<Planned> {
  const { store, keeper, provenance, signal, emit } = options;
  const { repository } = parseReference(options.reference);
  const startedAt = performance.now();
  log.say('pull', `${options.reference} for ${options.platform}`);
  // Before anything asks what is here: what is seen from now on is not collected.
  await keeper.hold({ digest: found.image.manifest.digest, blobs: blobsOf(found.image) });
  const plan = await planPull({ ...found, repository, store, provenance, signal });
  const presentCount = plan.blobs.filter(({ state }) => state === 'present').length;
  const size = `${formatCountOf(plan.blobs.length, 'layer')}, ${formatBytes(plan.totalBytes)} compressed`;
  log.say('pull', `${size}, ${presentCount === 0 ? 'none' : formatCount(presentCount)} already in the store`);
  const createdBy = readImageConfig(found.image.config)?.createdBy ?? [];
  const report = createPullReport({ plan, createdBy, log, emit });
  report.begin();
  const { client } = found;
  await keeper.makeRoom(plan.toFetchBytes);
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
async function bringBack(options: RunBuildOptions, { client, plan }: Planned, log: StageLog): Promise<void> {
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

async function check(options: RunBuildOptions, image: ResolvedImage, log: StageLog): Promise<void> {
  const platform = parsePlatform(options.platform);
  const checks = await checkImage({ image, platform, store: options.store });
  for (const { name, state, detail } of checks) {
    const line = `${name.toLowerCase()}: ${detail}`;
    if (state === 'passed' || state === 'skipped') log.say('check', line);
    else log.warn('check', line);
  }
  options.emit({ kind: 'checks', checks: [...checks] });
  const failed = checks.find(({ state }) => state === 'failed');
  if (failed !== undefined) throw new ImageCheckError(failed);
}

/** The image is published when its manifest is in the store with all that it names. */
async function publish(
  { store }: RunBuildOptions,
  image: ResolvedImage,
  log: StageLog,
): Promise<readonly DeliveredBlob[]> {
  const { index, manifest } = image;
  const documents = [...(index === undefined ? [] : [index]), manifest].map(
    ({ digest, mediaType, bytes }) => ({
      digest,
      mediaType,
      sizeBytes: bytes.length,
    }),
  );
  const blobs = [...documents, manifest.config, ...manifest.layers];
  for (const descriptor of blobs) {
    if (await store.has(descriptor)) continue;
    throw new ImageCheckError({
      detail: `The blob ${descriptor.digest} is not in the store any more`,
      remedy: 'Something removed it after it was verified. Run the build again.',
    });
  }
  log.say(
    'publish',
    `${manifest.digest}, ${formatCountOf(blobs.length, 'blob')}, ${formatBytes(totalOf(blobs))}`,
  );
  log.say('ok', 'in the store, verified');
  return blobs.map(({ digest, sizeBytes }) => ({ digest, sizeBytes }));
}

function totalOf(blobs: readonly { readonly sizeBytes: number }[]): number {
  return blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
