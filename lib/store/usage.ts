import { readdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { type Digest, isDigest } from '#lib/oci/digest.ts';
import type { FoundBlob } from './collect-plan.ts';
import { systemCodeOf } from './errors.ts';

/** What lies in a store's folder. */
export interface StoreListing {
  readonly blobs: ReadonlyMap<Digest, FoundBlob>;
  /** Files under `blobs/` whose name is no digest, as paths within the store. */
  readonly strange: readonly string[];
  readonly partials: readonly FoundPartial[];
}

/** A blob on its way, in the folder of one source. */
interface FoundPartial {
  /** The folder's name under `ingest/`. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly touchedAt: Date;
}

/** Reads names, sizes and times of everything; no contents. What disappears meanwhile is not there. */
export async function listStore(root: string): Promise<StoreListing> {
  const blobs = new Map<Digest, FoundBlob>();
  const strange: string[] = [];
  for (const algorithm of await namesIn(path.join(root, 'blobs'))) {
    const folder = path.join(root, 'blobs', algorithm);
    for (const name of await namesIn(folder)) {
      const found = await fileFacts(path.join(folder, name));
      if (found === undefined) continue;
      const digest = `${algorithm}:${name}`;
      if (isDigest(digest) && found.isFile) blobs.set(digest, found);
      else strange.push(path.join('blobs', algorithm, name));
    }
  }
  return { blobs, strange, partials: await listPartials(root) };
}

/** Blobs on their way, those of a live download included. */
async function listPartials(root: string): Promise<readonly FoundPartial[]> {
  const partials: FoundPartial[] = [];
  for (const name of await namesIn(path.join(root, 'ingest'))) {
    const names = await namesIn(path.join(root, 'ingest', name));
    const files = names.filter((file) => !file.startsWith('lease-'));
    const facts = await Promise.all(files.map((file) => fileFacts(path.join(root, 'ingest', name, file))));
    const found = facts.filter((each) => each !== undefined);
    if (found.length === 0) continue;
    partials.push({
      name,
      sizeBytes: found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      touchedAt: new Date(Math.max(...found.map(({ touchedAt }) => touchedAt.getTime()))),
    });
  }
  return partials;
}

/** The file system that a store lies on: its size, and what an ordinary user may still write. */
export async function measureDisk(
  root: string,
): Promise<{ readonly diskBytes: number; readonly freeBytes: number }> {
  const { blocks, bfree, bavail, bsize } = await statfs(root);
  return { diskBytes: (blocks - bfree + bavail) * bsize, freeBytes: bavail * bsize };
}

async function fileFacts(file: string) {
  try {
    const found = await stat(file);
    return { isFile: found.isFile(), sizeBytes: found.size, touchedAt: found.mtime };
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '')) return [];
    throw error;
  }
}
