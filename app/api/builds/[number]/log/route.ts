import { readLog } from '#lib/builds/log/data.ts';
import { answer, noStore } from '../../../_http/answer.ts';
import { type BuildAddress, parseNumber, wholeNumber } from '../../_http/address.ts';

export const dynamic = 'force-dynamic';

const limitDefault = 500;

/** Lines `?from=LINE` (from 1), at most `&limit=N`, as a JSON list of LogLine. */
export function GET(request: Request, context: BuildAddress): Promise<Response> {
  return answer(request, async (scope) => {
    const number = parseNumber((await context.params).number);
    const query = new URL(request.url).searchParams;
    const fromLine = wholeNumber(query.get('from'), 1);
    const limit = wholeNumber(query.get('limit'), limitDefault);
    return Response.json(await readLog({ scope, number, fromLine, limit }), { headers: noStore });
  });
}
