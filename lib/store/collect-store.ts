import { reportError } from '#lib/errors/report.ts';
import { adoptUnknown } from './adopt.ts';
import { recoverTrash, removeBlobs } from './collect-blobs.ts';
import { listStaleIngests, partialsKeptWeekMs, removeStaleIngests } from './collect-ingests.ts';
import { type CollectionPlan, planCollection } from './collect-plan.ts';
import { neededAmong, readKnownImages } from './data.ts';
import { CollectionInterruptedError } from './errors.ts';
import { defaultLeaseTiming } from './lease.ts';
import {
  beginAsked,
  beginCollection,
  condemnImages,
  endCollection,
  endInterrupted,
  forgetImages,
  saveStoreState,
  tellCollection,
} from './mutations.ts';
import type { CollectionReason } from './schema.ts';
import type { CollectionTally, StoreLimits } from './types.ts';
import { listStore, measureDisk, type StoreListing } from './usage.ts';

export interface CollectOptions {
  readonly root: string;
  readonly limits: StoreLimits;
  readonly reason: CollectionReason;
  /** The name of whoever runs it from the command line. */
  readonly requestedBy?: string | null;
  /** Bytes that have to become free for a pull to fit. */
  readonly bytesToFree?: number;
  readonly graceMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Collects the store that the workers of a database share: removes images that are over the limits, blobs of no image,
 * and downloads that nobody went on with. The caller holds the store's lock. It may die at any point: the next
 * collection goes on where this one stopped.
 * @returns null when it was to be one that somebody asked for, and nobody did
 */
export async function collectStore(options: CollectOptions): Promise<CollectionTally | null> {
  const { root, reason, signal } = options;
  await endInterrupted(reportError(new CollectionInterruptedError()));
  const asked = reason === 'asked' ? await beginAsked() : undefined;
  if (asked === null) return null;
  const record = new Record(options, asked?.id);
  try {
    await recoverTrash({ root, neededAmong, onRemoved: (removed) => record.add(removed) });
    const { plan } = await planStore(options);
    const partialsMs = partialsKeptMs(options);
    const stale = await listStaleIngests({ root, olderThanMs: partialsMs });
    if (plan.victims.length + plan.blobs.length + stale.length > 0 || reason !== 'schedule') {
      await record.begin();
    }
    await sweep(options, plan, record);
    const given = await removeStaleIngests({
      root,
      olderThanMs: partialsMs,
      leaseTiming: defaultLeaseTiming,
    });
    record.add({ partials: given.partials, bytes: given.freedBytes });
    await measureStore({ ...options, hasCollected: true });
    await record.end();
    return record.tally;
  } catch (error) {
    await record.end(signal.aborted ? new CollectionInterruptedError(error) : error).catch(() => undefined);
    throw error;
  }
}

/** What a collection would do now, without doing it. */
async function planStore(
  options: Pick<CollectOptions, 'root' | 'limits' | 'bytesToFree' | 'graceMs'>,
): Promise<{ readonly plan: CollectionPlan; readonly listing: StoreListing }> {
  const { root, limits, bytesToFree, graceMs = collectionGraceMs } = options;
  const listing = await listStore(root);
  const found = listing.blobs;
  let images = await readKnownImages();
  const known = new Set(images.flatMap(({ blobs }) => blobs.map(({ digest }) => digest)));
  if ((await adoptUnknown({ root, found, known })) > 0) images = await readKnownImages();
  const plan = planCollection({
    images,
    found,
    limits,
    otherBytes: partialBytesOf(listing),
    ...(bytesToFree === undefined ? {} : { bytesToFree }),
    now: new Date(),
    graceMs,
  });
  return { plan, listing };
}

/** The same in figures, with the downloads that would go. */
export async function planTally(
  options: Pick<CollectOptions, 'root' | 'limits' | 'graceMs'>,
): Promise<CollectionTally> {
  const { plan } = await planStore(options);
  const stale = await listStaleIngests({ root: options.root, olderThanMs: partialsKeptMs({}) });
  return {
    images: plan.victims.length,
    blobs: plan.blobs.length,
    partials: stale.length,
    freedBytes: stale.reduce((sum, { sizeBytes }) => sum + sizeBytes, plan.freedBytes),
  };
}

/** Measures the store and keeps the figures for the storage page. */
export async function measureStore(options: {
  readonly root: string;
  readonly limits: StoreLimits;
  readonly hasCollected?: boolean;
}): Promise<void> {
  const { root, limits, hasCollected = false } = options;
  const [listing, disk, images] = await Promise.all([listStore(root), measureDisk(root), readKnownImages()]);
  const kinds = new Map(images.flatMap(({ blobs }) => blobs.map(({ digest, kind }) => [digest, kind])));
  const bytes = { layerBytes: 0, documentBytes: 0, looseBytes: 0 };
  for (const [digest, { sizeBytes }] of listing.blobs) {
    const kind = kinds.get(digest);
    if (kind === undefined) bytes.looseBytes += sizeBytes;
    else if (kind === 'layer') bytes.layerBytes += sizeBytes;
    else bytes.documentBytes += sizeBytes;
  }
  const oldest = Math.min(...listing.partials.map(({ touchedAt }) => touchedAt.getTime()));
  await saveStoreState({
    ...bytes,
    ...disk,
    blobs: listing.blobs.size,
    partials: listing.partials.length,
    partialBytes: partialBytesOf(listing),
    oldestPartialAt: Number.isFinite(oldest) ? new Date(oldest).toISOString() : null,
    limits,
    hasCollected,
  });
}

/**
 * What a build needed a moment ago is likely to be needed again. Only builds of versions that did not hold their images
 * rely on it.
 */
export const collectionGraceMs = 10 * 60_000;
/** Where room is needed, a download that stood still for an hour is given up. */
const partialsKeptHourMs = 3_600_000;

function partialsKeptMs({ bytesToFree = 0 }: Pick<CollectOptions, 'bytesToFree'>): number {
  return bytesToFree > 0 ? partialsKeptHourMs : partialsKeptWeekMs;
}

async function sweep(options: CollectOptions, plan: CollectionPlan, record: Record): Promise<void> {
  const { root, signal } = options;
  const condemned = await condemnImages(plan.victims.map(({ image }) => image));
  const begun = plan.victims.filter(({ due }) => due === 'begun').map(({ image }) => image.digest);
  // Blobs of an image that was needed meanwhile are among these too; they are needed, and so they stay.
  const digests = plan.blobs.map(({ digest }) => digest);
  await removeBlobs({
    root,
    digests,
    neededAmong,
    durability: 'durable',
    signal,
    onRemoved: (removed) => record.add(removed),
  });
  const images = await forgetImages({ images: [...new Set([...condemned, ...begun])], blobs: digests });
  record.add({ images });
}

/** The row of a collection, made when there is something to tell. */
class Record {
  readonly #options: CollectOptions;
  #id: string | undefined;
  #telling: Promise<void> = Promise.resolve();
  tally: CollectionTally = { images: 0, blobs: 0, partials: 0, freedBytes: 0 };

  constructor(options: CollectOptions, id: string | undefined) {
    this.#options = options;
    this.#id = id;
  }

  async begin(): Promise<void> {
    const { reason, requestedBy = null } = this.#options;
    this.#id ??= (await beginCollection({ reason, requestedBy })).id;
  }

  add(removed: {
    readonly images?: number;
    readonly blobs?: number;
    readonly partials?: number;
    readonly bytes?: number;
  }): void {
    const { images, blobs, partials, freedBytes } = this.tally;
    this.tally = {
      images: images + (removed.images ?? 0),
      blobs: blobs + (removed.blobs ?? 0),
      partials: partials + (removed.partials ?? 0),
      freedBytes: freedBytes + (removed.bytes ?? 0),
    };
    const id = this.#id;
    if (id === undefined) return;
    // A page that shows a figure that is a moment old does not hold up the collection.
    const { tally } = this;
    this.#telling = this.#telling.then(() => tellCollection(id, tally)).catch(() => undefined);
  }

  async end(error?: unknown): Promise<void> {
    await this.#telling;
    // Found nothing but what an earlier one left out of sight: that is something to tell too.
    if (this.#id === undefined && (this.tally.freedBytes > 0 || error !== undefined)) await this.begin();
    if (this.#id === undefined) return;
    const report = error === undefined ? {} : { error: reportError(error) };
    await endCollection(this.#id, { tally: this.tally, ...report });
  }
}

function partialBytesOf({ partials }: StoreListing): number {
  return partials.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
