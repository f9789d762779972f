import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type FileLock, FileLockedError, lockFile } from '#lib/store/file-lock.ts';
import { makePassable } from './passable-folder.ts';

/** A storage of unpacked bases, for one step at a time. */
export interface Lane {
  /** Below the engine's folder. */
  readonly path: string;
  /** Lets the next step have it. The system does so too when this process ends in any way. */
  release(): void;
}

/**
 * Takes the first lane that no step is in, and makes one when all are taken: so there are as many as steps ran at once. A step sees the
 * bases as a storage that nobody changes; Buildah 1.28 that reads one while another base is unpacked into it hands out images with layers missing, or
 * waits for ever.
 */
export async function takeLane(folder: string): Promise<Lane> {
  for (let number = 0; ; number += 1) {
    const lane = path.join(lanesFolder, String(number));
    for (const each of [lanesFolder, lane]) await makePassable(path.join(folder, each));
    const lock = lockUnlessTaken(path.join(folder, lane, 'lock'));
    if (lock !== undefined) return { path: lane, release: () => lock.release() };
  }
}

/** The lanes that were ever made, below the engine's folder. */
export async function lanesOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(path.join(folder, lanesFolder)).catch(() => []);
  return names.map((name) => path.join(lanesFolder, name));
}

const lanesFolder = 'lanes';

function lockUnlessTaken(file: string): FileLock | undefined {
  try {
    return lockFile(file);
  } catch (error) {
    if (error instanceof FileLockedError) return undefined;
    throw error;
  }
}
