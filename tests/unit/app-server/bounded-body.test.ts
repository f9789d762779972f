import { describe, expect, test } from 'vitest';
import { boundedBody } from '#app/api/_http/bounded-body.ts';

const post = (body: BodyInit | null) =>
  new Request('http://localhost/', { method: 'POST', body, duplex: 'half' } as RequestInit);

describe('a body', () => {
  test.each([
    ['none', null, ''],
    ['a short one', 'abc', 'abc'],
    ['one that just fits', 'x'.repeat(10), 'x'.repeat(10)],
  ])('that is %s is read', async (_, body, read) => {
    const bytes = await boundedBody(post(body), { bytesMax: 10 });
    expect(Buffer.from(bytes ?? 'null').toString()).toBe(read);
  });

  test('that never ends is let go of', async () => {
    let sent = 0;
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(100));
      },
      cancel() {
        isCancelled = true;
      },
    });
    expect(await boundedBody(post(endless), { bytesMax: 1_000 })).toBeNull();
    expect(isCancelled).toBe(true);
    expect(sent).toBeLessThan(20);
  });
});
