import { searchLog } from '#lib/builds/log/data.ts';
import { answer, noStore } from '../../../../_http/answer.ts';
import { type BuildAddress, parseNumber } from '../../../_http/address.ts';

export const dynamic = 'force-dynamic';

/** The lines that hold `?q=`, as JSON of LogMatches. */
export function GET(request: Request, context: BuildAddress): Promise<Response> {
  return answer(request, async (scope) => {
    const number = parseNumber((await context.params).number);
    const query = new URL(request.url).searchParams.get('q') ?? '';
    return Response.json(await searchLog({ scope, number, query }), { headers: noStore });
  });
}
