import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { systemCodeOf } from './errors.ts';
import { type LeaseTiming, readLease, takeLease } from './lease.ts';

export interface StaleOptions {
  readonly root: string;
  readonly olderThanMs: number;
  readonly leaseTiming: LeaseTiming;
}

/** A download that stood still for so long is given up. */
export const partialsKeptWeekMs = 7 * 24 * 3_600_000;

/**
 * Removes what nobody has gone on with for that long: partial blobs, and files of writers that died. What a live
 * process holds is never old: it touches its lease every second.
 * @returns the bytes that the disk got back
 */
export async function collectIngests(options: StaleOptions): Promise<number> {
  return (await removeStaleIngests(options)).freedBytes;
}

/** The same, and how many downloads were given up. */
export async function removeStaleIngests(
  options: StaleOptions,
): Promise<{ readonly partials: number; readonly freedBytes: number }> {
  let freedBytes = 0;
  let partials = 0;
  for (const { entry, isFolder, sizeBytes } of await listStaleIngests(options)) {
    if (isFolder && !(await emptyIngest(entry, options.leaseTiming))) continue;
    if (isFolder) partials += 1;
    else await rm(entry, { force: true });
    freedBytes += sizeBytes;
  }
  return { partials, freedBytes };
}

/** What `removeStaleIngests` would take, without taking it. */
export async function listStaleIngests(options: Pick<StaleOptions, 'root' | 'olderThanMs'>) {
  const folder = path.join(options.root, 'ingest');
  const stale = [];
  for (const name of await namesIn(folder)) {
    const entry = path.join(folder, name);
    const found = await sizeAndAge(entry);
    if (found !== undefined && found.ageMs >= options.olderThanMs) stale.push({ entry, ...found });
  }
  return stale;
}

/** Takes the lease first, so that nobody begins there meanwhile. */
async function emptyIngest(folder: string, timing: LeaseTiming): Promise<boolean> {
  const lease = await takeLease({ folder, after: await readLease(folder), timing });
  if (lease === undefined) return false;
  for (const name of await namesIn(folder)) {
    if (!name.startsWith('lease-')) await rm(path.join(folder, name), { recursive: true, force: true });
  }
  await lease.remove();
  return true;
}

async function sizeAndAge(entry: string) {
  const own = await stat(entry).catch(() => undefined);
  if (own === undefined) return undefined;
  const files = own.isDirectory() ? (await namesIn(entry)).map((name) => path.join(entry, name)) : [];
  const stats = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  const all = [own, ...stats.filter((found) => found !== undefined)];
  return {
    isFolder: own.isDirectory(),
    // A partial has the length of its blob from the start, and takes room only where bytes have landed.
    sizeBytes: all.filter((found) => found.isFile()).reduce((sum, found) => sum + found.blocks * 512, 0),
    ageMs: Date.now() - Math.max(...all.map((found) => found.mtimeMs)),
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
