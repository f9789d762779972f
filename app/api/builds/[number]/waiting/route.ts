import { readWaiting } from '#lib/builds/waiting.ts';
import { answer, noStore } from '../../../_http/answer.ts';
import { type BuildAddress, parseNumber } from '../../_http/address.ts';

export const dynamic = 'force-dynamic';

/** What a queued build waits for, as Waiting; null of one that is not queued. */
export function GET(request: Request, context: BuildAddress): Promise<Response> {
  return answer(request, async (scope) => {
    const number = parseNumber((await context.params).number);
    return Response.json(await readWaiting({ scope, number }), { headers: noStore });
  });
}
