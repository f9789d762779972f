import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Digest, isDigest, splitDigest } from '#lib/oci/digest.ts';
import { type Durability, syncFolder } from './commit.ts';
import { systemCodeOf } from './errors.ts';
import { blobFile } from './paths.ts';

/** Says which of some blobs somebody needs now. Asked after they are out of sight: see README.md, Collection. */
export type NeededAmong = (digests: readonly Digest[]) => Promise<ReadonlySet<Digest>>;

export interface RemoveOptions {
  readonly root: string;
  /** Documents before what they name. */
  readonly digests: readonly Digest[];
  readonly neededAmong: NeededAmong;
  readonly durability: Durability;
  readonly onRemoved: (removed: { readonly blobs: number; readonly bytes: number }) => void;
  readonly signal: AbortSignal;
}

/**
 * Removes blobs that nobody needs, in batches. Each is first renamed out of sight; only then is it asked who needs it,
 * and what somebody needs goes back. Whatever happens in between, and wherever the process dies, no bytes are destroyed
 * that were needed when nobody could see them any more.
 */
export async function removeBlobs(options: RemoveOptions): Promise<void> {
  const { root, digests, neededAmong, signal } = options;
  for (let start = 0; start < digests.length; start += batchMax) {
    signal.throwIfAborted();
    const batch = digests.slice(start, start + batchMax);
    // Asked before as well, so that what is needed goes out of sight only if somebody comes in this very moment.
    const neededBefore = await neededAmong(batch);
    const doomed = batch.filter((digest) => !neededBefore.has(digest));
    const hidden = await hide(root, doomed, start);
    // A document's name is gone from the disk before anything that it names goes.
    if (options.durability === 'durable') await syncBlobs(root, batch);
    await settle(root, hidden, neededAmong, options.onRemoved);
  }
}

/** Ends what an interrupted collection left out of sight: what is needed goes back, the rest goes away. */
export async function recoverTrash(options: {
  readonly root: string;
  readonly neededAmong: NeededAmong;
  readonly onRemoved: RemoveOptions['onRemoved'];
}): Promise<void> {
  const { root, neededAmong, onRemoved } = options;
  const hidden = await listTrash(root);
  for (let start = 0; start < hidden.length; start += batchMax) {
    await settle(root, hidden.slice(start, start + batchMax), neededAmong, onRemoved);
  }
}

/** A blob out of sight, under a name that is this collection's own. */
export interface HiddenBlob {
  readonly digest: Digest;
  readonly file: string;
}

/**
 * What is out of sight now, in the order in which it was hidden. Of a collection that runs it is a moment's; otherwise
 * an interrupted one left it.
 */
export async function listTrash(root: string): Promise<readonly HiddenBlob[]> {
  const folder = trashFolder(root);
  try {
    return (await readdir(folder))
      .flatMap((name) => {
        const [place = '', word = ''] = name.split('.');
        const digest = word.replace('-', ':');
        return isDigest(digest) ? [{ digest, file: path.join(folder, name), place: Number(place) }] : [];
      })
      .sort((a, b) => a.place - b.place);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Takes the folder for what is out of sight away when nothing is in it: a layout holds what the spec names. */
export async function tidyTrash(root: string): Promise<void> {
  await rmdir(trashFolder(root)).catch(() => undefined);
}

/** Small enough that what is taken back was out of sight for milliseconds; large enough to ask seldom. */
const batchMax = 64;

function trashFolder(root: string): string {
  return path.join(root, 'trash');
}

/** @param firstPlace the place of the first in the collection: what was hidden first is brought back last. */
async function hide(
  root: string,
  digests: readonly Digest[],
  firstPlace: number,
): Promise<readonly HiddenBlob[]> {
  await mkdir(trashFolder(root), { recursive: true });
  const hidden: HiddenBlob[] = [];
  for (const [index, digest] of digests.entries()) {
    const name = `${firstPlace + index}.${digest.replace(':', '-')}.${randomBytes(8).toString('hex')}`;
    const file = path.join(trashFolder(root), name);
    if (await moved(blobFile(root, digest), file)) hidden.push({ digest, file });
  }
  return hidden;
}

async function settle(
  root: string,
  hidden: readonly HiddenBlob[],
  neededAmong: NeededAmong,
  onRemoved: RemoveOptions['onRemoved'],
): Promise<void> {
  const needed = await neededAmong(hidden.map(({ digest }) => digest));
  // Layers before the manifest that names them. Where somebody fetched one anew, the same bytes take the same place.
  for (const { digest, file } of hidden.toReversed()) {
    if (needed.has(digest)) await moved(file, blobFile(root, digest));
  }
  let bytes = 0;
  let blobs = 0;
  for (const { digest, file } of hidden.filter((blob) => !needed.has(blob.digest))) {
    const size = await sizeOf(file);
    await rm(file, { force: true });
    if (size === undefined) continue;
    bytes += size;
    blobs += 1;
    await forgetDeliveries(root, digest);
  }
  if (blobs > 0) onRemoved({ blobs, bytes });
}

/** A record of a delivery is of no use without the blob. One that a new fetch has just written costs another fetch. */
async function forgetDeliveries(root: string, digest: Digest): Promise<void> {
  if ((await sizeOf(blobFile(root, digest))) !== undefined) return;
  const { algorithm, hex } = splitDigest(digest);
  await rm(path.join(root, 'deliveries', algorithm, hex), { recursive: true, force: true });
}

/** False when there is nothing to move: somebody else was faster. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function syncBlobs(root: string, digests: readonly Digest[]): Promise<void> {
  const algorithms = new Set(digests.map((digest) => splitDigest(digest).algorithm));
  for (const algorithm of algorithms) await syncFolder(path.join(root, 'blobs', algorithm));
}
