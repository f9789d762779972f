import { randomUUID } from 'node:crypto';
import { constants, type FileHandle, link, mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { KeyringError } from './errors.ts';

/**
 * The text of the key file. Where there is none it is made, 0600 in a 0700 folder, with one first line: written
 * aside, synced and linked into place, so that of several processes that start at once one wins, all read
 * the same key, and none ever sees half a file.
 *
 * @throws KeyringError when the file may be read by others, is too large, or cannot be read or made.
 */
export async function readKeyFile(options: {
  readonly file: string;
  readonly firstLine: () => string;
}): Promise<string> {
  const { file, firstLine } = options;
  try {
    return (await readIfThere(file)) ?? (await createKeyFile(file, firstLine())) ?? '';
  } catch (error) {
    throw asKeyringError(error, file);
  }
}

/** Appends one line in a single write: no key of another writer is lost, and none is split. */
export async function appendKeyLine(options: {
  readonly file: string;
  readonly line: string;
}): Promise<void> {
  const { file, line } = options;
  try {
    const text = (await readIfThere(file)) ?? '';
    const handle = await open(file, constants.O_WRONLY | constants.O_APPEND);
    await writeSynced(handle, `${text.endsWith('\n') ? '' : '\n'}${line}\n`);
  } catch (error) {
    throw asKeyringError(error, file);
  }
}

/** A key takes 58 bytes; a file of a thousand keys with comments is still far below. */
const fileBytesMax = 256 * 1024;
const ownerOnly = 0o600;
const othersMask = 0o077;

async function readIfThere(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    // Asked of the open file, not of its name, so that it is the same file that is read.
    const { mode, size } = await handle.stat();
    refuseWideModes(file, mode);
    if (size > fileBytesMax) {
      throw new KeyringError({
        why: `The key file ${file} is larger than ${fileBytesMax} bytes.`,
        next: 'Check that the setting names the right file.',
      });
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** Windows has no such modes: there the folder's access list guards the file. */
function refuseWideModes(file: string, mode: number): void {
  if (process.platform === 'win32' || (mode & othersMask) === 0) return;
  throw new KeyringError({
    why: `The key file ${file} has mode ${(mode & 0o777).toString(8).padStart(4, '0')}, so others on this machine may read or change it.`,
    next: `Run: chmod 600 '${file}'. If others could have read it, replace the secrets that it sealed.`,
  });
}

async function createKeyFile(file: string, line: string): Promise<string | undefined> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = path.join(folder, `.${path.basename(file)}.${randomUUID()}`);
  try {
    await writeSynced(await open(draft, 'wx', ownerOnly), `${heading}${line}\n`);
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(folder);
  return readIfThere(file);
}

const heading = [
  '# Private keys of this Slipway server: what it sealed opens with nothing else. Keep a copy in the backup,',
  '# apart from the database. One key a line; the last one seals, all of them open.',
  '',
].join('\n');

async function writeSynced(handle: FileHandle, text: string): Promise<void> {
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the new name durable. Windows cannot open folders and does without. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function asKeyringError(error: unknown, file: string): KeyringError {
  if (error instanceof KeyringError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  return new KeyringError({
    why: `The key file ${file} could not be read or made (${code}).`,
    next: 'Check that the data folder exists on a disk with room and belongs to the user who runs Slipway.',
    cause: error,
  });
}
