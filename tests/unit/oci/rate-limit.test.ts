import { describe, expect, it } from 'vitest';
import { readRateLimit } from '#lib/oci/answer-facts.ts';
import { RateLimitedError } from '#lib/oci/rate-limited-error.ts';
import { makeManifest, sendError, sendManifest, startServer } from './hostile-server.ts';
import { failureOf, makeClient } from './test-client.ts';

const signal = new AbortController().signal;
const wanted = { repository: 'acme/app', target: '1', signal };
const limits = (limit: number, left: number) => ({
  'ratelimit-limit': `${limit};w=21600`,
  'ratelimit-remaining': `${left};w=21600`,
});

describe('an answer 429 to a manifest', () => {
  // The client's clock stands at 10:00 UTC.
  it.each<[string, Record<string, string>, Record<string, string>, number, object]>([
    [
      'is not asked again where a HEAD said that nothing is left, and says until when at the latest',
      limits(100, 0),
      {},
      1,
      {
        what: 'registry.test has no pulls left for this server’s address',
        why: 'All of them are used. It allows 100 pulls over 6 hours. It said: “TOOMANYREQUESTS in words”.',
        next: 'Pulls come back at the latest at 16:00 UTC. Try again then, or choose a secret for registry.test: an account has a limit of its own.',
      },
    ],
    [
      'is not asked again where it says so itself',
      {},
      limits(200, 0),
      1,
      { why: expect.stringContaining('200 pulls over 6 hours') },
    ],
    [
      'waits for no longer than a minute, and names the time instead',
      limits(100, 0),
      { 'retry-after': '3601' },
      1,
      { next: expect.stringMatching(/^Try again after 11:01 UTC, or /) },
    ],
    [
      'names the day where it is another one',
      {},
      { 'retry-after': '86400' },
      1,
      { next: expect.stringMatching(/^Try again after 10:00 UTC on 2026-11-24, or /) },
    ],
    [
      'that names a short wait is asked once more where nothing is left',
      limits(100, 0),
      { 'retry-after': '30' },
      2,
      { next: expect.stringMatching(/^Try again after 10:01 UTC, or /) },
    ],
    [
      'is asked again where pulls are left: the requests came too fast',
      limits(100, 40),
      {},
      6,
      {
        what: 'registry.test limits how often it may be asked',
        next: expect.stringMatching(/^Try again later/),
      },
    ],
    [
      'is asked again where nothing is known',
      {},
      {},
      6,
      { why: 'Too many requests came from this server’s address. It said: “TOOMANYREQUESTS in words”.' },
    ],
    [
      'survives a time that no calendar has',
      {},
      { 'retry-after': '9999999999999' },
      6,
      { next: expect.stringMatching(/^Try again later/) },
    ],
    [
      'survives a wait of centuries',
      {},
      { 'retry-after': '9999999999' },
      1,
      { next: expect.stringContaining('2343') },
    ],
  ])('%s', async (_what, onHead, onGet, gets, advice) => {
    const server = await startServer((request, response) => {
      if (request.method === 'GET') return sendError(response, 429, 'TOOMANYREQUESTS', onGet);
      const { bytes, digest } = makeManifest();
      sendManifest(response, bytes, {
        ...onHead,
        'docker-content-digest': digest,
        'content-length': `${bytes.length}`,
      });
    });
    const client = makeClient({ host: 'registry.test', url: server.url });
    await client.headManifest(wanted);
    const error = await failureOf(client.getManifest(wanted));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error.advice).toMatchObject(advice);
    expect(server.seen.filter(({ method }) => method === 'GET')).toHaveLength(gets);
  });

  it('is told by its words alone where Docker Hub sends no headers', async () => {
    const message =
      'You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit';
    const server = await startServer((_request, response) => {
      response.writeHead(429).end(JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message }] }));
    });
    const client = makeClient({ host: 'docker.io', url: server.url });
    const error = await failureOf(client.getManifest(wanted));
    expect(error.advice).toMatchObject({ what: 'Docker Hub has no pulls left for this server’s address' });
    expect(server.seen).toHaveLength(1);
  });

  it.each([
    ['0d6a57c0-6f9f-4b5e-9c25-1a2b3c4d5e6f', 'account', 'this account'],
    ['192.0.2.7', 'address', 'this server’s address'],
  ])('says whose limit it is, as the registry does (%s)', async (header, source, who) => {
    const server = await startServer((request, response) => {
      if (request.headers.authorization !== undefined) {
        const headers = { ...limits(200, 0), 'docker-ratelimit-source': header };
        return sendError(response, 429, 'TOOMANYREQUESTS', headers);
      }
      sendError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="x"' });
    });
    const credentials = { username: 'ines', password: 'password-1234' };
    const client = makeClient({ host: 'docker.io', url: server.url }, { credentials });
    const error = await failureOf(client.getManifest(wanted));
    expect(error.advice).toMatchObject({
      what: `Docker Hub has no pulls left for ${who}`,
      next: expect.stringMatching(/use an account with a higher limit\.$/),
    });
    expect(client.rateLimit?.source).toBe(source);
  });
});

describe('whose pulls are counted', () => {
  it.each([
    ['192.0.2.7', { source: 'address' }],
    ['2001:db8::/64', { source: 'address' }],
    ['0d6a57c0-6f9f-4b5e-9c25-1a2b3c4d5e6f', { source: 'account' }],
    [' ', {}],
    [undefined, {}],
  ])('%s', (header, source) => {
    const headers = new Headers(limits(100, 7));
    if (header !== undefined) headers.set('docker-ratelimit-source', header);
    expect(readRateLimit(headers)).toEqual({ limit: 100, remaining: 7, windowSeconds: 21_600, ...source });
  });
});

describe('a refusal without a body', () => {
  it.each([401, 403])('is asked as GET for its reason (%i)', async (status) => {
    const server = await startServer((request, response) => {
      if (request.url?.startsWith('/token')) return void response.end('{"token":"t"}');
      response.setHeader('www-authenticate', `Bearer realm="${server.url}token"`);
      if (request.headers.authorization === undefined) return sendError(response, 401, 'UNAUTHORIZED');
      sendError(response, status, 'DENIED');
    });
    const error = await failureOf(makeClient(server).headManifest(wanted));
    expect(error).toMatchObject({ name: 'AccessDeniedError', refusal: { status, said: 'DENIED in words' } });
  });
});
