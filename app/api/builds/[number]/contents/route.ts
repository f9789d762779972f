import { readBuildContents } from '#lib/builds/read-comparison.ts';
import type { ImageContents } from '#lib/images/contents.ts';
import { answer, noStore } from '../../../_http/answer.ts';
import { type BuildAddress, parseNumber } from '../../_http/address.ts';

export const dynamic = 'force-dynamic';

/** What is in the image that a build came to; null where that is not known. */
export interface FoundContents {
  readonly contents: ImageContents | null;
}

export function GET(request: Request, context: BuildAddress): Promise<Response> {
  return answer(request, async (scope) => {
    const number = parseNumber((await context.params).number);
    const contents = await readBuildContents({ scope, number });
    return Response.json({ contents } satisfies FoundContents, { headers: noStore });
  });
}
