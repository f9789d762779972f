import type { Page, Request, Response } from '@playwright/test';

/** What crossed the wire while a page was listened to. */
export interface Wire {
  /** How many requests had a body: a test that hears none proves nothing. */
  readonly bodies: number;
  /** Where one of the texts crossed, as it is or encoded; empty when it never did. */
  readonly leaks: readonly string[];
}

/** Listens to everything that a page sends and gets until `end`, looking for texts that must not be there. */
export function tapWire(page: Page, texts: readonly string[]): { end(): Promise<Wire> } {
  const patterns = texts.flatMap(encodingsOf);
  const leaks: string[] = [];
  const reads: Promise<void>[] = [];
  let bodies = 0;

  const look = (where: string, content: string) => {
    if (patterns.some((pattern) => content.includes(pattern))) leaks.push(where);
  };
  const onRequest = (request: Request) => {
    const body = request.postDataBuffer();
    if (body !== null) bodies += 1;
    look(`${request.method()} ${request.url()}, sent`, `${request.url()}\n${body?.toString('latin1') ?? ''}`);
  };
  const onResponse = (response: Response) => {
    // An event stream has no end to wait for; its page is read in the document instead.
    if (response.headers()['content-type']?.startsWith('text/event-stream')) return;
    const read = response
      .body()
      .then((body) => look(`${response.url()}, answered`, body.toString('latin1')))
      // A redirect has no body, and that of a page which was left is gone.
      .catch(() => undefined);
    reads.push(read);
  };
  page.on('request', onRequest);
  page.on('response', onResponse);
  return {
    async end() {
      page.off('request', onRequest);
      page.off('response', onResponse);
      await Promise.all(reads);
      look('the document', await page.content());
      return { bodies, leaks };
    },
  };
}

/** A value can hide in base64 at three offsets, in hex and in a query. The ends depend on the neighbours and are cut. */
function encodingsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text, 'utf8');
  const shifted = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    return encoded.slice(4, -4);
  });
  return [text, encodeURIComponent(text), bytes.toString('hex'), ...shifted];
}
