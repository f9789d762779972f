import type { Digest } from '#lib/oci/digest.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { type FoundBlob, type KnownImage, planCollection } from './collect-plan.ts';
import { collectionGraceMs } from './collect-store.ts';
import { listCollections, readKnownImages, readStoreFacts, readUses } from './data.ts';
import { describeSharing } from './sharing.ts';
import type {
  CollectionRow,
  DueFacts,
  SharingFacts,
  StoredImageRow,
  StoreFacts,
  StoreLimits,
} from './types.ts';

export interface Storage {
  readonly rows: readonly StoredImageRow[];
  readonly sharing: SharingFacts;
  /** What limits the workers keep to; null before one has measured. */
  readonly limits: StoreLimits | null;
  /** Facts of the whole server, for owners alone. */
  readonly server: {
    readonly facts: StoreFacts | null;
    readonly due: DueFacts;
    readonly collections: readonly CollectionRow[];
  } | null;
}

/** What the storage page shows: the workspace's own images and, to an owner, the whole store. */
export async function readStorage(options: { readonly scope: Scope }): Promise<Storage> {
  const { scope } = options;
  const isOwner = scope.role === 'owner';
  const [images, uses, facts, collections] = await Promise.all([
    readKnownImages(),
    readUses({ scope }),
    readStoreFacts(),
    isOwner ? listCollections({ limit: collectionsShown }) : [],
  ]);
  const limits = facts?.limits ?? null;
  const plan = planCollection({
    images,
    found: allFound(images),
    otherBytes: (facts?.partialBytes ?? 0) + (facts?.looseBytes ?? 0),
    limits: limits ?? { bytesMax: null, daysMax: null },
    now: new Date(),
    graceMs: collectionGraceMs,
  });
  const due = new Map(plan.victims.map(({ image, due }) => [image.digest, due]));
  return {
    ...describeSharing({ images, uses, due }),
    limits,
    server: isOwner ? { facts, due: { images: due.size, freedBytes: plan.freedBytes }, collections } : null,
  };
}

/** Older ones are on nobody's mind. */
const collectionsShown = 5;

/** The web may have no access to the disk. What the records name is taken to be there. */
function allFound(images: readonly KnownImage[]): ReadonlyMap<Digest, FoundBlob> {
  const touchedAt = new Date();
  return new Map(
    images.flatMap(({ blobs }) => blobs.map(({ digest, sizeBytes }) => [digest, { sizeBytes, touchedAt }])),
  );
}
