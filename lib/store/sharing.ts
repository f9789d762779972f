import type { Digest } from '#lib/oci/digest.ts';
import type { KnownImage } from './collect-plan.ts';
import type { Due, MadeImage, SharingFacts, StoredImageRow } from './types.ts';

/** A workspace built from an image under a reference. */
export interface WorkspaceUse {
  readonly imageDigest: Digest;
  readonly reference: string;
  readonly usedAt: Date;
  readonly buildNumber: number;
  readonly made: MadeImage | null;
  readonly builds: number;
  readonly fetchedBytes: number;
  readonly reusedBytes: number;
}

/**
 * What a workspace has in the store, and what sharing saves it. Only its own images count: that another workspace has a
 * layer too is nothing to know from here.
 * @param options.uses the workspace's, newest first
 */
export function describeSharing(options: {
  readonly images: readonly KnownImage[];
  readonly uses: readonly WorkspaceUse[];
  readonly due: ReadonlyMap<Digest, Due>;
}): { readonly rows: readonly StoredImageRow[]; readonly sharing: SharingFacts } {
  const usesOf = Map.groupBy(options.uses, ({ imageDigest }) => imageDigest);
  const own = options.images.filter(({ digest }) => usesOf.has(digest));
  const imagesOf = new Map<Digest, number>();
  for (const { blobs } of own) {
    for (const { digest } of blobs) imagesOf.set(digest, (imagesOf.get(digest) ?? 0) + 1);
  }
  const rows = own.flatMap((image): StoredImageRow[] => {
    const uses = usesOf.get(image.digest) ?? [];
    const [newest] = uses;
    if (newest === undefined) return [];
    const layers = image.blobs
      .filter(({ kind }) => kind === 'layer')
      .toSorted((a, b) => a.position - b.position)
      .map(({ digest, sizeBytes }) => ({ digest, sizeBytes, images: imagesOf.get(digest) ?? 1 }));
    const alone = image.blobs.filter(({ digest }) => imagesOf.get(digest) === 1);
    return [
      {
        digest: image.digest,
        reference: newest.reference,
        otherReferences: uses.length - 1,
        buildNumber: newest.buildNumber,
        made: newest.made,
        usedAt: newest.usedAt.toISOString(),
        sizeBytes: sumOf(image.blobs),
        ownBytes: sumOf(alone),
        layers,
        isHeld: image.isHeld,
        due: options.due.get(image.digest) ?? null,
      },
    ];
  });
  const distinct = new Map(own.flatMap(({ blobs }) => blobs.map((blob) => [blob.digest, blob])));
  const uses = options.uses.filter(({ imageDigest }) => own.some(({ digest }) => digest === imageDigest));
  return {
    rows: rows.toSorted((a, b) => b.sizeBytes - a.sizeBytes || a.reference.localeCompare(b.reference, 'en')),
    sharing: {
      images: own.length,
      repositories: new Set(uses.map(({ reference }) => repositoryOf(reference))).size,
      apartBytes: rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      storedBytes: sumOf([...distinct.values()]),
      builds: uses.reduce((sum, { builds }) => sum + builds, 0),
      fetchedBytes: uses.reduce((sum, { fetchedBytes }) => sum + fetchedBytes, 0),
      reusedBytes: uses.reduce((sum, { reusedBytes }) => sum + reusedBytes, 0),
    },
  };
}

/** Of a normalised reference: what stands before its tag or digest. The host's port is followed by a slash. */
function repositoryOf(reference: string): string {
  return reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}

function sumOf(blobs: readonly { readonly sizeBytes: number }[]): number {
  return blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
