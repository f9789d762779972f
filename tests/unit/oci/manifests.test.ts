import { describe, expect, it } from 'vitest';
import { manifestBytesMax } from '#lib/oci/manifest.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { makeManifest, sendError, sendManifest, startServer } from './hostile-server.ts';
import { failureOf, makeClient } from './test-client.ts';

const signal = new AbortController().signal;
const manifest = makeManifest();
const other = digestOf(Buffer.from('other'));
const byTag = { repository: 'acme/app', target: 'latest', signal };
const byDigest = { ...byTag, target: manifest.digest };

describe('a manifest', () => {
  it('is asked for by every type that is understood, and comes verified', async () => {
    let accept: string | undefined;
    const server = await startServer((request, response) => {
      accept = request.headers.accept;
      sendManifest(response, manifest.bytes, { 'docker-content-digest': manifest.digest });
    });
    const found = await makeClient(server).getManifest(byTag);
    expect(found).toMatchObject({ kind: 'image', digest: manifest.digest });
    expect(Buffer.from(found.bytes)).toEqual(manifest.bytes);
    expect(accept?.split(', ')).toHaveLength(4);
    expect(accept).not.toContain('manifest.v1+prettyjws');
  });

  it.each([
    ['asked for by another digest', { ...byTag, target: other }, {}],
    ['under another digest in the header', byTag, { 'docker-content-digest': other }],
  ])('%s is refused', async (_, request, headers) => {
    const server = await startServer((_request, response) => sendManifest(response, manifest.bytes, headers));
    expect(await failureOf(makeClient(server).getManifest(request))).toMatchObject({
      name: 'DigestMismatchError',
      expected: other,
      actual: manifest.digest,
    });
    expect(server.seen).toHaveLength(1);
  });

  it('in sha512 is verified as such', async () => {
    const target = digestOf(manifest.bytes, 'sha512');
    const server = await startServer((_request, response) => sendManifest(response, manifest.bytes));
    expect((await makeClient(server).getManifest({ ...byTag, target })).digest).toBe(target);
  });

  it.each<[string, Record<string, string>]>([
    ['that says how long it is', { 'content-length': String(manifestBytesMax + 1) }],
    ['that does not', {}],
  ])('larger than the bound, %s, is cut off', async (_, headers) => {
    const server = await startServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers });
      const chunk = Buffer.alloc(64 * 1024, ' ');
      const write = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', write);
      };
      write();
    });
    expect(await failureOf(makeClient(server).getManifest(byTag))).toMatchObject({
      name: 'AnswerTooLargeError',
    });
    await expect.poll(() => server.openConnections()).toBe(0);
  });

  it('that breaks off is asked for again', async () => {
    const server = await startServer((_request, response, seen) => {
      if (seen.length > 1) return sendManifest(response, manifest.bytes);
      response.writeHead(200, { 'content-length': manifest.bytes.length });
      response.write(manifest.bytes.subarray(0, 20), () => response.destroy());
    });
    const client = makeClient(server);
    expect((await client.getManifest(byTag)).digest).toBe(manifest.digest);
    expect(client.waits).toHaveLength(1);
  });

  it('that came encoded is refused', async () => {
    const server = await startServer((_request, response) =>
      sendManifest(response, manifest.bytes, { 'content-encoding': 'br' }),
    );
    // Not plain fetch, which would decode it.
    const fetch = async () =>
      new Response(new Uint8Array(manifest.bytes), { headers: { 'content-encoding': 'br' } });
    const client = makeClient(server, { fetch });
    expect(await failureOf(client.getManifest(byTag))).toMatchObject({ name: 'RegistryAnswerError' });
  });

  it.each([
    [404, 'MANIFEST_UNKNOWN', 'ManifestUnknownError'],
    [404, 'NAME_UNKNOWN', 'RepositoryUnknownError'],
    [404, 'SOMETHING_ELSE', 'ManifestUnknownError'],
    [403, 'DENIED', 'AccessDeniedError'],
    [400, 'NAME_INVALID', 'RegistryAnswerError'],
    [418, 'TEAPOT', 'RegistryAnswerError'],
    [501, 'UNSUPPORTED', 'RegistryAnswerError'],
  ])('answered with %i %s is %s, and is not asked for again', async (status, code, name) => {
    const server = await startServer((_request, response) => sendError(response, status, code));
    const error = await failureOf(makeClient(server).getManifest(byTag));
    expect(error).toMatchObject({ name, isRetryable: false });
    expect(error.advice.why).toContain(`${code} in words`);
    expect(server.seen).toHaveLength(1);
  });

  it('of a registry that keeps it elsewhere comes by redirect', async () => {
    const cloud = await startServer((_request, response) => sendManifest(response, manifest.bytes));
    const server = await startServer((_request, response) =>
      response.writeHead(307, { location: `${cloud.url}manifest` }).end(),
    );
    expect((await makeClient(server).getManifest(byDigest)).digest).toBe(manifest.digest);
  });

  it.each([
    ['../../etc', 'latest'],
    ['Acme/app', 'latest'],
    ['acme/app', 'la test'],
    ['acme/app', '../blobs/x'],
    ['acme/app', 'sha256:12'],
  ])('of %j at %j never leaves the process', async (repository, target) => {
    const server = await startServer((_request, response) => sendManifest(response, manifest.bytes));
    const error = await failureOf(makeClient(server).getManifest({ repository, target, signal }));
    expect(error).toMatchObject({ name: 'InvalidReferenceError' });
    expect(server.seen).toHaveLength(0);
  });
});

describe('the head of a manifest', () => {
  const headers = {
    'docker-content-digest': manifest.digest,
    'content-type': 'application/vnd.oci.image.manifest.v1+json; charset=utf-8',
    'content-length': String(manifest.bytes.length),
  };

  it('tells digest, type and size', async () => {
    const server = await startServer((_request, response) => response.writeHead(200, headers).end());
    expect(await makeClient(server).headManifest(byTag)).toEqual({
      digest: manifest.digest,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      sizeBytes: manifest.bytes.length,
    });
    expect(server.seen[0]?.method).toBe('HEAD');
  });

  it.each<[string, number, Record<string, string>, string]>([
    ['is missing', 404, {}, 'latest'],
    ['cannot be asked for', 405, {}, 'latest'],
    ['has no digest', 200, { 'content-length': '5' }, 'latest'],
    ['has a digest that is none', 200, { ...headers, 'docker-content-digest': 'sha256:12' }, 'latest'],
    ['has another digest than was asked for', 200, headers, other],
  ])('is null where it %s', async (_, status, given, target) => {
    const server = await startServer((_request, response) => response.writeHead(status, given).end());
    expect(await makeClient(server).headManifest({ ...byTag, target })).toBeNull();
  });

  it('is an error where it may not be read', async () => {
    const server = await startServer((_request, response) => response.writeHead(403).end());
    expect(await failureOf(makeClient(server).headManifest(byTag))).toMatchObject({
      name: 'AccessDeniedError',
    });
  });
});

describe('what answers say beside', () => {
  it('is kept: rate limit and warnings, each once', async () => {
    const server = await startServer((_request, response, seen) =>
      sendManifest(response, manifest.bytes, {
        'ratelimit-limit': '100;w=21600',
        'ratelimit-remaining': `${100 - seen.length};w=21600`,
        warning: '299 - "Moving soon."',
      }),
    );
    const client = makeClient(server);
    expect(client.rateLimit).toBeUndefined();
    await client.getManifest(byTag);
    await client.getManifest(byTag);
    expect(client.rateLimit).toEqual({ limit: 100, remaining: 98, windowSeconds: 21_600 });
    expect(client.warnings).toEqual(['Moving soon.']);
  });
});

describe('Docker Hub', () => {
  it('answers the same for missing and forbidden, and the error names both', async () => {
    const fetch = async (url: URL) =>
      url.pathname === '/token'
        ? Response.json({ token: 't' })
        : new Response('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}', {
            status: 401,
            headers: {
              'www-authenticate': 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
            },
          });
    const endpoint = new URL('https://registry-1.docker.io');
    const client = makeClient({ host: 'docker.io', url: endpoint }, { fetch });
    const error = await failureOf(client.getManifest({ ...byTag, repository: 'library/nothing' }));
    expect(error).toMatchObject({ name: 'AccessDeniedError' });
    expect(error.message).toContain('may not be read, or does not exist');
    expect(error.message).toContain('Docker Hub');
  });
});
