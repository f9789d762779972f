import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type FileLock, FileLockedError, lockFile } from '#lib/store/file-lock.ts';
import { AlreadyRunningError, StartError } from './start-error.ts';

/** The data folder, held by this process alone. */
export interface DataFolder {
  readonly path: string;
  readonly logs: string;
  /** Lets the next one have it. The system does so too when the process ends in any way. */
  release(): void;
}

/**
 * Makes the folder where it is absent, closes it to other users, sees whether it can be written, and locks it. The lock
 * is one that the operating system keeps on an open file, so a killed process leaves none behind.
 *
 * @throws AlreadyRunningError when another process holds it
 * @throws StartError when it cannot be written
 */
export function openDataFolder(folder: string): DataFolder {
  const logs = path.join(folder, 'logs');
  try {
    makeFolder(folder);
    chmodSync(folder, 0o700);
    makeFolder(logs);
    const probe = path.join(folder, '.write-probe');
    writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (error) {
    throw unwritable(folder, error);
  }
  const owner = path.join(folder, 'running');
  const lock = takeLock({ file: path.join(folder, 'lock'), folder, owner });
  writeFileSync(owner, `${process.pid}\n`);
  return {
    path: folder,
    logs,
    release() {
      rmSync(owner, { force: true });
      lock.release();
    },
  };
}

/** One level at a time: Node's own recursive form never ends where a file system refuses new folders, as /proc does. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (path.dirname(folder) !== folder) makeFolder(path.dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

function takeLock(options: {
  readonly file: string;
  readonly folder: string;
  readonly owner: string;
}): FileLock {
  try {
    return lockFile(options.file);
  } catch (error) {
    if (!(error instanceof FileLockedError)) throw unwritable(options.folder, error);
    throw new AlreadyRunningError({ folder: options.folder, holder: whoHolds(options.owner), cause: error });
  }
}

function whoHolds(owner: string): string {
  try {
    return `Process ${readFileSync(owner, 'utf8').trim()}`;
  } catch {
    return 'Another process';
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user has no right to write there',
  EPERM: 'this user has no right to write there',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its disk is full',
  EEXIST: 'there is a file of that name',
  ENOTDIR: 'a part of that path is a file',
  ENOENT: 'that path cannot be made',
};

function unwritable(folder: string, cause: unknown): StartError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new StartError(
    {
      what: 'The data folder cannot be written',
      why: `${folder}: ${reasons[code] ?? message}.`,
      next: 'Give this user the right to write there, or name another folder in SLIPWAY_DATA.',
    },
    cause,
  );
}
