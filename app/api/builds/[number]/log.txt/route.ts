import { refuseFile } from '#app/_server/error-page.ts';
import { apiSession } from '#lib/auth/session.ts';
import { downloadLog } from '#lib/builds/log/data.ts';
import { noStore } from '../../../_http/answer.ts';
import { type BuildAddress, parseNumber } from '../../_http/address.ts';

export const dynamic = 'force-dynamic';

/**
 * The whole log as plain text, as far as it goes, read from the database as fast as the browser takes it. A browser that
 * followed a link here gets a page where it cannot be had.
 */
export async function GET(request: Request, context: BuildAddress): Promise<Response> {
  const asked = (await context.params).number;
  try {
    const { scope } = await apiSession(request);
    const number = parseNumber(asked);
    const text = await downloadLog({ scope, number });
    return new Response(streamOf(text), {
      headers: {
        ...noStore,
        'content-type': 'text/plain; charset=utf-8',
        'content-disposition': `attachment; filename="build-${number}.log"`,
      },
    });
  } catch (thrown) {
    const backTo = `/builds/${encodeURIComponent(asked)}`;
    const { body, ...init } = refuseFile(thrown, { accept: request.headers.get('accept'), backTo });
    return new Response(body, init);
  }
}

function streamOf(text: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await text.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: () => void text.return(undefined),
  });
}
