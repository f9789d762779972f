import { isSessionOpen } from '#lib/auth/data.ts';
import { followBuilds } from '#lib/builds/live.ts';
import { answer } from '../../_http/answer.ts';
import { eventStream } from '../../_http/event-stream.ts';

export const dynamic = 'force-dynamic';

/** Rows of the workspace's history as they change; each message is a JSON list of BuildRow. */
export function GET(request: Request): Promise<Response> {
  return answer(request, async (scope, session) =>
    eventStream({
      request,
      isOpen: () => isSessionOpen({ ...session, ...scope }),
      follow: (signal) => followBuilds({ scope, signal }),
    }),
  );
}
