import { describe, expect, it } from 'vitest';
import { type Answer, makeBlob, sendBlob, sendError, startServer } from './hostile-server.ts';
import { failureOf, makeClient, wordsOf } from './test-client.ts';

const signal = new AbortController().signal;
const { bytes, descriptor } = makeBlob(5_000);
const wanted = { repository: 'acme/app', digest: descriptor.digest, signal };

describe('the proof that a blob is handed out', () => {
  it('is a redirect that is not followed', async () => {
    const cloud = await startServer((request, response) => sendBlob(request, response, bytes));
    const registry = await startServer((_request, response) =>
      response.writeHead(307, { location: `${cloud.url}blob?X-Signature=s3cr3t` }).end('moved'),
    );
    expect(await makeClient(registry).proveBlob(wanted)).toBe(true);
    expect(cloud.seen).toEqual([]);
    expect(registry.seen).toMatchObject([{ method: 'GET', range: 'bytes=0-0' }]);
  });

  it.each<[string, Answer]>([
    ['one byte', (request, response) => sendBlob(request, response, bytes)],
    ['a whole blob, which is cut off', (_request, response) => void response.writeHead(200).write(bytes)],
  ])('is %s', async (_, answer) => {
    const registry = await startServer(answer);
    expect(await makeClient(registry).proveBlob(wanted)).toBe(true);
  });

  it('comes signed in', async () => {
    const registry = await startServer((request, response) => {
      if (request.headers.authorization !== undefined)
        return response.writeHead(307, { location: '/x' }).end();
      sendError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="Registry"' });
    });
    const client = makeClient(registry, { credentials: { username: 'ines', password: 'password-1234' } });
    expect(await client.proveBlob(wanted)).toBe(true);
  });

  it('fails where the blob is not there', async () => {
    const registry = await startServer((_request, response) => sendError(response, 404, 'BLOB_UNKNOWN'));
    expect(await makeClient(registry).proveBlob(wanted)).toBe(false);
  });

  it('fails with the words of a registry that refuses', async () => {
    const registry = await startServer((_request, response) => sendError(response, 403, 'DENIED'));
    const error = await failureOf(makeClient(registry).proveBlob(wanted));
    expect(error).toMatchObject({ name: 'AccessDeniedError' });
    expect(wordsOf(error)).toContain('DENIED in words');
  });
});

describe('a sign-in for no repository', () => {
  it('asks for no scope', async () => {
    const tokens = await startServer((_request, response) => response.end('{"token":"t0ken"}'));
    const registry = await startServer((_request, response) =>
      sendError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': `Bearer realm="${tokens.url}token"` }),
    );
    const credentials = { username: 'ines', password: 'password-1234' };
    expect(await makeClient(registry, { credentials }).authenticate({ signal })).toBe('token');
    expect(tokens.seen).toMatchObject([{ url: '/token?account=ines' }]);
  });
});
