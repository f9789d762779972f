import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Digest, splitDigest } from '#lib/oci/digest.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { readPieces } from '#lib/uploads/data.ts';
import { UploadUnwrittenError } from '#lib/uploads/errors.ts';

/**
 * Writes an upload of the workspace into a folder, for a build on this machine.
 * @returns where it lies, or undefined when the workspace has no such upload, whole
 * @throws UploadUnwrittenError when the disk here does not take it
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
  await onDisk(() => mkdir(folder, { recursive: true, mode: 0o700 }));
  const partial = `${file}.partial`;
  if ((await write(partial, readPieces(options))) !== digest) {
    await onDisk(() => rm(partial));
    return undefined;
  }
  await onDisk(() => rename(partial, file));
  return file;
}

/** @returns the digest of what was written */
async function write(file: string, pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  const handle = await onDisk(() => open(file, 'w', 0o600));
  try {
    for await (const piece of pieces) {
      hash.update(piece);
      await onDisk(() => handle.writeFile(piece));
    }
  } finally {
    await onDisk(() => handle.close());
  }
  return `sha256:${hash.digest('hex')}`;
}

/** What fails here is this machine's disk, and not the database that the pieces come from. */
async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new UploadUnwrittenError(error);
  }
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
