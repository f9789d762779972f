import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { POST } from '#app/api/preflights/route.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { claimPreflight, endPreflight } from '#lib/preflight/queue.ts';
import { waitingChecks } from '#lib/preflight/view.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { openAuth, openBrowser, owner, setUpOwner } from '../auth/people.ts';

let database: TestDatabase;
let cookie: string;

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  await setUpOwner();
  cookie = (await openBrowser({ auth: await openAuth(), ...owner })).get('cookie') ?? '';
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});
beforeEach(async () => {
  await prisma().preflight.deleteMany();
});

const origin = 'http://slipway.test:3000';
const question = { reference: 'ghcr.io/acme/app:1', isAsked: true };

function ask(
  options: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Response> {
  const { headers = {}, body = JSON.stringify(question), signal } = options;
  return POST(
    new Request(`${origin}/api/preflights`, {
      method: 'POST',
      headers: { host: 'slipway.test:3000', 'content-type': 'application/json', cookie, origin, ...headers },
      body,
      ...(signal === undefined ? {} : { signal }),
    }),
  );
}

const stateOf = async () => (await prisma().preflight.findFirst())?.state;
const workerId = '0192f0a0-0000-7000-8000-000000000009';

describe('the route of preflights', () => {
  test('answers with a stream of views that ends with the last', async () => {
    const response = await ask();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const claim = await claimPreflight({ workerId });
    expect(claim).toMatchObject({ reference: 'ghcr.io/acme/app:1', platform: 'linux/amd64' });
    const checks = waitingChecks.map((check) => ({ ...check, state: 'passed' }) as const);
    await endPreflight({ id: claim?.id ?? '', workerId }, { checks, isRefused: false });
    const frames = (await response.text()).split('\n\n').filter((frame) => frame !== '');
    expect(frames[0]).toMatch(/^retry: /);
    const last = JSON.parse(frames.at(-2)?.replace('data: ', '') ?? '');
    expect(last).toMatchObject({ state: 'ended', checks });
    expect(frames.at(-1)).toBe('event: end\ndata: {}');
  });

  test('abandons the check when the browser leaves', async () => {
    const leaving = new AbortController();
    const response = await ask({ signal: leaving.signal });
    expect(await stateOf()).toBe('queued');
    leaving.abort();
    await expect.poll(stateOf).toBe('abandoned');
    await response.body?.cancel();
  });

  test('abandons it, too, when the answer is thrown away unread', async () => {
    await (await ask()).body?.cancel();
    await expect.poll(stateOf).toBe('abandoned');
  });

  test.each<[string, number, string, Parameters<typeof ask>[0]]>([
    ['a stranger', 401, 'not_signed_in', { headers: { cookie: '' } }],
    ['a page of another site', 403, 'foreign_page', { headers: { origin: 'https://evil.example' } }],
    ['what a browser calls cross-site', 403, 'foreign_page', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['what is no JSON', 400, 'input', { body: 'reference=ubuntu' }],
    ['neither reference nor secret', 400, 'input', { body: '{"reference":null}' }],
    [
      'more than a page sends',
      400,
      'input',
      { body: JSON.stringify({ ...question, more: 'x'.repeat(2 ** 20) }) },
    ],
    ['what is no reference', 400, 'reference_invalid', { body: '{"reference":"a b"}' }],
    [
      'a secret that is not there',
      400,
      'input',
      { body: JSON.stringify({ ...question, secretName: 'none' }) },
    ],
  ])('refuses %s with %i, and asks for nothing', async (_, status, code, options) => {
    const response = await ask(options);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(await prisma().preflight.count()).toBe(0);
  });

  test('says with 429 when to come again', async () => {
    const streams = [];
    for (let times = 0; times < 4; times += 1) streams.push(await ask());
    const response = await ask();
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ error: { code: 'too_many_checks', isRetryable: true } });
    for (const stream of streams) await stream.body?.cancel();
  });
});
