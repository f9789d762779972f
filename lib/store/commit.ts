import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** `durable`: what was reported as done survives a loss of power. `fast`: it survives the end of every process. */
export type Durability = 'durable' | 'fast';

/** Makes a verified, synced file visible under its name, replacing what was there. Atomic on one file system. */
export async function moveIntoPlace(options: {
  readonly from: string;
  readonly to: string;
  readonly durability: Durability;
}): Promise<void> {
  const folder = path.dirname(options.to);
  await mkdir(folder, { recursive: true });
  await rename(options.from, options.to);
  if (options.durability === 'durable') await syncFolder(folder);
}

/** Writes a whole small file in one step: readers see the old one or the new one. */
export async function replaceFile(options: {
  readonly to: string;
  /** A name of the writer's own, on the same file system. */
  readonly through: string;
  readonly bytes: Uint8Array | string;
  readonly durability: Durability;
}): Promise<void> {
  const { to, through, bytes, durability } = options;
  await mkdir(path.dirname(through), { recursive: true });
  await writeFile(through, bytes, { flush: durability === 'durable' });
  await moveIntoPlace({ from: through, to, durability });
}

/** A rename is on the disk once the folder that holds the new name is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
