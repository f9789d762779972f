import { isSessionOpen } from '#lib/auth/data.ts';
import { findBuild } from '#lib/builds/data.ts';
import { followBuild } from '#lib/builds/live.ts';
import { isFinal } from '#lib/builds/state.ts';
import { answer } from '../../../_http/answer.ts';
import { eventStream } from '../../../_http/event-stream.ts';
import { type BuildAddress, parseNumber, wholeNumber } from '../../_http/address.ts';

export const dynamic = 'force-dynamic';

/**
 * The events of a build after `?after=N`, or after the last one that a browser which comes back has seen. Each message is
 * a JSON list of NumberedEvent. 204 when there is nothing to come, which tells a browser to stay away.
 */
export function GET(request: Request, context: BuildAddress): Promise<Response> {
  return answer(request, async (scope, session) => {
    const number = parseNumber((await context.params).number);
    const asked = wholeNumber(new URL(request.url).searchParams.get('after'), 0);
    const after = wholeNumber(request.headers.get('last-event-id'), asked);
    const build = await findBuild({ scope, number });
    if (isFinal(build.state) && after >= build.eventHead) return new Response(null, { status: 204 });
    return eventStream({
      request,
      isOpen: () => isSessionOpen({ ...session, ...scope }),
      follow: (signal) => followBuild({ scope, number, after, signal }),
      idOf: (events) => events.at(-1)?.number,
    });
  });
}
