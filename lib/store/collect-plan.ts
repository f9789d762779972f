import type { Digest } from '#lib/oci/digest.ts';
import type { BlobKind, Due, ImageBlob, StoreLimits } from './types.ts';

/** An image of the store's records. Its blobs may be here in part. */
export interface KnownImage {
  readonly digest: Digest;
  readonly usedAt: Date;
  /** A build that has not ended needs it. */
  readonly isHeld: boolean;
  /** A collection decided to remove it, and did not come to its end. */
  readonly isCondemned: boolean;
  readonly blobs: readonly ImageBlob[];
}

/** A blob as it lies in the store. */
export interface FoundBlob {
  readonly sizeBytes: number;
  readonly touchedAt: Date;
}

export interface PlanOptions {
  readonly images: readonly KnownImage[];
  /** What is on the disk, by digest. */
  readonly found: ReadonlyMap<Digest, FoundBlob>;
  /** Bytes that count for the size limit beside the blobs: partial downloads. */
  readonly otherBytes?: number;
  readonly limits: StoreLimits;
  /** Bytes that have to become free for a pull to fit. */
  readonly bytesToFree?: number;
  readonly now: Date;
  /** What was needed or written within this time stays, whatever the limits say. */
  readonly graceMs: number;
}

export interface CollectionPlan {
  readonly victims: readonly { readonly image: KnownImage; readonly due: Due }[];
  /** What goes with them, in the order in which it has to go: documents before what they name. */
  readonly blobs: readonly { readonly digest: Digest; readonly sizeBytes: number }[];
  readonly freedBytes: number;
  /** What stays, `otherBytes` included. */
  readonly keptBytes: number;
}

/**
 * Decides what a collection takes: images as wholes, the least recently used first. An image that a build holds never
 * goes, nor a blob that an image which stays needs. Blobs of no image go once they are older than the grace.
 */
export function planCollection(options: PlanOptions): CollectionPlan {
  const { images, found, limits, now, graceMs, otherBytes = 0 } = options;
  const sum = new Sum(images, found);
  const victims: { image: KnownImage; due: Due }[] = [];
  const take = (image: KnownImage, due: Due) => {
    victims.push({ image, due });
    sum.take(image);
  };

  for (const image of images.filter(({ isCondemned }) => isCondemned)) take(image, 'begun');
  const looseBefore = now.getTime() - graceMs;
  const loose = sum.loose.filter((digest) => (found.get(digest)?.touchedAt.getTime() ?? 0) < looseBefore);
  for (const digest of loose) sum.free(digest);

  const ageMs = limits.daysMax === null ? Infinity : limits.daysMax * dayMs;
  const { bytesMax } = limits;
  const { bytesToFree = 0 } = options;
  const waiting = images
    .filter(({ isHeld, isCondemned }) => !isHeld && !isCondemned)
    .toSorted((a, b) => a.usedAt.getTime() - b.usedAt.getTime());
  for (const image of waiting) {
    const unusedMs = now.getTime() - image.usedAt.getTime();
    if (sum.freedBytes < bytesToFree) take(image, unusedMs > ageMs ? 'age' : 'room');
    else if (unusedMs < graceMs) continue;
    else if (unusedMs > ageMs) take(image, 'age');
    else if (bytesMax !== null && sum.keptBytes + otherBytes > bytesMax) take(image, 'size');
  }
  return {
    victims,
    blobs: [...inOrder(victims, sum), ...loose].flatMap((digest) => {
      const blob = found.get(digest);
      return blob === undefined ? [] : [{ digest, sizeBytes: blob.sizeBytes }];
    }),
    freedBytes: sum.freedBytes,
    keptBytes: sum.keptBytes + otherBytes,
  };
}

/**
 * How many bytes have to become free before a pull of this size. Beyond the pull itself some of the disk is kept free
 * where that can be had by collecting: the database may live on the same one.
 */
export function bytesToFreeFor(options: {
  readonly neededBytes: number;
  readonly freeBytes: number;
  readonly diskBytes: number;
}): number {
  if (options.neededBytes === 0) return 0;
  const reserveBytes = Math.min(reserveBytesMax, options.diskBytes * reserveShare);
  return Math.max(0, Math.ceil(options.neededBytes + reserveBytes - options.freeBytes));
}

/** A twentieth of a small disk; of a large one, what a database and its log need on a bad day. */
const reserveShare = 0.05;
const reserveBytesMax = 2_000_000_000;

const dayMs = 24 * 3_600_000;

/** Counts who needs what while images are taken away. */
class Sum {
  readonly #found: ReadonlyMap<Digest, FoundBlob>;
  readonly #needs = new Map<Digest, number>();
  freedBytes = 0;
  keptBytes = 0;

  constructor(images: readonly KnownImage[], found: ReadonlyMap<Digest, FoundBlob>) {
    this.#found = found;
    for (const { blobs } of images) {
      for (const { digest } of blobs) this.#needs.set(digest, (this.#needs.get(digest) ?? 0) + 1);
    }
    for (const { sizeBytes } of found.values()) this.keptBytes += sizeBytes;
  }

  get loose(): readonly Digest[] {
    return [...this.#found.keys()].filter((digest) => !this.#needs.has(digest));
  }

  take(image: KnownImage): void {
    for (const { digest } of image.blobs) {
      const needs = (this.#needs.get(digest) ?? 0) - 1;
      this.#needs.set(digest, needs);
      if (needs === 0) this.free(digest);
    }
  }

  free(digest: Digest): void {
    const sizeBytes = this.#found.get(digest)?.sizeBytes ?? 0;
    this.freedBytes += sizeBytes;
    this.keptBytes -= sizeBytes;
  }

  isNeeded(digest: Digest): boolean {
    return (this.#needs.get(digest) ?? 0) > 0;
  }
}

const order: readonly BlobKind[] = ['index', 'manifest', 'config', 'layer'];

/** All indexes, then all manifests, and so on: what names other blobs is gone before the first of them is. */
function inOrder(victims: CollectionPlan['victims'], sum: Sum): readonly Digest[] {
  const doomed = victims.flatMap(({ image }) => image.blobs).filter(({ digest }) => !sum.isNeeded(digest));
  const sorted = doomed.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return [...new Set(sorted.map(({ digest }) => digest))];
}
