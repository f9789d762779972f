import { isSessionOpen } from '#lib/auth/data.ts';
import { followPreflight } from '#lib/preflight/live.ts';
import { askPreflight } from '#lib/preflight/mutations.ts';
import { preflightInputSchema } from '#lib/preflight/schema.ts';
import { answer } from '../_http/answer.ts';
import { eventStream } from '../_http/event-stream.ts';
import { jsonBody } from '../_http/json-body.ts';
import { requireSameOrigin } from '../_http/same-origin.ts';

export const dynamic = 'force-dynamic';

/**
 * Checks what a PreflightRequest asks for. The answer is a stream of whole PreflightViews, the last of which has ended;
 * leaving the stream ends the check. What cannot be asked is answered as `{error: ErrorReport}`.
 */
export function POST(request: Request): Promise<Response> {
  return answer(request, async (scope, session) => {
    requireSameOrigin(request);
    const input = await jsonBody(request, { schema: preflightInputSchema, bytesMax: bodyBytesMax });
    const { id } = await askPreflight({ scope, input });
    return eventStream({
      request,
      isOpen: () => isSessionOpen({ ...session, ...scope }),
      follow: (signal) => followPreflight({ scope, id, signal }),
    });
  });
}

/** A sealed draft is bounded at 512 KiB, which base64 makes a third longer. */
const bodyBytesMax = 1024 * 1024;
