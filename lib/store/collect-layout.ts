import { readdir } from 'node:fs/promises';
import type { Digest } from '#lib/oci/digest.ts';
import { manifestBytesMax } from '#lib/oci/manifest.ts';
import { recoverTrash, removeBlobs, tidyTrash } from './collect-blobs.ts';
import { listStaleIngests, partialsKeptWeekMs, removeStaleIngests } from './collect-ingests.ts';
import { readDocument } from './documents.ts';
import { LayoutBusyError, NotALayoutError } from './errors.ts';
import { readLayoutImages } from './layout-images.ts';
import { checkLayoutFolder } from './layout-marker.ts';
import { isLayoutInUse } from './layout-use.ts';
import { defaultLeaseTiming, type LeaseTiming } from './lease.ts';
import type { CollectionTally } from './types.ts';
import { listStore } from './usage.ts';

/**
 * Removes from a layout what its index.json does not reach, and downloads that nobody went on with.
 * @throws NotALayoutError when nothing there says what to keep; LayoutBusyError while a pull into it runs
 */
export async function collectLayout(options: {
  readonly root: string;
  readonly isDryRun: boolean;
  readonly leaseTiming?: LeaseTiming;
  readonly signal: AbortSignal;
}): Promise<CollectionTally> {
  const { root, isDryRun, signal, leaseTiming = defaultLeaseTiming } = options;
  await expectLayout(root);
  const layout = { root, leaseTiming };
  if (await isLayoutInUse(layout)) throw new LayoutBusyError(root);
  let isBusy = false;
  const neededAmong = async (digests: readonly Digest[]) => {
    isBusy ||= await isLayoutInUse(layout);
    if (isBusy) return new Set(digests);
    const { kept } = await readLayoutImages({ root, listing: await listStore(root) });
    return new Set(digests.filter((digest) => kept.has(digest)));
  };

  const sum = { images: 0, blobs: 0, partials: 0, freedBytes: 0 };
  const onRemoved = ({ blobs, bytes }: { readonly blobs: number; readonly bytes: number }) => {
    sum.blobs += blobs;
    sum.freedBytes += bytes;
  };
  if (!isDryRun) await recoverTrash({ root, neededAmong, onRemoved });
  const listing = await listStore(root);
  const { kept } = await readLayoutImages({ root, listing });
  const doomed = [...listing.blobs].filter(([digest]) => !kept.has(digest));
  const stale = await listStaleIngests({ root, olderThanMs: partialsKeptWeekMs });
  const { digests, images } = await documentsFirst(root, doomed);
  if (isDryRun) {
    for (const [, { sizeBytes }] of doomed) onRemoved({ blobs: 1, bytes: sizeBytes });
    const staleBytes = stale.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
    return { ...sum, images, partials: stale.length, freedBytes: sum.freedBytes + staleBytes };
  }
  await removeBlobs({ root, digests, neededAmong, durability: 'fast', onRemoved, signal });
  await tidyTrash(root);
  if (isBusy) throw new LayoutBusyError(root);
  const given = await removeStaleIngests({ root, olderThanMs: partialsKeptWeekMs, leaseTiming });
  return { ...sum, images, partials: given.partials, freedBytes: sum.freedBytes + given.freedBytes };
}

/** @throws NotALayoutError when the folder is none, or holds a store that workspaces share. */
export async function expectLayout(root: string): Promise<void> {
  if (!(await checkLayoutFolder(root))) {
    throw new NotALayoutError({ folder: root, why: 'It has no oci-layout file.' });
  }
  const names = await readdir(root);
  if (names.includes('deliveries')) {
    throw new NotALayoutError({
      folder: root,
      why: 'It is the store of a server: what it keeps is in the database, not in an index.json.',
    });
  }
  if (!names.includes('index.json')) {
    throw new NotALayoutError({ folder: root, why: 'It has no index.json that says what it holds.' });
  }
}

/** Indexes, then manifests, then the rest: what names a blob is gone before the blob. */
async function documentsFirst(root: string, doomed: readonly (readonly [Digest, { sizeBytes: number }])[]) {
  const ranked = [];
  for (const [digest, { sizeBytes }] of doomed) {
    const document = sizeBytes > manifestBytesMax ? undefined : await readDocument(root, digest);
    ranked.push({ digest, rank: document === undefined ? 2 : document.kind === 'index' ? 0 : 1 });
  }
  return {
    digests: ranked.toSorted((a, b) => a.rank - b.rank).map(({ digest }) => digest),
    images: ranked.filter(({ rank }) => rank === 1).length,
  };
}
