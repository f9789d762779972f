import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A file that engines read the secrets of a step from. */
export interface SecretFile {
  readonly path: string;
  dispose(): Promise<void>;
}

/**
 * Writes the secrets of a step into a file that only this user reads, in a memory file system where there is one.
 * @param options.folder of the engine: its leftovers are known by it
 */
export async function writeSecretFile(options: {
  readonly folder: string;
  readonly text: string;
}): Promise<SecretFile> {
  const folder = await mkdtemp(path.join(await placeOf(options.folder), await prefixOf(options.folder)));
  const file = path.join(folder, 'secrets');
  await writeFile(file, options.text, { mode: 0o400 });
  return { path: file, dispose: () => rm(folder, { recursive: true, force: true }) };
}

/** Removes what killed builds left of them. */
export async function removeSecretFiles(options: { readonly folder: string }): Promise<void> {
  const place = await placeOf(options.folder);
  const prefix = await prefixOf(options.folder);
  const names = (await readdir(place)).filter((name) => name.startsWith(prefix));
  for (const name of names) await rm(path.join(place, name), { recursive: true, force: true });
}

/** Elsewhere, the engine's folder, which is closed to all others, has to do. */
async function placeOf(folder: string): Promise<string> {
  const type = await statfs(memoryFolder).then(
    (facts) => facts.type,
    () => undefined,
  );
  return type === tmpfsMagic ? memoryFolder : path.join(folder, 'tmp');
}

const memoryFolder = '/dev/shm';
/** https://man7.org/linux/man-pages/man2/statfs.2.html */
const tmpfsMagic = 0x01021994;

/** Several workers share a machine. A folder keeps its name there for as long as it is, wherever it is moved. */
async function prefixOf(folder: string): Promise<string> {
  const file = path.join(folder, 'secrets-name');
  await writeFile(file, randomUUID(), { flag: 'wx' }).catch(ifThere);
  return `slipway-${await readFile(file, 'utf8')}-`;
}

function ifThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
