import { describe, expect, it } from 'vitest';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { makeBlob, makeManifest, sendError } from './hostile-server.ts';
import { makePushClient, type PushFaults, readerOf, startPushRegistry } from './push-server.ts';
import { failureOf } from './test-client.ts';

const signal = new AbortController().signal;
const blob = makeBlob(50_000);
const { bytes, digest } = makeManifest();
const manifest = { bytes, digest, mediaType: 'application/vnd.oci.image.manifest.v1+json' };
const wanted = { repository: 'acme/app', target: '1.4', manifest, signal };
const wantedBlob = {
  repository: 'acme/app',
  descriptor: blob.descriptor,
  read: readerOf(blob.bytes),
  takesChunks: true,
  chunkBytes: 20_000,
  signal,
};

describe('a manifest', () => {
  it('is put byte for byte, under its own type', async () => {
    let type: string | undefined;
    const server = await startPushRegistry({
      intercept: ({ headers }) => {
        type = headers['content-type'];
        return false;
      },
    });
    await makePushClient(server).pushManifest(wanted);
    expect(server.manifests.get('acme/app 1.4')?.equals(bytes)).toBe(true);
    expect(type).toBe(manifest.mediaType);
    expect(server.steps()).toEqual(['PUT manifest']);
  });

  it.each([200, 201, 202])('answered %i without its digest is read back', async (status) => {
    const server = await startPushRegistry({
      intercept: (request, response) => {
        if (request.method !== 'PUT') return false;
        server.manifests.set(`acme/app ${digest}`, bytes);
        response.writeHead(status).end();
        return true;
      },
    });
    await makePushClient(server).pushManifest(wanted);
    expect(server.steps()).toEqual(['PUT manifest', 'GET manifest']);
  });

  it('of which the registry says that it keeps another is an error', async () => {
    const server = await startPushRegistry({
      intercept: (_request, response) => {
        response.writeHead(201, { 'docker-content-digest': digestOf(Buffer.from('other')) }).end();
        return true;
      },
    });
    expect(await failureOf(makePushClient(server).pushManifest(wanted))).toMatchObject({
      name: 'PushedOtherError',
    });
  });

  it('goes to a busy registry again', async () => {
    const server = await startPushRegistry({
      intercept: (_request, response, nth) => {
        if (nth > 2) return false;
        sendError(response, 503, 'BUSY');
        return true;
      },
    });
    await makePushClient(server).pushManifest(wanted);
    expect(server.steps()).toHaveLength(3);
  });

  it.each<[string, number, string, string, string]>([
    [
      'of ECR',
      400,
      'TAG_INVALID',
      immutable('cannot be overwritten because the repository is immutable.'),
      'TagImmutableError',
    ],
    [
      'of Harbor',
      412,
      'PRECONDITION',
      immutable("configured as immutable, can't be updated"),
      'TagImmutableError',
    ],
    ['of a registry that lost a layer', 404, 'MANIFEST_BLOB_UNKNOWN', 'blob unknown', 'ManifestRefusedError'],
    ['of its type', 415, 'MANIFEST_INVALID', 'type', 'ManifestRefusedError'],
    ['of its rules', 412, 'PRECONDITION', 'quota exceeded', 'ManifestRefusedError'],
    ['of the right to it', 403, 'DENIED', 'no', 'AccessDeniedError'],
    ['of a mirror', 405, 'UNSUPPORTED', 'read-only', 'PushUnsupportedError'],
    ['of a repository that is not there', 404, 'NAME_UNKNOWN', 'no', 'RepositoryUnknownError'],
  ])('refused because %s', async (_, status, code, message, name) => {
    const server = await startPushRegistry({
      intercept: (request, response) => {
        if (request.method !== 'PUT') return false;
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ errors: [{ code, message }] }));
        return true;
      },
    });
    const error = await failureOf(makePushClient(server).pushManifest(wanted));
    expect(error).toMatchObject({ name });
    expect(error.advice.why).toContain(message.slice(0, 20));
  });

  it('under an immutable tag that means it already is no error', async () => {
    const server = await startPushRegistry({
      intercept: (request, response) => {
        if (request.method !== 'PUT') return false;
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ errors: [{ code: 'TAG_INVALID', message: 'the tag is immutable' }] }));
        return true;
      },
    });
    server.manifests.set('acme/app 1.4', bytes);
    await makePushClient(server).pushManifest(wanted);
  });
});

describe('tokens', () => {
  it('are asked for pull,push, and for the other repository when mounting', async () => {
    const { faults, scopes } = tokenService();
    const server = await startPushRegistry(faults);
    server.blobs.set(`acme/base ${blob.descriptor.digest}`, blob.bytes);
    const client = makePushClient(server, { credentials: { username: 'ines', password: 'correct-horse' } });
    expect(await client.authenticate({ repository: 'acme/app', signal })).toBe('token');
    await client.pushBlob({ ...wantedBlob, mountFrom: 'acme/base' });
    await client.pushManifest(wanted);
    expect(scopes).toEqual([
      ['repository:acme/app:pull,push'],
      ['repository:acme/app:pull,push', 'repository:acme/base:pull'],
    ]);
    expect(client.mintedTokens).toHaveLength(2);
  });

  it('that end in the middle of an upload are renewed once, and the chunk is sent again', async () => {
    const { faults, scopes, endAll } = tokenService();
    let patches = 0;
    const server = await startPushRegistry({
      ...faults,
      intercept: (request, response, nth) => {
        if (request.method === 'PATCH') {
          patches += 1;
          if (patches === 2) endAll();
        }
        return faults.intercept?.(request, response, nth) ?? false;
      },
    });
    const client = makePushClient(server, { credentials: { username: 'ines', password: 'correct-horse' } });
    await client.authenticate({ repository: 'acme/app', signal });
    await client.pushBlob(wantedBlob);
    expect(server.blobs.get(`acme/app ${blob.descriptor.digest}`)?.equals(blob.bytes)).toBe(true);
    expect(scopes).toHaveLength(2);
    expect(client.waits).toEqual([]);
  });

  it('that do not reach are an error after one renewal', async () => {
    const { faults, scopes } = tokenService({ isNarrow: true });
    const server = await startPushRegistry(faults);
    const client = makePushClient(server, { credentials: { username: 'ines', password: 'correct-horse' } });
    await client.authenticate({ repository: 'acme/app', signal });
    expect(await failureOf(client.pushBlob(wantedBlob))).toMatchObject({ name: 'AccessDeniedError' });
    expect(scopes).toHaveLength(2);
  });
});

function immutable(end: string): string {
  return `The image tag '1.4' already exists in the 'app' repository and ${end}`;
}

/** A token service and a registry that takes its tokens, in one place. */
function tokenService(options: { readonly isNarrow?: boolean } = {}) {
  const scopes: string[][] = [];
  const good = new Set<string>();
  const faults: PushFaults = {
    intercept: (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://registry.test');
      if (pathname === '/token') {
        scopes.push(searchParams.getAll('scope'));
        const token = `token-${scopes.length}-of-the-service`;
        good.add(token);
        response.writeHead(200).end(JSON.stringify({ token }));
        return true;
      }
      const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
      if (good.has(token) && options.isNarrow !== true) return false;
      const realm = `http://${request.headers.host}/token`;
      request.resume();
      response.setHeader(
        'www-authenticate',
        `Bearer realm="${realm}",service="s",error="insufficient_scope"`,
      );
      sendError(response, 401, 'UNAUTHORIZED');
      return true;
    },
  };
  return { faults, scopes, endAll: () => good.clear() };
}
