import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Digest } from '#lib/oci/digest.ts';
import type { BlobStore } from './blob-store.ts';
import { replaceFile } from './commit.ts';
import { blobFile, contentsFile } from './paths.ts';

type StoreFolder = Pick<BlobStore, 'root' | 'durability' | 'isPrivate'>;

/** A blob of the store, for whoever reads what is in it, and what earlier readers noted of it. */
export interface ReadableBlob {
  readonly digest: Digest;
  /** Its bytes from the first. They were verified before the blob got its name. */
  open(): Readable;
  /** The note that a reader left, or undefined: it may be gone at any time, be old, or be damaged. */
  readNote(): Promise<Uint8Array | undefined>;
  /** Leaves a note in place of an older one. One that cannot be written is none: it only saves time. */
  writeNote(bytes: Uint8Array): Promise<void>;
}

/** The layouts of the command line (`isPrivate`) hold what the image-layout specification names, and no notes. */
export function readableBlob(options: {
  readonly store: StoreFolder;
  readonly digest: Digest;
}): ReadableBlob {
  const { store, digest } = options;
  const note = contentsFile(store.root, digest);
  return {
    digest,
    open: () => createReadStream(blobFile(store.root, digest), { highWaterMark: readBytes }),
    readNote: () => readIfSmall(note),
    async writeNote(bytes) {
      if (store.isPrivate || bytes.length > noteBytesMax) return;
      const through = path.join(store.root, 'ingest', `write-${randomBytes(12).toString('hex')}`);
      await replaceFile({ to: note, through, bytes, durability: 'fast' }).catch(() =>
        rm(through, { force: true }),
      );
    },
  };
}

async function readIfSmall(file: string): Promise<Uint8Array | undefined> {
  try {
    // Before reading: a damaged file may be of any length.
    if ((await stat(file)).size > noteBytesMax) return undefined;
    return await readFile(file);
  } catch {
    return undefined;
  }
}

/** Blobs have gigabytes: few large reads cost less than many small ones. */
const readBytes = 1024 * 1024;

/** The note of a layer with 500,000 files has about 5 MB. */
const noteBytesMax = 64 * 1024 * 1024;
