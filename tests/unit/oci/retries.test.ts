import { describe, expect, it } from 'vitest';
import { makeManifest, sendError, sendManifest, startServer } from './hostile-server.ts';
import { failureOf, makeClient } from './test-client.ts';

const signal = new AbortController().signal;
const manifest = makeManifest();
const wanted = { repository: 'acme/app', target: 'latest', signal };

describe('a storm', () => {
  it.each([408, 429, 500, 502, 503, 504])('of %i that passes costs waits alone', async (status) => {
    const server = await startServer((_request, response, seen) =>
      seen.length < 4 ? sendError(response, status, 'BUSY') : sendManifest(response, manifest.bytes),
    );
    const notices: unknown[] = [];
    const client = makeClient(server, { onRetry: (notice) => notices.push(notice) });
    await client.getManifest(wanted);
    expect(client.waits).toEqual([250, 500, 1_000]);
    expect(notices).toHaveLength(3);
  });

  it.each([
    ['7', 7_000],
    ['Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
    ['0', 0],
  ])('with Retry-After %s waits that long', async (value, waitMs) => {
    const server = await startServer((_request, response, seen) =>
      seen.length === 1
        ? sendError(response, 503, 'BUSY', { 'retry-after': value })
        : sendManifest(response, manifest.bytes),
    );
    const client = makeClient(server);
    await client.getManifest(wanted);
    expect(client.waits).toEqual([waitMs]);
  });

  it.each([
    [429, 'RateLimitedError'],
    [503, 'RegistryUnavailableError'],
  ])('of %i that does not pass ends after six tries', async (status, name) => {
    const server = await startServer((_request, response) => sendError(response, status, 'BUSY'));
    const client = makeClient(server);
    expect(await failureOf(client.getManifest(wanted))).toMatchObject({ name, isRetryable: true });
    expect(server.seen).toHaveLength(6);
  });

  it.each([429, 503])('of %i is told in one short line, whatever its text', async (status) => {
    const message = `no\0 \u001b[31mred\r\n${'😀'.repeat(5_000)}`;
    const server = await startServer((_request, response) => {
      response.writeHead(status, { 'retry-after': '3600' });
      response.end(JSON.stringify({ errors: [{ code: 'BUSY', message }] }));
    });
    const { why } = (await failureOf(makeClient(server).getManifest(wanted))).advice;
    expect(why).toContain('no [31mred 😀');
    expect(why.length).toBeLessThan(400);
    expect(why).not.toMatch(/\p{Cc}/u);
    expect(why.isWellFormed()).toBe(true);
  });

  it.each<[string, number, Record<string, string>, string]>([
    ['a Retry-After beyond the bound', 429, { 'retry-after': '3600' }, 'RateLimitedError'],
    ['a Retry-After beyond the bound', 503, { 'retry-after': '3600' }, 'RegistryUnavailableError'],
    [
      'no pulls left',
      429,
      { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600' },
      'RateLimitedError',
    ],
  ])('with %s (%i) ends at once', async (_, status, headers, name) => {
    const server = await startServer((_request, response) =>
      sendError(response, status, 'TOOMANYREQUESTS', headers),
    );
    const client = makeClient(server);
    const error = await failureOf(client.getManifest(wanted));
    expect(error).toMatchObject({ name });
    if (headers['retry-after'] !== undefined && status === 429)
      expect(error).toMatchObject({ retryAfterSeconds: 3600 });
    expect(client.waits).toEqual([]);
  });

  it('whose answers never end is cut off', async () => {
    const server = await startServer((_request, response) => {
      response.writeHead(503);
      const write = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
        if (!response.destroyed) response.once('drain', write);
      };
      write();
    });
    expect(await failureOf(makeClient(server).getManifest(wanted))).toMatchObject({
      name: 'RegistryUnavailableError',
    });
    await expect.poll(() => server.openConnections()).toBe(0);
  });
});

describe('a connection', () => {
  it('that breaks before the answer is made again', async () => {
    const server = await startServer((request, response, seen) => {
      if (seen.length < 3) return void request.socket.destroy();
      sendManifest(response, manifest.bytes);
    });
    const client = makeClient(server);
    await client.getManifest(wanted);
    expect(client.waits.length).toBeGreaterThan(0);
  });

  it('that nobody takes is an error after all tries', async () => {
    const client = makeClient({ host: '127.0.0.1:1', url: new URL('http://127.0.0.1:1') });
    // Plain fetch refuses some low ports itself, so the failure is given here as undici gives it.
    const refused = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:443'), { code: 'ECONNREFUSED' });
    const other = makeClient(
      { host: 'r.example', url: new URL('https://r.example') },
      { fetch: () => Promise.reject(new TypeError('fetch failed', { cause: refused })) },
    );
    expect(await failureOf(client.getManifest(wanted))).toMatchObject({ name: 'RegistryUnavailableError' });
    const error = await failureOf(other.getManifest(wanted));
    expect(error).toMatchObject({ name: 'RegistryUnavailableError', isRetryable: true });
    expect(error.message).not.toContain('10.1.2.3');
    expect(other.waits).toHaveLength(5);
  });

  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'caFile'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'spelling'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'plainHttp'],
    ['ENOTFOUND', 'spelling'],
  ])('that fails with %s is not tried again, and the advice names %s', async (code, advice) => {
    const fetch = () =>
      Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }));
    const client = makeClient({ host: 'r.example', url: new URL('https://r.example') }, { fetch });
    const error = await failureOf(client.getManifest(wanted));
    expect(error).toMatchObject({ isRetryable: false, advice: { next: expect.stringContaining(advice) } });
    expect(client.waits).toEqual([]);
  });

  it('that never answers times out', async () => {
    let closed = 0;
    const server = await startServer((request) => {
      request.socket.on('close', () => {
        closed += 1;
      });
    });
    const client = makeClient(server, { limits: { answerTimeoutMs: 250, attemptsMax: 2 } });
    const error = await failureOf(client.getManifest(wanted));
    expect(error).toMatchObject({ name: 'RegistryUnavailableError' });
    expect(error.advice.why).toContain('in time');
    expect(server.seen).toHaveLength(2);
    await expect.poll(() => closed).toBe(2);
  });

  it('times out even where fetch ignores its signal', async () => {
    const client = makeClient(
      { host: 'r.example', url: new URL('https://r.example') },
      { fetch: () => new Promise(() => {}), limits: { answerTimeoutMs: 20, attemptsMax: 1 } },
    );
    expect(await failureOf(client.getManifest(wanted))).toMatchObject({ name: 'RegistryUnavailableError' });
  });
});

describe('a cancel', () => {
  it('ends a request, a body and a wait', async () => {
    const silent = await startServer(() => {});
    const dripping = await startServer((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{');
    });
    const busy = await startServer((_request, response) => sendError(response, 503, 'BUSY'));
    for (const [server, sleep] of [
      [silent, undefined],
      [dripping, undefined],
      [
        busy,
        (_ms: number, stop: AbortSignal) =>
          new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve())),
      ],
    ] as const) {
      const cancel = new AbortController();
      const client = makeClient(server, sleep === undefined ? {} : { sleep });
      const failure = failureOf(client.getManifest({ ...wanted, signal: cancel.signal }));
      await expect.poll(() => server.seen.length).toBe(1);
      cancel.abort();
      expect(await failure).toMatchObject({ name: 'CancelledError' });
    }
  });

  it('before the start sends nothing', async () => {
    const server = await startServer((_request, response) => sendManifest(response, manifest.bytes));
    const failure = failureOf(makeClient(server).getManifest({ ...wanted, signal: AbortSignal.abort() }));
    expect(await failure).toMatchObject({ name: 'CancelledError' });
    expect(server.seen).toHaveLength(0);
  });
});
