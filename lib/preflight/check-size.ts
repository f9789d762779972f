import { formatBytes, formatCountOf } from '#lib/builds/format.ts';
import { reportError } from '#lib/errors/report.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { StoreFullError } from '#lib/store/errors.ts';
import { freeBytesOf, spareBytes } from '#lib/store/free-space.ts';
import { DiskTightError } from './check-errors.ts';
import { wouldCostAPull } from './check-image.ts';
import type { Finding } from './checklist.ts';
import { type FoundImage, inStore, type Look } from './image-lookup.ts';

interface Sized {
  /** Whether every layer is here already. */
  readonly isStored: boolean;
}

/** Whether what is not here yet fits the disk of the store. */
export async function checkSize(look: Look, found: FoundImage): Promise<Finding<Sized>> {
  if (found.image === undefined) {
    return { state: 'skipped', detail: wouldCostAPull, value: { isStored: false } };
  }
  const layers = distinct(found.image.layers);
  const here = await inStore(look, layers);
  const totalBytes = sumOf(layers);
  const neededBytes = totalBytes - sumOf([...here]);
  const value = { isStored: neededBytes === 0 };
  const size = describeSize({ layerCount: found.image.layers.length, totalBytes, neededBytes });
  const folder = look.cache?.store.root;
  if (folder === undefined) return { state: 'passed', detail: size, value };
  const freeBytes = await freeBytesOf(folder);
  if (freeBytes < neededBytes + spareBytes) throw new StoreFullError({ folder, neededBytes, freeBytes });
  const detail = `${size}, ${formatBytes(freeBytes)} free`;
  if (neededBytes === 0 || freeBytes - neededBytes >= leftBytesMin) return { state: 'passed', detail, value };
  const problem = new DiskTightError({ needed: formatBytes(neededBytes), free: formatBytes(freeBytes) });
  return { state: 'warned', detail, problem: reportError(problem), value };
}

/** The database writes its log in files of 16 MB and keeps up to 1 GB of them (max_wal_size). */
const leftBytesMin = 1_000_000_000;

/** `12 layers, 2.66 GB, 1.10 GB of it in the store` */
export function describeSize(size: {
  readonly layerCount: number;
  readonly totalBytes: number;
  readonly neededBytes: number;
}): string {
  const { layerCount, totalBytes, neededBytes } = size;
  const all = `${formatCountOf(layerCount, 'layer')}, ${formatBytes(totalBytes)}`;
  if (neededBytes === totalBytes) return all;
  return neededBytes === 0
    ? `${all}, all in the store`
    : `${all}, ${formatBytes(totalBytes - neededBytes)} of it in the store`;
}

function distinct(layers: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
}

function sumOf(blobs: readonly Descriptor[]): number {
  return blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
