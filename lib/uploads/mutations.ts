import { createHash } from 'node:crypto';
import { prisma, type Transaction, transaction } from '#lib/db/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { getUploadState, readPieces } from './data.ts';
import {
  missingUploads,
  UploadDamagedError,
  UploadPieceError,
  UploadsFullError,
  UploadTooLargeError,
} from './errors.ts';
import { pieceBytesMax, type UploadState } from './schema.ts';
import type { NeededUpload, UploadLimits } from './types.ts';

/** A piece of a file, from a byte of it on. */
export interface Piece {
  readonly digest: Digest;
  /** Of the whole file. */
  readonly sizeBytes: number;
  readonly offset: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Takes the next piece of a file. One that came before, or too early, changes nothing: the answer says where to go on. With
 * the last one the whole is held against its digest, and only then can anything use it.
 *
 * @throws UploadTooLargeError, UploadsFullError before anything is kept; UploadPieceError; UploadDamagedError when the whole is
 *   another file: then nothing of it is left
 */
export async function addPiece(options: {
  readonly scope: Scope;
  readonly piece: Piece;
  readonly limits: UploadLimits;
}): Promise<UploadState> {
  const { scope, piece, limits } = options;
  const { digest, sizeBytes, offset } = piece;
  if (sizeBytes > limits.fileBytesMax)
    throw new UploadTooLargeError({ sizeBytes, bytesMax: limits.fileBytesMax });
  if (offset % pieceBytesMax !== 0 || piece.bytes.length !== Math.min(pieceBytesMax, sizeBytes - offset)) {
    throw new UploadPieceError('It does not begin or end where a piece of a file of this size does.');
  }
  const state = await transaction(async (tx) => {
    if (offset === 0) await begin(tx, options);
    return append(tx, { scope, piece });
  });
  const isComplete = !state.isWhole && state.receivedBytes === sizeBytes;
  return isComplete ? finish({ scope, digest }) : state;
}

/**
 * Notes that a build begins which needs these files, so that they stay while it may run, and for a while after it.
 * @throws InputError naming those that the workspace does not have
 */
export async function markUploadsUsed(
  tx: Transaction,
  options: { readonly scope: Scope; readonly uploads: readonly NeededUpload[] },
): Promise<void> {
  const { scope, uploads } = options;
  if (uploads.length === 0) return;
  const digests = uploads.map(({ digest }) => digest);
  const found = await tx.$queryRaw<{ digest: string }[]>`
    UPDATE upload SET used_at = now()
    WHERE workspace_id = ${scope.workspaceId}::uuid AND digest = ANY(${digests}) AND is_whole
    RETURNING digest`;
  expectAll(uploads, found);
}

/**
 * Keeps files for as long as an image exists, because one of its revisions names them.
 * @throws InputError naming those that the workspace does not have
 */
export async function keepForImage(
  tx: Transaction,
  options: { readonly scope: Scope; readonly imageId: string; readonly uploads: readonly NeededUpload[] },
): Promise<void> {
  const { scope, imageId, uploads } = options;
  if (uploads.length === 0) return;
  const { workspaceId } = scope;
  const digests = uploads.map(({ digest }) => digest);
  // Held until the link is there: a collection waits, and then sees it.
  const found = await tx.$queryRaw<{ digest: string }[]>`
    SELECT digest FROM upload
    WHERE workspace_id = ${workspaceId}::uuid AND digest = ANY(${digests}) AND is_whole FOR KEY SHARE`;
  expectAll(uploads, found);
  await tx.imageUpload.createMany({
    data: [...new Set(digests)].map((digest) => ({ imageId, workspaceId, digest })),
    skipDuplicates: true,
  });
}

/** Deletes what no image names and no build needed for long, and what was begun and not ended. */
export async function forgetUnusedUploads(): Promise<{ readonly count: number }> {
  // A row that an image is just being linked to is passed over, and linked when it is looked at again.
  const count = await prisma().$executeRaw`
    DELETE FROM upload WHERE (workspace_id, digest) IN (
      SELECT workspace_id, digest FROM upload
      WHERE coalesce(used_at, '-infinity') < now() - ${keptAfterUse}::interval
        AND created_at < now() - ${keptUnused}::interval
        AND NOT EXISTS (
          SELECT FROM image_upload AS link
          WHERE link.workspace_id = upload.workspace_id AND link.digest = upload.digest
        )
      FOR UPDATE SKIP LOCKED
    )`;
  return { count };
}

/** Time to go on with a form; after it, what nothing was made of goes. */
const keptUnused = '1 day';
/** A build can be repeated for as long as this after it, even where no image has its steps. */
const keptAfterUse = '30 days';

/** @throws UploadsFullError */
async function begin(
  tx: Transaction,
  options: { readonly scope: Scope; readonly piece: Piece; readonly limits: UploadLimits },
): Promise<void> {
  const { scope, piece, limits } = options;
  const { workspaceId, userId } = scope;
  const { digest, sizeBytes } = piece;
  // Two that begin at once count each other.
  await tx.$executeRaw`SELECT 1 FROM workspace WHERE id = ${workspaceId}::uuid FOR NO KEY UPDATE`;
  const known = await tx.upload.findUnique({ where: { workspaceId_digest: { workspaceId, digest } } });
  if (known !== null) return;
  const { _sum } = await tx.upload.aggregate({ where: { workspaceId }, _sum: { sizeBytes: true } });
  const usedBytes = _sum.sizeBytes ?? 0;
  const { workspaceBytesMax: bytesMax } = limits;
  if (usedBytes + sizeBytes > bytesMax) throw new UploadsFullError({ usedBytes, sizeBytes, bytesMax });
  await tx.upload.create({ data: { workspaceId, digest, sizeBytes, createdBy: userId ?? '' } });
}

async function append(
  tx: Transaction,
  { scope, piece }: { readonly scope: Scope; readonly piece: Piece },
): Promise<UploadState> {
  const { workspaceId } = scope;
  const { digest, sizeBytes, offset, bytes } = piece;
  const [upload] = await tx.$queryRaw<(UploadState & { readonly sizeBytes: number })[]>`
    SELECT size_bytes AS "sizeBytes", received_bytes AS "receivedBytes", is_whole AS "isWhole" FROM upload
    WHERE workspace_id = ${workspaceId}::uuid AND digest = ${digest} FOR UPDATE`;
  if (upload === undefined) return { receivedBytes: 0, isWhole: false };
  if (upload.sizeBytes !== sizeBytes) throw new UploadPieceError('A file with this digest has another size.');
  const { receivedBytes, isWhole } = upload;
  if (isWhole || receivedBytes !== offset || bytes.length === 0) return { receivedBytes, isWhole };
  const position = offset / pieceBytesMax;
  await tx.uploadPiece.create({ data: { workspaceId, digest, position, data: bytes } });
  const next = offset + bytes.length;
  await tx.upload.update({
    where: { workspaceId_digest: { workspaceId, digest } },
    data: { receivedBytes: next },
  });
  return { receivedBytes: next, isWhole: false };
}

/** Holds what came against its digest. @throws UploadDamagedError */
async function finish(options: { readonly scope: Scope; readonly digest: Digest }): Promise<UploadState> {
  const { scope, digest } = options;
  const { workspaceId } = scope;
  const hash = createHash('sha256');
  for await (const piece of readPieces(options)) hash.update(piece);
  if (`sha256:${hash.digest('hex')}` === digest) {
    await prisma().upload.updateMany({ where: { workspaceId, digest }, data: { isWhole: true } });
    return getUploadState(options);
  }
  await prisma().upload.deleteMany({ where: { workspaceId, digest, isWhole: false } });
  throw new UploadDamagedError();
}

function expectAll(uploads: readonly NeededUpload[], found: readonly { readonly digest: string }[]): void {
  const digests = new Set(found.map(({ digest }) => digest));
  const missing = uploads.filter(({ digest }) => !digests.has(digest)).map(({ name }) => name);
  if (missing.length > 0) throw missingUploads([...new Set(missing)]);
}
