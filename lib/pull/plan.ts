import type { RegistryClient } from '#lib/oci/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import type { Provenance } from './provenance.ts';
import type { ResolvedImage } from './resolve.ts';

/** One layer of the image, in the manifest's order. A layer that the manifest lists twice is here twice. */
export interface PlannedBlob {
  readonly descriptor: Descriptor;
  /** Its place among the layers, from 0, from the base upwards. */
  readonly index: number;
  readonly state: 'present' | 'missing';
  /** Bytes that need not come: all of a present one, of a missing one those of an earlier try. */
  readonly doneBytes: number;
  /** Whether bytes in the store may be used without asking the registry (again). */
  readonly isGranted: boolean;
}

/** What a pull will do. Bytes count each distinct layer once. */
export interface PullPlan {
  readonly image: ResolvedImage;
  readonly blobs: readonly PlannedBlob[];
  readonly totalBytes: number;
  readonly toFetchBytes: number;
}

/**
 * Looks up what is here and what must come. A blob in the store counts as here if this repository delivered it to this
 * workspace before, or if the host that delivered it to anybody confirms now that it may be read in this repository.
 */
export async function planPull(options: {
  readonly image: ResolvedImage;
  readonly store: BlobStore;
  readonly client: RegistryClient;
  readonly repository: string;
  readonly provenance: Provenance;
  readonly signal: AbortSignal;
}): Promise<PullPlan> {
  const { image } = options;
  const distinct = new Map(image.manifest.layers.map((descriptor) => [descriptor.digest, descriptor]));
  const known = await options.provenance.known([...distinct.keys()]);
  const standings = new Map<Digest, Standing>();
  const waiting = [...distinct.values()];
  const look = async () => {
    for (let descriptor = waiting.shift(); descriptor !== undefined; descriptor = waiting.shift()) {
      standings.set(descriptor.digest, await standingOf({ ...options, descriptor, known }));
    }
  };
  await Promise.all(Array.from({ length: questionsAtOnce }, look));

  const blobs = image.manifest.layers.flatMap((descriptor, index) => {
    const standing = standings.get(descriptor.digest);
    return standing === undefined ? [] : [{ descriptor, index, ...standing }];
  });
  const counted = distinctBlobs(blobs);
  return {
    image,
    blobs,
    totalBytes: sum(counted.map(({ descriptor }) => descriptor.sizeBytes)),
    toFetchBytes: sum(counted.map(({ descriptor, doneBytes }) => descriptor.sizeBytes - doneBytes)),
  };
}

/** Each layer once, where it comes first. */
export function distinctBlobs(blobs: readonly PlannedBlob[]): readonly PlannedBlob[] {
  return [...new Map(blobs.toReversed().map((blob) => [blob.descriptor.digest, blob])).values()].reverse();
}

/** Small requests; as many at once as fetches, so that no registry sees more of us than it does then. */
const questionsAtOnce = 6;

type Standing = Pick<PlannedBlob, 'state' | 'doneBytes' | 'isGranted'>;

async function standingOf(options: {
  readonly descriptor: Descriptor;
  readonly known: ReadonlySet<Digest>;
  readonly store: BlobStore;
  readonly client: RegistryClient;
  readonly repository: string;
  readonly signal: AbortSignal;
}): Promise<Standing> {
  const { descriptor, store, client, repository, signal } = options;
  const { digest, sizeBytes } = descriptor;
  const source = client.registry;
  const isKnown = options.known.has(digest);
  if (await store.has(descriptor)) {
    const isGranted =
      isKnown ||
      ((await store.isDelivered({ digest, source })) &&
        (await client.hasBlob({ repository, digest, signal })));
    if (isGranted) return { state: 'present', doneBytes: sizeBytes, isGranted };
  }
  return {
    state: 'missing',
    doneBytes: await store.partialBytes({ descriptor, source }),
    isGranted: isKnown,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
