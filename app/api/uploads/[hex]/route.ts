import { z } from 'zod';
import { readSettings } from '#lib/config/load-settings.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { type Digest, parseDigest } from '#lib/oci/digest.ts';
import { getUploadState } from '#lib/uploads/data.ts';
import { UploadPieceError } from '#lib/uploads/errors.ts';
import { addPiece } from '#lib/uploads/mutations.ts';
import { pieceBytesMax, type UploadState, uploadHexSchema } from '#lib/uploads/schema.ts';
import { answer, noStore } from '../../_http/answer.ts';
import { boundedBody } from '../../_http/bounded-body.ts';
import { requireSameOrigin } from '../../_http/same-origin.ts';

export const dynamic = 'force-dynamic';

interface Context {
  readonly params: Promise<{ readonly hex: string }>;
}

/** How far the upload of the file with this SHA-256 is, in the workspace of whoever asks: an UploadState. */
export function GET(request: Request, { params }: Context): Promise<Response> {
  return answer(request, async (scope) =>
    tell(await getUploadState({ scope, digest: await digestOf(params) })),
  );
}

/**
 * Takes the piece of a file that begins at `offset`, of `size` bytes in all, and answers with an UploadState: from where
 * on to send more. A piece that is not the next one changes nothing.
 */
export function PUT(request: Request, { params }: Context): Promise<Response> {
  return answer(request, async (scope) => {
    requireSameOrigin(request);
    const digest = await digestOf(params);
    const query = querySchema.safeParse(Object.fromEntries(new URL(request.url).searchParams));
    if (!query.success) throw new UploadPieceError('It does not say which bytes of how many it has.');
    const bytes = await boundedBody(request, { bytesMax: pieceBytesMax });
    if (bytes === null) throw new UploadPieceError('It is longer than a piece may be.');
    const { size: sizeBytes, offset } = query.data;
    const { uploads: limits } = readSettings();
    return tell(await addPiece({ scope, piece: { digest, sizeBytes, offset, bytes }, limits }));
  });
}

/** Larger than any limit that can be set, so that what is too large is told so. */
const countSchema = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const querySchema = z.object({ size: countSchema, offset: countSchema });

async function digestOf(params: Context['params']): Promise<Digest> {
  const { hex } = await params;
  if (!uploadHexSchema.safeParse(hex).success) throw new NotFoundError('upload');
  return parseDigest(`sha256:${hex}`);
}

function tell(state: UploadState): Response {
  return Response.json(state, { headers: noStore });
}
