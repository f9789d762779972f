import { prisma } from '#lib/db/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import type { Scope } from '#lib/teams/scope.ts';
import type { UploadState } from './schema.ts';

/** How far an upload of this workspace is. */
export async function getUploadState(options: {
  readonly scope: Scope;
  readonly digest: Digest;
}): Promise<UploadState> {
  const { scope, digest } = options;
  const { workspaceId } = scope;
  const upload = await prisma().upload.findUnique({
    where: { workspaceId_digest: { workspaceId, digest } },
    select: { receivedBytes: true, isWhole: true },
  });
  return upload ?? { receivedBytes: 0, isWhole: false };
}

/** The pieces of what came so far, in order. None where the workspace has no such upload. */
export async function* readPieces(options: {
  readonly scope: Scope;
  readonly digest: Digest;
}): AsyncGenerator<Uint8Array, void, void> {
  const { scope, digest } = options;
  const { workspaceId } = scope;
  for (let position = 0; ; position += 1) {
    const piece = await prisma().uploadPiece.findUnique({
      where: { workspaceId_digest_position: { workspaceId, digest, position } },
      select: { data: true },
    });
    if (piece === null) return;
    yield piece.data;
  }
}
