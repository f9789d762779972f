import { type Digest, isDigest } from '#lib/oci/digest.ts';
import { manifestBytesMax } from '#lib/oci/manifest.ts';
import type { Manifest } from '#lib/oci/types.ts';
import type { BuiltImage } from './data.ts';
import { readDocument } from './documents.ts';
import { blobsOf } from './image-blobs.ts';
import { readIndex } from './layout.ts';
import type { StoreListing } from './usage.ts';

/** The images that a layout's index.json names, and everything that has to stay for them. */
export interface LayoutImages {
  readonly images: readonly BuiltImage[];
  readonly kept: ReadonlySet<Digest>;
}

/**
 * Follows index.json, through indexes within it, to manifests and what they name. Documents that name what is kept
 * anyway are kept too: a registry's own index and manifest lie beside the one that the layout lists.
 * @throws NotALayoutError when index.json is no image index
 */
export async function readLayoutImages(options: {
  readonly root: string;
  readonly listing: StoreListing;
}): Promise<LayoutImages> {
  const { root, listing } = options;
  const { manifests } = await readIndex(root);
  const kept = new Set<Digest>();
  const images: BuiltImage[] = [];
  const waiting = manifests.flatMap(({ digest, annotations }) =>
    isDigest(digest) ? [{ digest, name: annotations?.['org.opencontainers.image.ref.name'] ?? digest }] : [],
  );
  for (const { digest, name } of waiting) {
    const document = kept.has(digest) ? undefined : await readDocument(root, digest);
    kept.add(digest);
    if (document?.kind === 'index') {
      // An index may name images of platforms that were not pulled: those are not missing.
      const here = document.manifests.filter((child) => listing.blobs.has(child.digest));
      waiting.push(...here.map((child) => ({ digest: child.digest, name })));
    } else {
      const blobs = document === undefined ? lone(digest) : blobsOf({ manifest: document });
      for (const blob of blobs) kept.add(blob.digest);
      images.push({ digest, reference: name, blobs });
    }
  }
  await keepCompanions(options, kept);
  return { images, kept };
}

/** A manifest that is named and cannot be read. */
function lone(digest: Digest): BuiltImage['blobs'] {
  return [{ digest, kind: 'manifest', position: 0, sizeBytes: 0 }];
}

async function keepCompanions(
  { root, listing }: { readonly root: string; readonly listing: StoreListing },
  kept: Set<Digest>,
): Promise<void> {
  const documents: Manifest[] = [];
  for (const [digest, { sizeBytes }] of listing.blobs) {
    if (kept.has(digest) || sizeBytes > manifestBytesMax) continue;
    const document = await readDocument(root, digest);
    if (document !== undefined) documents.push(document);
  }
  for (const document of documents) {
    if (document.kind !== 'image') continue;
    if ([document.config, ...document.layers].every(({ digest }) => kept.has(digest)))
      kept.add(document.digest);
  }
  for (const document of documents) {
    if (document.kind !== 'index') continue;
    if (document.manifests.some(({ digest }) => kept.has(digest))) kept.add(document.digest);
  }
}
