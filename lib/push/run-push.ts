import { CancelledError } from '#lib/errors/cancelled.ts';
import type { RegistryClient } from '#lib/oci/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { parseManifest } from '#lib/oci/manifest.ts';
import type { PushClient } from '#lib/oci/push-client.ts';
import { parseReference, type Reference } from '#lib/oci/reference.ts';
import type { CredentialSource, Credentials, Descriptor, ImageManifest } from '#lib/oci/types.ts';
import type { Clouds } from '#lib/registries/clouds.ts';
import { diagnosePush } from '#lib/registries/diagnose-push.ts';
import { kindOfHost } from '#lib/registries/host-kind.ts';
import { type RegistrySecret, signInFor } from '#lib/registries/sign-in.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { StoredBlobDamagedError } from './errors.ts';
import { type BaseProof, proveBase } from './prove-base.ts';
import { PushMeter } from './push-meter.ts';
import type { PushProgress } from './schema.ts';
import { StoredBlob } from './stored-blob.ts';
import type { Pushed } from './types.ts';

export interface RunPushOptions {
  /** The whole normalised target. */
  readonly reference: string;
  readonly secret: RegistrySecret | null;
  /** Of the manifest that goes there. */
  readonly manifest: Descriptor;
  /** By blob: another repository of the target's registry that gave it to this workspace. */
  readonly mountFrom: ReadonlyMap<string, string>;
  /** What has to be readable for this push to be allowed; null where the build has just proved it. */
  readonly base: BaseProof | null;
  readonly store: BlobStore;
  readonly connect: (options: Connecting) => PushClient;
  readonly connectBase: (options: Connecting) => RegistryClient;
  readonly clouds: Clouds;
  /** Called with every sensitive value that a cloud hands out, before it is used: for redaction. */
  readonly onMinted: (value: string) => void;
  readonly onProgress: (progress: PushProgress) => void;
  readonly signal: AbortSignal;
}

interface Connecting {
  readonly registry: string;
  readonly credentials: Credentials | CredentialSource | undefined;
}

/** What the registry has now, with every blob of it. */
export interface PushedImage extends Pushed {
  readonly blobs: readonly Pick<Descriptor, 'digest' | 'sizeBytes'>[];
}

/**
 * Brings an image of the store to a registry: what is not there yet, then its manifest under the tag. Pushing it again asks for the
 * tag alone.
 *
 * @throws CancelledError when the signal fires, and otherwise what stood in the way, in the words of whoever knows that registry
 */
export async function runPush(options: RunPushOptions): Promise<PushedImage> {
  const target = parseReference(options.reference);
  const { secret, signal, store, base } = options;
  const manifest = await readManifest(store, options.manifest);
  if (base !== null) await proveBase({ ...options, base });
  try {
    return await push(options, target, manifest);
  } catch (error) {
    if (signal.aborted) throw new CancelledError(signal.reason);
    throw diagnosePush({ error, reference: target, secret });
  }
}

async function push(
  options: RunPushOptions,
  target: Reference,
  manifest: ImageManifest,
): Promise<PushedImage> {
  const { secret, clouds, onMinted, onProgress, signal } = options;
  const { registry, repository, tag = 'latest' } = target;
  const { digest, config, layers } = manifest;
  const meter = new PushMeter({ layers, config, onProgress });
  meter.start();
  try {
    const { credentials } = signInFor({ reference: target, secret, clouds, onMinted, mayPush: true });
    const client = options.connect({ registry, credentials });
    await client.authenticate({ repository, signal });
    const before = await client.headManifest({ repository, target: tag, signal });
    meter.tagBefore(before?.digest ?? null);
    const blobs = distinct([...layers, config]);
    if (before?.digest === digest) {
      for (const blob of blobs) meter.update(blob.digest, 'present');
    } else {
      await eachAtOnce(blobs, signal, (blob, until) =>
        bring({ options, client, repository, meter, blob, signal: until }),
      );
      await client.pushManifest({ repository, target: tag, manifest, signal });
    }
    const { sizeBytes } = options.manifest;
    return { digest, ...meter.totals, blobs: [...blobs, { digest, sizeBytes }] };
  } finally {
    meter.finish();
  }
}

/** @throws StoredBlobDamagedError */
async function readManifest(store: BlobStore, descriptor: Descriptor): Promise<ImageManifest> {
  const { digest, mediaType } = descriptor;
  const bytes = await store.read(descriptor);
  const manifest = bytes && parseManifest({ bytes, digest, ...(mediaType === '' ? {} : { mediaType }) });
  if (manifest?.kind === 'image') return manifest;
  throw new StoredBlobDamagedError({ digest, why: 'The image’s manifest is not there, or damaged.' });
}

/** Looks whether the repository has a blob, and brings it there if not. */
async function bring(work: {
  readonly options: RunPushOptions;
  readonly client: PushClient;
  readonly repository: string;
  readonly meter: PushMeter;
  readonly blob: Descriptor;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { options, client, repository, meter, blob, signal } = work;
  const { digest } = blob;
  meter.update(digest, 'asking');
  if (await client.hasBlob({ repository, digest, signal })) return meter.update(digest, 'present');
  const stored = new StoredBlob(options.store.root, blob);
  const from = options.mountFrom.get(digest);
  const how = await client.pushBlob({
    repository,
    descriptor: blob,
    read: (offset, end) => stored.read(offset, end),
    ...(from === undefined || from === repository ? {} : { mountFrom: from }),
    // https://cloud.google.com/artifact-registry/docs/docker/pushing-and-pulling#limitations
    takesChunks: kindOfHost(client.registry) !== 'gcp',
    onProgress: (sentBytes) => meter.update(digest, 'uploading', sentBytes),
    signal,
  });
  meter.update(digest, how);
}

function distinct(blobs: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map<Digest, Descriptor>(blobs.map((blob) => [blob.digest, blob])).values()];
}

/** Some at once, in order. The first failure stops the others, and is thrown once nothing is under way any more. */
async function eachAtOnce(
  blobs: readonly Descriptor[],
  signal: AbortSignal,
  work: (blob: Descriptor, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const left = [...blobs];
  let failure: { readonly error: unknown } | undefined;
  const hand = async () => {
    for (let blob = left.shift(); blob !== undefined && failure === undefined; blob = left.shift()) {
      try {
        await work(blob, until);
      } catch (error) {
        failure ??= { error };
        stop.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, hand));
  if (failure !== undefined) throw failure.error;
}

/** Enough to fill a line while one waits for an answer; registries begin to refuse more from one client. */
const atOnce = 4;
