import { DatabaseSync } from 'node:sqlite';

/** A lock that the operating system keeps on an open file: one that is killed, or loses its reference to it, holds it no longer. */
export interface FileLock {
  release(): void;
}

/** Somebody else holds the lock, in this process or another. */
export class FileLockedError extends Error {
  override readonly name = 'FileLockedError';
}

/**
 * Locks a file, which is made where it is absent. SQLite locks it as the platform at hand does it best, and Node brings it along; nothing is
 * stored in it.
 * @throws FileLockedError, and what opening the file throws
 */
export function lockFile(file: string): FileLock {
  const lock = new DatabaseSync(file);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { readonly errcode?: number }).errcode !== sqliteBusy) throw error;
    throw new FileLockedError(`${file} is locked.`, { cause: error });
  }
  return { release: () => lock.close() };
}

/** https://www.sqlite.org/rescode.html#busy */
const sqliteBusy = 5;
