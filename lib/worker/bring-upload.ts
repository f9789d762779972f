import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, splitDigest } from '#lib/oci/digest.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { readPieces } from '#lib/uploads/data.ts';

/**
 * Writes an upload of the workspace into a folder, for a build on this machine.
 * @returns where it lies, or undefined when the workspace has no such upload, whole
 */
export async function bringUpload(options: {
  readonly scope: Scope;
  readonly digest: Digest;
  /** The build's own, made when it is not there. */
  readonly folder: string;
}): Promise<string | undefined> {
  const { folder, digest } = options;
  const file = path.join(folder, splitDigest(digest).hex);
  if (await isThere(file)) return file;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  const partial = `${file}.partial`;
  const hashed = async function* () {
    for await (const piece of readPieces(options)) {
      hash.update(piece);
      yield piece;
    }
  };
  await pipeline(Readable.from(hashed()), createWriteStream(partial, { mode: 0o600 }));
  if (`sha256:${hash.digest('hex')}` !== digest) {
    await rm(partial);
    return undefined;
  }
  await rename(partial, file);
  return file;
}

/** Where the files of a build lie while it runs. */
export function uploadsFolder(engineFolder: string, attempt: string): string {
  return path.join(engineFolder, 'uploads', attempt);
}

/** Removes what killed builds left. For a worker's start, when no build runs there. */
export async function removeUploads(engineFolder: string): Promise<void> {
  await rm(path.join(engineFolder, 'uploads'), { recursive: true, force: true });
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
