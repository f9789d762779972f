import { isSessionOpen } from '#lib/auth/data.ts';
import { findBuild } from '#lib/builds/data.ts';
import { followPushes } from '#lib/push/live.ts';
import { answer } from '../../../_http/answer.ts';
import { eventStream } from '../../../_http/event-stream.ts';
import { type BuildAddress, parseNumber } from '../../_http/address.ts';

export const dynamic = 'force-dynamic';

/** The pushes of a build as they go on. Each message is a JSON list of PushViews, whole; it ends when none can change any more. */
export function GET(request: Request, context: BuildAddress): Promise<Response> {
  return answer(request, async (scope, session) => {
    const number = parseNumber((await context.params).number);
    // What is not there is answered as such, and not as a stream that breaks.
    await findBuild({ scope, number });
    return eventStream({
      request,
      isOpen: () => isSessionOpen({ ...session, ...scope }),
      follow: (signal) => followPushes({ scope, number, signal }),
    });
  });
}
