import { chmod, constants, copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ContextFile } from './types.ts';

/** Makes the folder that COPY takes files from: these, under their names, and nothing else. */
export async function writeContext(folder: string, files: readonly ContextFile[]): Promise<void> {
  await mkdir(folder);
  for (const { name, file, mode } of files) {
    const place = path.join(folder, name);
    // Names were read by a schema; that none leads out of the folder is worth a second look.
    if (!place.startsWith(folder + path.sep)) throw new TypeError(`${name} leads out of the context`);
    await mkdir(path.dirname(place), { recursive: true });
    await copyFile(file, place, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chmod(place, mode);
  }
}
