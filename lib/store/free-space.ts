import { statfs } from 'node:fs/promises';
import { StoreFullError } from './errors.ts';

/**
 * Checked before a fetch begins, so that what cannot fit fails at once and not after an hour.
 * @throws StoreFullError
 */
export async function ensureRoom(options: {
  readonly root: string;
  readonly neededBytes: number;
}): Promise<void> {
  const { root, neededBytes } = options;
  if (neededBytes === 0) return;
  const freeBytes = await freeBytesOf(root);
  if (freeBytes < neededBytes + spareBytes)
    throw new StoreFullError({ folder: root, neededBytes, freeBytes });
}

/** Manifests, leases and the file system's own records need room as well. */
export const spareBytes = 4 * 1024 * 1024;

/** What a user without special rights may still write on the disk of a folder. */
export async function freeBytesOf(root: string): Promise<number> {
  const { bavail, bsize } = await statfs(root);
  return bavail * bsize;
}
