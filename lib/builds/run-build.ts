import { CancelledError } from '#lib/errors/cancelled.ts';
import { reportError } from '#lib/errors/report.ts';
import type { OpenedLayer } from '#lib/images/open-image.ts';
import type { RequirementName } from '#lib/images/requirements.ts';
import { needsOf } from '#lib/images/step-needs.ts';
import type { RegistryClient } from '#lib/oci/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { formatPlatform, parsePlatform } from '#lib/oci/platform.ts';
import { formatReference, parseReference } from '#lib/oci/reference.ts';
import type { RetryNotice } from '#lib/oci/retry.ts';
import { explain } from '#lib/preflight/explain.ts';
import { fetchPlan } from '#lib/pull/fetch-plan.ts';
import { type PullPlan, planPull } from '#lib/pull/plan.ts';
import { type ResolvedImage, resolveImage } from '#lib/pull/resolve.ts';
import type { StandIn } from '#lib/pull/stand-in.ts';
import type { Clouds } from '#lib/registries/clouds.ts';
import { signInFor } from '#lib/registries/sign-in.ts';
import type { OpenedSecret } from '#lib/secrets/types.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { blobsOf } from '#lib/store/image-blobs.ts';
import { BuildChecks } from './build-checks.ts';
import { createStageLog, type StageLog } from './build-log.ts';
import { checkImage } from './check-image.ts';
import type { Connect } from './connect.ts';
import { type ContentsKeeper, describeImage } from './describe-image.ts';
import { ImageCheckError } from './errors.ts';
import {
  formatBytes,
  formatCount,
  formatCountOf,
  formatDigestShort,
  formatDuration,
  formatRate,
} from './format.ts';
import { readImageConfig } from './image-config.ts';
import { whyNoSteps } from './plan-steps.ts';
import { plannedAs, resolvedAs, signedInTo, withNearestTags } from './preflight-stage.ts';
import { type DeliveredBlob, publishImage, totalOf } from './publish-image.ts';
import { createPullReport } from './pull-report.ts';
import { findPython } from './python-source.ts';
import { runSteps } from './run-steps.ts';
import type { Check, StageName } from './schema.ts';
import { type StoredOptions, tellServedForLimit, unlessDown } from './serve-stored.ts';
import type { RunStepsOptions, StepsWork } from './steps-work.ts';
import type { StoreKeeper } from './store-keeper.ts';

export interface RunBuildOptions extends StoredOptions {
  readonly reference: string;
  readonly secret: (OpenedSecret & { readonly name: string; readonly version: number }) | null;
  /** How the build came to this secret, or to none. */
  readonly secretWhy: string | null;
  /** Makes the clients through which all of this build's requests go. */
  readonly connect: Connect;
  readonly keeper: StoreKeeper;
  readonly contents: ContentsKeeper;
  /** How passwords for the registries of clouds are minted. */
  readonly clouds: Clouds;
  /** Called with every sensitive value that a cloud hands out, before it is used: for redaction. */
  readonly onMinted: (value: string) => void;
  /** What is done with the image once it is here; null for a plain pull. */
  readonly steps: StepsWork | null;
  readonly signal: AbortSignal;
}

/**
 * Runs the stages of a build, telling each step through `emit`. Resolves, with what was delivered, when the image is
 * whole in the store.
 *
 * @throws CancelledError when the signal fires, and otherwise the failure that ended a stage; that was told already.
 */
export async function runBuild(options: RunBuildOptions): Promise<readonly DeliveredBlob[]> {
  const run = new Run(options);
  const access = await run.stage('authenticate', (log) => authenticate(options, run, log));
  const { client } = access;
  const { image, isProven } = await run.stage('resolve', (log) => resolve(options, run, access, log));
  const { steps: work } = options;
  const findThisPython: RunStepsOptions['findPython'] = (version, log) =>
    findPython({ ...options, version, image: work?.pythonImage ?? '', log });
  const gap = work && (await whyNoSteps({ ...options, work, image, findPython: findThisPython }));
  if (gap !== null) await run.stage('steps', () => Promise.reject(gap));
  const found = await run.stage('pull', (log) => pull(options, run, { client, image }, log));
  const checks = await run.stage('check', async (log) => {
    await bringBack(options, found, log);
    return check(options, image, log);
  });
  let result: Result = image;
  if (work === null) options.emit({ kind: 'stage', stage: 'steps', state: 'skipped', detail: 'No steps' });
  else {
    const isExternallyManaged = checks.some(({ name, state }) => name === mayInstall && state === 'warned');
    result = await run.stage('steps', (log) =>
      runSteps({ ...options, work, image, isExternallyManaged, findPython: findThisPython, log }),
    );
  }
  const blobs = await run.stage('publish', async (log) => {
    await bringBack(options, found, log);
    const published = await publishImage({ store: options.store, image, log });
    await describeImage({ ...options, image: result, keeper: options.contents, log });
    return published;
  });
  return isProven ? blobs : [];
}

/** The image that the build comes to: what its steps made, or the base. */
type Result = Pick<ResolvedImage, 'manifest' | 'config'>;

/** The check that says whether the base's Python lets pip install. */
const mayInstall: RequirementName = 'pip may install';

/** Which stage is under way: what happens outside of any one stage's code is logged there. */
class Run {
  readonly checks: BuildChecks;
  /** What clouds said while minting. */
  readonly steps: string[] = [];
  readonly #registry: string | undefined;
  readonly #options: RunBuildOptions;
  #log: StageLog;

  constructor(options: RunBuildOptions) {
    this.#registry = registryOf(options.reference);
    this.checks = new BuildChecks({ registry: this.#registry, emit: options.emit });
    this.#options = options;
    this.#log = createStageLog('authenticate', options.emit);
  }

  async stage<T>(name: StageName, work: (log: StageLog) => Promise<T>): Promise<T> {
    const { secret, emit, signal } = this.#options;
    this.#log = createStageLog(name, emit);
    emit({ kind: 'stage', stage: name, state: 'running' });
    try {
      const result = await work(this.#log);
      signal.throwIfAborted();
      emit({ kind: 'stage', stage: name, state: 'done' });
      return result;
    } catch (error) {
      if (signal.aborted) throw new CancelledError(error);
      const failure = explain({ error, registry: this.#registry, secret });
      this.checks.failed(name, failure);
      const { what, why, next } = reportError(failure);
      this.#log.error(`${what}\n${why}\n${next}`);
      emit({ kind: 'stage', stage: name, state: 'failed', detail: what });
      throw failure;
    }
  }

  /** A registry may fail at any time, also between two lines of a stage. */
  readonly onRetry = ({ attempt, waitMs, why }: RetryNotice): void => {
    this.#log.warn('retry', `${why} Try ${attempt + 1} in ${formatDuration(waitMs)}.`);
  };

  /** A cloud minted something: when signing in, and again in the middle of a pull that outlives it. */
  readonly onStep = (line: string): void => {
    this.steps.push(line);
    this.#log.say('auth', line);
  };
}

/** Undefined for what is no reference, which is a failure of the first stage. */
function registryOf(text: string): string | undefined {
  try {
    return parseReference(text).registry;
  } catch {
    return undefined;
  }
}

/** The way to the registry, and what is used instead of it while it is down. */
interface Access {
  readonly client: RegistryClient;
  readonly standIn?: StandIn;
}

async function authenticate(options: RunBuildOptions, run: Run, log: StageLog): Promise<Access> {
  const { secret, secretWhy, clouds, onMinted, signal, emit } = options;
  const reference = parseReference(options.reference);
  const { registry, repository } = reference;
  emit({ kind: 'facts', facts: { registryHost: registry, repository } });
  log.say('auth', secret === null ? 'no secret' : `secret ${secret.name} v${secret.version}`);
  if (secretWhy !== null) log.say('auth', secretWhy);
  const { onRetry, onStep } = run;
  const { credentials, explain, warning } = signInFor({ reference, secret, clouds, onMinted, onStep });
  log.say('auth', explain);
  if (warning !== undefined) log.warn('auth', warning);
  const client = options.connect({ registry, credentials, onRetry });
  const startedAt = performance.now();
  const asked = await unlessDown(options, log, () => client.authenticate({ repository, signal }));
  if ('standIn' in asked) {
    run.checks.stoodIn(asked.failure);
    return { client, standIn: asked.standIn };
  }
  const tookMs = performance.now() - startedAt;
  const how = {
    none: 'no sign-in needed',
    basic: 'signed in',
    token: `a token for ${repository}, kept in memory`,
  };
  log.say('ok', `${registry} answered: ${how[asked.result]}, ${formatDuration(tookMs)}`);
  const way = asked.result;
  run.checks.found(log, signedInTo({ reference, client, way, secret, steps: run.steps, tookMs }));
  return { client };
}

/** What the reference means. `isProven`: by the registry's word of now. */
interface Meaning {
  readonly image: ResolvedImage;
  readonly isProven: boolean;
}

async function resolve(options: RunBuildOptions, run: Run, access: Access, log: StageLog): Promise<Meaning> {
  const { emit } = options;
  const reference = parseReference(options.reference);
  const platform = parsePlatform(options.platform);
  log.say('resolve', `${formatReference(reference)} for ${formatPlatform(platform)}`);
  const { client, standIn } = access;
  const meaning = standIn === undefined ? await askRegistry(options, run, client, log) : inPlaceOf(standIn);
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
  run: Run,
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
      run.checks.stoodIn(asked.failure);
      return inPlaceOf(asked.standIn);
    }
    const image = asked.result;
    await tellServedForLimit(options, log, { client, image });
    const hadCredentials = options.secret !== null;
    run.checks.found(log, resolvedAs({ reference, client, image, hadCredentials }));
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

interface Planned {
  readonly client: RegistryClient;
  readonly plan: PullPlan;
}

async function pull(
  options: RunBuildOptions,
  run: Run,
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
  await keeper.makeRoom(plan.toFetchBytes);
  await store.ensureRoom(plan.toFetchBytes);
  run.checks.found(log, plannedAs(plan));
  const presentCount = plan.blobs.filter(({ state }) => state === 'present').length;
  const size = `${formatCountOf(plan.blobs.length, 'layer')}, ${formatBytes(plan.totalBytes)} compressed`;
  log.say('pull', `${size}, ${presentCount === 0 ? 'none' : formatCount(presentCount)} already in the store`);
  const createdBy = readImageConfig(found.image.config)?.createdBy ?? [];
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

async function check(
  options: RunBuildOptions,
  image: ResolvedImage,
  log: StageLog,
): Promise<readonly Check[]> {
  const platform = parsePlatform(options.platform);
  const { store, signal, steps } = options;
  const needs = needsOf(steps?.steps ?? []);
  const onLayer = ({ index, contents, isNoted }: OpenedLayer) => {
    const digest = formatDigestShort(image.manifest.layers[index]?.digest ?? '');
    const { fileCount, fileBytes } = contents;
    const files = `${formatCountOf(fileCount, 'file')}, ${formatBytes(fileBytes)} unpacked`;
    if (!isNoted) log.say('layer', `${index + 1} ${digest}  looked through: ${files}`);
  };
  const checks = await checkImage({ image, platform, store, needs, signal, onLayer });
  for (const { name, state, detail } of checks) {
    const line = `${name.toLowerCase()}: ${detail}`;
    if (state === 'passed' || state === 'skipped') log.say('check', line);
    else log.warn('check', line);
  }
  options.emit({ kind: 'checks', checks: [...checks] });
  const failed = checks.find(({ state }) => state === 'failed');
  if (failed !== undefined) throw new ImageCheckError(failed);
  return checks;
}
