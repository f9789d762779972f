import { randomBytes } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '#lib/oci/digest.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { verifyDigest } from '#lib/oci/verify-digest.ts';
import { collectIngests } from './collect-ingests.ts';
import { type Durability, replaceFile, syncFolder } from './commit.ts';
import { copyIn } from './copy-in.ts';
import { isDelivered } from './deliveries.ts';
import { storeFault } from './errors.ts';
import { ensureRoom } from './free-space.ts';
import {
  type IngestContext,
  type IngestOptions,
  type IngestResult,
  ingestBlob,
  isInPlace,
} from './ingest.ts';
import { pieceBytesDefault } from './landed.ts';
import { checkLayoutFolder, layoutMarker } from './layout-marker.ts';
import { defaultLeaseTiming, type LeaseTiming } from './lease.ts';
import { partialBytesIn } from './partial-blob.ts';
import { blobFile, ingestFolder } from './paths.ts';

/** Content-addressed blobs in a folder that is an OCI image layout. Any number of processes may use it at once. */
export interface BlobStore {
  readonly root: string;
  readonly durability: Durability;
  /** Whether everything in it belongs to one person: then presence is all that is needed to use a blob. */
  readonly isPrivate: boolean;
  readonly leaseTiming: LeaseTiming;
  /** Whether the blob is here, whole. It was verified before it got its name. */
  has(descriptor: Descriptor): Promise<boolean>;
  /** A small blob (up to 8 MiB) in memory, verified again. Undefined when it is not here, or damaged. */
  read(descriptor: Descriptor): Promise<Uint8Array | undefined>;
  /** Puts a small blob in its place. @throws DigestMismatchError */
  write(blob: { readonly digest: Digest; readonly bytes: Uint8Array }): Promise<void>;
  /** Copies a file of this machine in, verified on the way. @throws DigestMismatchError, StoreFullError */
  copyIn(blob: {
    readonly digest: Digest;
    readonly file: string;
    readonly signal: AbortSignal;
  }): Promise<void>;
  /** Brings in a blob from a source, once among all processes: see `ingestBlob`. */
  ingest(options: IngestOptions): Promise<IngestResult>;
  /** Bytes that came from this source before and from which an ingest would go on. */
  partialBytes(options: { readonly descriptor: Descriptor; readonly source: string }): Promise<number>;
  /** Whether this source delivered this blob before, to anybody. */
  isDelivered(options: { readonly digest: Digest; readonly source: string }): Promise<boolean>;
  /** @throws StoreFullError when fewer bytes than these are free. */
  ensureRoom(neededBytes: number): Promise<void>;
  /** Removes partial blobs that nobody has touched for that long. @returns the bytes that were freed. */
  collectIngests(options: { readonly olderThanMs: number }): Promise<number>;
}

/**
 * Opens the store in a folder, which is made if it is not there.
 * @throws NotALayoutError when the folder holds something else, StoreUnwritableError, StoreFullError
 */
export async function openBlobStore(options: {
  readonly root: string;
  readonly durability: Durability;
  readonly isPrivate?: boolean;
  readonly leaseTiming?: LeaseTiming;
  /** Smaller ones let tests do with small blobs. */
  readonly pieceBytes?: number;
}): Promise<BlobStore> {
  const root = path.resolve(options.root);
  const { durability, isPrivate = false, leaseTiming = defaultLeaseTiming } = options;
  const { pieceBytes = pieceBytesDefault } = options;
  const context: IngestContext = { root, durability, isPrivate, leaseTiming, pieceBytes };
  await prepareFolder(context);
  return {
    root,
    durability,
    isPrivate,
    leaseTiming,
    has: (descriptor) => isInPlace(root, descriptor),
    read: (descriptor) => readVerified(root, descriptor),
    write: (blob) => writeBlob(context, blob),
    copyIn: (blob) => copyFileIn(context, blob),
    ingest: (ingest) => ingestBlob(context, ingest),
    partialBytes: ({ descriptor, source }) =>
      partialBytesIn(ingestFolder({ root, digest: descriptor.digest, source }), {
        sizeBytes: descriptor.sizeBytes,
        pieceBytes,
      }),
    isDelivered: ({ digest, source }) => isDelivered({ root, digest, source }),
    ensureRoom: (neededBytes) => ensureRoom({ root, neededBytes }),
    collectIngests: ({ olderThanMs }) => collectIngests({ root, olderThanMs, leaseTiming }),
  };
}

async function prepareFolder({ root, durability }: IngestContext): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
    if (await checkLayoutFolder(root)) return;
    await mkdir(path.join(root, 'blobs', 'sha256'), { recursive: true });
    await replaceFile({ ...layoutMarker(root), through: temporaryFile(root), durability });
    if (durability === 'durable') await syncFolder(path.join(root, 'blobs'));
  } catch (error) {
    throw storeFault({ error, folder: root });
  }
}

async function readVerified(root: string, descriptor: Descriptor): Promise<Uint8Array | undefined> {
  const file = blobFile(root, descriptor.digest);
  try {
    // Before reading: a damaged file may be of any length.
    if ((await stat(file)).size !== descriptor.sizeBytes || descriptor.sizeBytes > smallBlobBytesMax)
      return undefined;
    const bytes = await readFile(file);
    verifyDigest({ bytes, digest: descriptor.digest, noun: 'stored blob' });
    return bytes;
  } catch {
    return undefined;
  }
}

async function writeBlob(
  { root, durability }: IngestContext,
  { digest, bytes }: { readonly digest: Digest; readonly bytes: Uint8Array },
): Promise<void> {
  verifyDigest({ bytes, digest, noun: 'blob' });
  const descriptor = { mediaType: '', digest, sizeBytes: bytes.length };
  if ((await readVerified(root, descriptor)) !== undefined) return;
  try {
    await replaceFile({ to: blobFile(root, digest), through: temporaryFile(root), bytes, durability });
  } catch (error) {
    throw storeFault({ error, folder: root });
  }
}

async function copyFileIn(
  { root, durability }: IngestContext,
  blob: { readonly digest: Digest; readonly file: string; readonly signal: AbortSignal },
): Promise<void> {
  const through = temporaryFile(root);
  try {
    await mkdir(path.dirname(through), { recursive: true });
    await copyIn({ ...blob, through, to: blobFile(root, blob.digest), durability });
  } catch (error) {
    throw storeFault({ error, folder: root });
  }
}

/** Manifests have 4 MiB at most, and configs are read from registries with the same bound or less. */
const smallBlobBytesMax = 8 * 1024 * 1024;

function temporaryFile(root: string): string {
  return path.join(root, 'ingest', `write-${randomBytes(12).toString('hex')}`);
}
