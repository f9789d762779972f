import { downloadLog } from '#lib/builds/data.ts';
import { answer, noStore } from '../../../_http/answer.ts';
import { type BuildAddress, parseNumber } from '../../_http/address.ts';

export const dynamic = 'force-dynamic';

/** The whole log as plain text, as far as it goes, read from the database as fast as the browser takes it. */
export function GET(request: Request, context: BuildAddress): Promise<Response> {
  return answer(request, async (scope) => {
    const number = parseNumber((await context.params).number);
    const text = await downloadLog({ scope, number });
    return new Response(streamOf(text), {
      headers: {
        ...noStore,
        'content-type': 'text/plain; charset=utf-8',
        'content-disposition': `attachment; filename="build-${number}.log"`,
      },
    });
  });
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
