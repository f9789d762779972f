import { chmod, mkdir } from 'node:fs/promises';

/** Makes a folder that the users of a step can pass on the way to their root; they can neither list nor write it. */
export async function makePassable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
}
