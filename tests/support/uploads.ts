import { createHash } from 'node:crypto';
import { type Digest, parseDigest } from '#lib/oci/digest.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { addPiece } from '#lib/uploads/mutations.ts';
import { pieceBytesMax, type UploadState } from '#lib/uploads/schema.ts';

/** Limits that no test meets by accident. */
const wideLimits = { fileBytesMax: 100_000_000, workspaceBytesMax: 1_000_000_000 };

export function digestOfText(content: string | Uint8Array): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(content).digest('hex')}`);
}

/** Uploads a file piece by piece, as a browser does; what comes back is what a step names. */
export async function uploadText(options: {
  readonly scope: Scope;
  readonly name: string;
  readonly content: string | Uint8Array;
}): Promise<{ readonly name: string; readonly file: string; readonly size_bytes: number }> {
  const { scope, name } = options;
  const bytes = new Uint8Array(Buffer.from(options.content));
  const digest = digestOfText(bytes);
  const sizeBytes = bytes.length;
  let state: UploadState = { receivedBytes: 0, isWhole: false };
  do {
    const { receivedBytes: offset } = state;
    const piece = { digest, sizeBytes, offset, bytes: bytes.slice(offset, offset + pieceBytesMax) };
    state = await addPiece({ scope, piece, limits: wideLimits });
  } while (!state.isWhole);
  return { name, file: digest, size_bytes: sizeBytes };
}
