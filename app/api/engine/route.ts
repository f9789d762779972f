import { readEngine } from '#lib/builds/workers.ts';
import { answer, noStore } from '../_http/answer.ts';

export const dynamic = 'force-dynamic';

/** The workers together, for the sidebar. */
export function GET(request: Request): Promise<Response> {
  return answer(request, async () => Response.json(await readEngine(), { headers: noStore }));
}
