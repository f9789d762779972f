import type { StepImage } from '#lib/engines/take-result.ts';
import { reportError } from '#lib/errors/report.ts';
import { formatPlatform, parsePlatform } from '#lib/oci/platform.ts';
import { formatReference, parseReference } from '#lib/oci/reference.ts';
import { fetchPlan } from '#lib/pull/fetch-plan.ts';
import { ociForm } from '#lib/pull/oci-form.ts';
import { planPull } from '#lib/pull/plan.ts';
import { ownLayout, type Provenance } from '#lib/pull/provenance.ts';
import { type ResolvedImage, resolveImage } from '#lib/pull/resolve.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { blobsOf } from '#lib/store/image-blobs.ts';
import type { Connect } from '../connect.ts';
import { PythonImageError } from '../errors.ts';
import { formatBytes, formatCountOf, formatDuration } from '../format.ts';
import type { StageLog } from '../log/stage-log.ts';
import type { StoreKeeper } from '../store-keeper.ts';
import { readStepImage } from './step-image.ts';

/** The image that Python is taken from, as its registry names it now. */
export interface PythonSource {
  readonly reference: string;
  /** Of its manifest for the platform. */
  readonly digest: string;
  /** Brings it whole into the store, where the build holds it. */
  bring(): Promise<StepImage>;
}

export interface PythonSourceOptions {
  /** The series: `3.12`. */
  readonly version: string;
  /** The operator's setting: a reference with `{version}` in it. */
  readonly image: string;
  readonly platform: string;
  readonly connect: Connect;
  readonly store: BlobStore;
  readonly keeper: StoreKeeper;
  readonly log: StageLog;
  readonly signal: AbortSignal;
}

/**
 * Asks what the image for a series of Python is now: one HEAD where nothing changed. It is pulled as any base is, but as anybody
 * may: the setting is the server's and secrets are a workspace's, so there is none that could open it.
 *
 * @throws PythonImageError when its registry does not say
 */
export async function findPython(options: PythonSourceOptions): Promise<PythonSource> {
  const { version, platform, connect, store, log, signal } = options;
  const reference = parseReference(options.image.replaceAll('{version}', version));
  const text = formatReference(reference);
  const onRetry = ({ why }: { readonly why: string }) => log.warn('retry', why);
  const found = await naming(options, text, async () => {
    const client = connect({ registry: reference.registry, credentials: undefined, onRetry });
    // What the registry names by digest now is the server's to read; layers are asked for like anybody's.
    const cache = { store, provenance: ownLayout };
    const wanted = parsePlatform(platform);
    const image = await resolveImage({ client, reference, platform: wanted, cache, signal });
    return { client, image };
  });
  const { image, client } = found;
  const { digest } = image.manifest;
  log.say('resolve', `Python ${version}: ${text} for ${formatPlatform(image.platform)} is ${digest}`);
  const { repository } = reference;
  return {
    reference: text,
    digest,
    bring: () => naming(options, text, () => pull(options, { image, client, repository, text })),
  };
}

/** Nothing is known of what anybody was given of it: its host is asked for each layer that is here. */
const unknown: Provenance = { known: async () => new Set() };

async function pull(
  options: PythonSourceOptions,
  found: {
    readonly image: ResolvedImage;
    readonly client: ReturnType<Connect>;
    readonly repository: string;
    /** The whole reference. */
    readonly text: string;
  },
): Promise<StepImage> {
  const { store, keeper, log, signal } = options;
  const { image, text } = found;
  const startedAt = performance.now();
  await keeper.hold({ digest: image.manifest.digest, blobs: blobsOf(image), reference: text });
  const provenance = store.isPrivate ? ownLayout : unknown;
  const plan = await planPull({ ...found, store, provenance, signal });
  await keeper.makeRoom(plan.toFetchBytes);
  const size = `${formatCountOf(plan.blobs.length, 'layer')}, ${formatBytes(plan.totalBytes)} compressed`;
  log.say('pull', `Python: ${size}, ${formatBytes(plan.toFetchBytes)} to fetch`);
  const { fetchedBytes } = await fetchPlan({
    ...found,
    plan,
    store,
    signal,
    onEvent(event) {
      if (event.kind !== 'layer') return;
      const what = event.state === 'reused' ? 'reused' : 'verified sha256 matches';
      log.say('layer', `${event.index + 1} of Python  ${formatBytes(event.sizeBytes)}  ${what}`);
    },
  });
  log.say('ok', `${formatBytes(fetchedBytes)} fetched in ${formatDuration(performance.now() - startedAt)}`);
  const { descriptor, bytes } = ociForm(image.manifest);
  await store.write({ digest: descriptor.digest, bytes });
  const whole = await readStepImage(store, descriptor);
  await keeper.hold({ digest: descriptor.digest, blobs: blobsOf(whole), reference: text });
  return readStepImage(store, descriptor);
}

/** Whatever fails, it is the Python image that it is about, not the base. */
async function naming<T>(
  { version, signal }: PythonSourceOptions,
  reference: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    signal.throwIfAborted();
    if (reportError(cause).kind === 'internal') throw cause;
    throw new PythonImageError({ version, reference, cause });
  }
}
