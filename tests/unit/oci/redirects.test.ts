import { describe, expect, it } from 'vitest';
import { makeBlob, makeManifest, sendBlob, sendError, sendManifest, startServer } from './hostile-server.ts';
import { collect, failureOf, makeClient, wordsOf } from './test-client.ts';

const signal = new AbortController().signal;
const credentials = { username: 'ines', password: 'password-1234' };
const manifest = makeManifest();
const wanted = { repository: 'acme/app', target: 'latest', signal };
const blob = makeBlob(100_000);

describe('a redirect', () => {
  it('to another origin carries no credentials, not even when that asks for them', async () => {
    const thief = await startServer((_request, response) =>
      sendError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="give me"' }),
    );
    const registry = await startServer((request, response) => {
      if (request.headers.authorization === undefined) {
        return sendError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="Registry"' });
      }
      response.writeHead(307, { location: `${thief.url}steal?X-Signature=s3cr3t` }).end();
    });
    const client = makeClient(registry, { credentials });
    const error = await failureOf(client.getManifest(wanted));
    expect(error).toMatchObject({ name: 'RegistryAnswerError' });
    expect(wordsOf(error)).not.toContain('s3cr3t');
    expect(await client.headManifest(wanted)).toBeNull();
    expect(thief.seen.length).toBeGreaterThan(0);
    expect(thief.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('that comes back from another origin stays without credentials', async () => {
    const cloud = await startServer((_request, response) =>
      response.writeHead(302, { location: `${registry.url}back` }).end(),
    );
    const registry = await startServer((request, response) => {
      if (request.url === '/back') return sendManifest(response, manifest.bytes);
      if (request.headers.authorization === undefined) {
        return sendError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="Registry"' });
      }
      response.writeHead(302, { location: cloud.url.href }).end();
    });
    await makeClient(registry, { credentials }).getManifest(wanted);
    expect(registry.seen.at(-1)).toMatchObject({ url: '/back', authorization: undefined });
  });

  it('within the origin keeps them, relative addresses included', async () => {
    const registry = await startServer((request, response) => {
      if (request.headers.authorization === undefined) {
        return sendError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="Registry"' });
      }
      if (request.url === '/moved') return sendManifest(response, manifest.bytes);
      response.writeHead(301, { location: '/moved' }).end('moved');
    });
    await makeClient(registry, { credentials }).getManifest(wanted);
    expect(registry.seen.at(-1)?.authorization).toMatch(/^Basic /);
  });

  it('of a blob carries the range', async () => {
    const cloud = await startServer((request, response) => sendBlob(request, response, blob.bytes));
    const registry = await startServer((_request, response) =>
      response.writeHead(307, { location: `${cloud.url}blob?sig=x` }).end(),
    );
    const chunks = makeClient(registry).streamBlob({
      ...wanted,
      descriptor: blob.descriptor,
      offset: 99_000,
    });
    expect(await collect(chunks)).toEqual(blob.bytes.subarray(99_000));
    expect(cloud.seen[0]?.range).toBe('bytes=99000-99999');
  });

  it.each([
    ['in a circle', (at: number) => `/round/${at}`, 'RedirectRefusedError', 6],
    ['to another scheme', () => 'file:///etc/passwd', 'RedirectRefusedError', 1],
    ['with a password', () => 'http://u:s3cr3t@127.0.0.1:9/', 'RedirectRefusedError', 1],
    ['without an address', () => undefined, 'RegistryAnswerError', 1],
    ['to nonsense', () => 'http://[', 'RegistryAnswerError', 1],
    ['to an endless address', () => `/${'a'.repeat(9_000)}`, 'RegistryAnswerError', 1],
  ])('%s is refused', async (_, location, name, requests) => {
    const registry = await startServer((_request, response, seen) => {
      const address = location(seen.length);
      response.writeHead(302, address === undefined ? {} : { location: address }).end();
    });
    const error = await failureOf(makeClient(registry).getManifest(wanted));
    expect(error).toMatchObject({ name, isRetryable: false });
    expect(wordsOf(error)).not.toContain('s3cr3t');
    expect(registry.seen).toHaveLength(requests);
  });

  it('from https to http is refused', async () => {
    const asked: string[] = [];
    const fetch = async (url: URL) => {
      asked.push(url.href);
      return new Response(null, {
        status: 307,
        headers: { location: 'http://cloud.example/blob?sig=s3cr3t' },
      });
    };
    const client = makeClient({ host: 'r.example', url: new URL('https://r.example') }, { fetch });
    const error = await failureOf(
      collect(client.streamBlob({ ...wanted, descriptor: blob.descriptor, offset: 0 })),
    );
    expect(error).toMatchObject({ name: 'RedirectRefusedError' });
    expect(wordsOf(error)).not.toContain('s3cr3t');
    expect(asked).toHaveLength(1);
  });

  it('of the token service takes no credentials along', async () => {
    const thief = await startServer((_request, response) => response.end('{"token":"stolen"}'));
    const tokens = await startServer((_request, response) =>
      response.writeHead(307, { location: thief.url.href }).end(),
    );
    const registry = await startServer((request, response) => {
      if (request.headers.authorization === 'Bearer stolen') return sendManifest(response, manifest.bytes);
      sendError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': `Bearer realm="${tokens.url}"` });
    });
    await makeClient(registry, { credentials }).getManifest(wanted);
    expect(tokens.seen[0]?.authorization).toMatch(/^Basic /);
    expect(thief.seen[0]?.authorization).toBeUndefined();
  });
});

describe('whether a blob is there', () => {
  const asked = { repository: 'acme/app', digest: blob.descriptor.digest, signal };

  it.each([
    [200, true, 1],
    [404, false, 1],
  ])('is told by a %i', async (status, isThere, requests) => {
    const registry = await startServer((_request, response) => response.writeHead(status).end());
    expect(await makeClient(registry).hasBlob(asked)).toBe(isThere);
    expect(registry.seen).toHaveLength(requests);
  });

  it.each([
    ['has it', 206, true],
    ['has not', 404, false],
    ['refuses', 403, false],
  ])('is asked of the cloud behind, which signs for GET alone and %s', async (_, status, isThere) => {
    const cloud = await startServer((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(403).end();
      response.writeHead(status, status === 206 ? { 'content-range': 'bytes 0-0/100000' } : {}).end('x');
    });
    const registry = await startServer((_request, response) =>
      response.writeHead(307, { location: `${cloud.url}blob` }).end(),
    );
    expect(await makeClient(registry).hasBlob(asked)).toBe(isThere);
    expect(cloud.seen.map(({ method, range }) => `${method} ${range ?? ''}`)).toEqual([
      'HEAD ',
      'GET bytes=0-0',
    ]);
  });

  it('is an error where it may not be known', async () => {
    const registry = await startServer((_request, response) => response.writeHead(403).end());
    expect(await failureOf(makeClient(registry).hasBlob(asked))).toMatchObject({ name: 'AccessDeniedError' });
  });
});
