import { describe, expect, it } from 'vitest';
import { makeManifest, sendError, sendManifest, startServer } from './hostile-server.ts';
import { failureOf, makeClient, wordsOf } from './test-client.ts';

const signal = new AbortController().signal;
const credentials = { username: 'ines', password: 'pässword-1234' };
const basic = `Basic ${Buffer.from('ines:pässword-1234').toString('base64')}`;
const manifest = makeManifest();
const wanted = { repository: 'acme/app', target: 'latest', signal };

/** A registry with a token service beside it. `mint` answers the n-th token request, from 1. */
async function tokenRegistry(options: {
  readonly mint: (count: number) => { readonly status?: number; readonly body: unknown };
  readonly accepts: (authorization: string | undefined) => boolean;
  readonly scope?: string;
}) {
  let minted = 0;
  const tokens = await startServer((_request, response) => {
    minted += 1;
    const { status = 200, body } = options.mint(minted);
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  const registry = await startServer((request, response) => {
    if (options.accepts(request.headers.authorization)) {
      return request.url === '/v2/' ? void response.end('{}') : sendManifest(response, manifest.bytes);
    }
    const scope = options.scope ?? 'repository:acme/app:pull';
    sendError(response, 401, 'UNAUTHORIZED', {
      'www-authenticate': `Bearer realm="${tokens.url}token?x=1",service="registry, test",scope="${scope}"`,
    });
  });
  return { tokens, registry };
}

describe('Bearer', () => {
  it('asks the realm as the specification says, and keeps the token', async () => {
    const { tokens, registry } = await tokenRegistry({
      mint: () => ({ body: { token: 'tok-1', expires_in: 300 } }),
      accepts: (authorization) => authorization === 'Bearer tok-1',
    });
    const client = makeClient(registry, { credentials });
    await client.getManifest(wanted);
    await client.getManifest(wanted);

    expect(tokens.seen).toHaveLength(1);
    const asked = new URL(tokens.seen[0]?.url ?? '', tokens.url);
    expect(tokens.seen[0]).toMatchObject({ method: 'GET', authorization: basic });
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      x: '1',
      service: 'registry, test',
      scope: 'repository:acme/app:pull',
      account: 'ines',
    });
    expect(registry.seen.map(({ authorization }) => authorization)).toEqual([
      undefined,
      'Bearer tok-1',
      'Bearer tok-1',
    ]);
    expect(client.mintedTokens).toEqual(['tok-1']);
  });

  it('asks without credentials where there are none', async () => {
    const { tokens, registry } = await tokenRegistry({
      mint: () => ({ body: { access_token: 'anonymous' } }),
      accepts: (authorization) => authorization === 'Bearer anonymous',
      scope: 'repository:acme/app:pull repository:acme/other:pull,push',
    });
    await makeClient(registry).getManifest(wanted);
    expect(tokens.seen[0]?.authorization).toBeUndefined();
    const asked = new URL(tokens.seen[0]?.url ?? '', tokens.url).searchParams;
    expect(asked.getAll('scope')).toEqual(['repository:acme/app:pull', 'repository:acme/other:pull,push']);
    expect(asked.has('account')).toBe(false);
  });

  it('fetches a new token shortly before the old one ends', async () => {
    const { tokens, registry } = await tokenRegistry({
      mint: (count) => ({ body: { token: `tok-${count}`, expires_in: 120 } }),
      accepts: (authorization) => authorization !== undefined,
    });
    const client = makeClient(registry);
    await client.getManifest(wanted);
    client.advance(99_000);
    await client.getManifest(wanted);
    expect(tokens.seen).toHaveLength(1);
    client.advance(1_000);
    await client.getManifest(wanted);
    expect(registry.seen.at(-1)?.authorization).toBe('Bearer tok-2');
    expect(client.mintedTokens).toEqual(['tok-1', 'tok-2']);
  });

  it('renews a token that the registry no longer takes, once for all requests at once', async () => {
    let valid = 'Bearer tok-1';
    const { tokens, registry } = await tokenRegistry({
      mint: (count) => ({ body: { token: `tok-${count}`, expires_in: 300 } }),
      accepts: (authorization) => authorization === valid,
    });
    const client = makeClient(registry, { credentials });
    await client.getManifest(wanted);
    valid = 'Bearer tok-2';
    await Promise.all([1, 2, 3, 4].map(() => client.getManifest(wanted)));
    expect(tokens.seen).toHaveLength(2);
  });

  it('gives up after one renewal, naming what is missing and what is forbidden', async () => {
    const { tokens, registry } = await tokenRegistry({
      mint: (count) => ({ body: { token: `tok-${count}` } }),
      accepts: () => false,
    });
    const client = makeClient(registry, { credentials });
    await client.authenticate({ repository: 'acme/app', signal });
    const error = await failureOf(client.getManifest(wanted));
    expect(error).toMatchObject({ name: 'AccessDeniedError', kind: 'denied', isRetryable: false });
    expect(error.message).toContain('missing');
    expect(tokens.seen).toHaveLength(2);
    expect(client.waits).toEqual([]);
  });

  it('shares one token among requests, and a cancel of one cancels no other', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let mints = 0;
    const tokens = await startServer((_request, response) => {
      mints += 1;
      if (mints > 1) return void response.end('{"token":"second"}');
      void gate.then(() => response.end('{"token":"first"}'));
    });
    const registry = await startServer((request, response) => {
      if (request.headers.authorization !== undefined) return sendManifest(response, manifest.bytes);
      sendError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': `Bearer realm="${tokens.url}"` });
    });
    const client = makeClient(registry);
    const cancel = new AbortController();
    const first = failureOf(client.getManifest({ ...wanted, signal: cancel.signal }));
    await until(() => mints === 1);
    const other = client.getManifest(wanted);
    // It knows by now how to sign in, and waits for the same token without asking the registry first.
    cancel.abort();
    expect(await first).toMatchObject({ name: 'CancelledError' });
    expect(await other).toMatchObject({ digest: manifest.digest });
    expect(registry.seen).toHaveLength(2);
    release();
  });

  it.each([
    ['garbage', 'RegistryAnswerError'],
    [{ token: 5 }, 'RegistryAnswerError'],
    ['x'.repeat(70_000), 'AnswerTooLargeError'],
  ])('refuses a token answer that is none (%#)', async (body, name) => {
    const { registry, tokens } = await tokenRegistry({ mint: () => ({ body }), accepts: () => false });
    expect(await failureOf(makeClient(registry, { credentials }).getManifest(wanted))).toMatchObject({
      name,
    });
    expect(tokens.seen).toHaveLength(1);
  });

  it('says that the credentials are wrong, before anything is pulled, without repeating them', async () => {
    const { registry } = await tokenRegistry({
      mint: () => ({ status: 401, body: { details: `no: ${credentials.password}` } }),
      accepts: () => false,
    });
    const client = makeClient(registry, { credentials: async () => credentials });
    const error = await failureOf(client.authenticate({ repository: 'acme/app', signal }));
    expect(error).toMatchObject({ name: 'SignInRefusedError', code: 'sign_in_refused' });
    expect(wordsOf(error)).not.toContain(credentials.password);
    expect(wordsOf(error)).not.toContain(basic);
  });

  it.each([
    ['Bearer service="x"', 'RegistryAnswerError'],
    ['Bearer realm="/token"', 'RegistryAnswerError'],
    ['Bearer realm="ftp://127.0.0.1/token"', 'RedirectRefusedError'],
    ['Bearer realm="http://u:p@127.0.0.1:9/token"', 'RedirectRefusedError'],
    ['Negotiate', 'RegistryAnswerError'],
    ['', 'RegistryAnswerError'],
  ])('refuses the challenge %j', async (challenge, name) => {
    const registry = await startServer((_request, response) =>
      sendError(response, 401, 'UNAUTHORIZED', challenge === '' ? {} : { 'www-authenticate': challenge }),
    );
    expect(await failureOf(makeClient(registry, { credentials }).getManifest(wanted))).toMatchObject({
      name,
    });
    expect(registry.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('takes no realm on http from a registry on https', async () => {
    const asked: string[] = [];
    const client = makeClient(
      { host: 'r.example', url: new URL('https://r.example') },
      {
        credentials,
        fetch: async (url) => {
          asked.push(url.origin);
          return new Response('{}', {
            status: 401,
            headers: { 'www-authenticate': 'Bearer realm="http://auth.example/token"' },
          });
        },
      },
    );
    expect(await failureOf(client.getManifest(wanted))).toMatchObject({ name: 'RedirectRefusedError' });
    expect(asked).toEqual(['https://r.example']);
  });
});

describe('Basic', () => {
  const challenge = { 'www-authenticate': 'Basic realm="Registry"' };

  it('signs every request once it is asked to', async () => {
    const registry = await startServer((request, response) => {
      if (request.headers.authorization !== basic) return sendError(response, 401, 'UNAUTHORIZED', challenge);
      return request.url === '/v2/' ? void response.end('{}') : sendManifest(response, manifest.bytes);
    });
    const client = makeClient(registry, { credentials });
    await client.authenticate({ repository: 'acme/app', signal });
    await client.getManifest(wanted);
    expect(registry.seen.map(({ authorization }) => authorization)).toEqual([undefined, basic, basic]);
  });

  it.each([
    ['wrong credentials', credentials, 2],
    ['no credentials', undefined, 1],
  ])('with %s is an error at once', async (_, given, requests) => {
    const registry = await startServer((_request, response) =>
      sendError(response, 401, 'UNAUTHORIZED', challenge),
    );
    for (const attempt of ['authenticate', 'getManifest'] as const) {
      const client = makeClient(registry, { credentials: given });
      const before = registry.seen.length;
      const error = await failureOf(client[attempt](wanted));
      expect(error).toMatchObject({ name: 'SignInRefusedError', isRetryable: false });
      expect(registry.seen.length - before).toBe(requests);
      expect(client.waits).toEqual([]);
    }
  });
});

describe('a host that is no registry', () => {
  it('is told apart when signing in', async () => {
    const registry = await startServer((_request, response) => response.writeHead(404).end('<html>'));
    const error = await failureOf(makeClient(registry).authenticate({ repository: 'acme/app', signal }));
    expect(error).toMatchObject({ name: 'RegistryAnswerError' });
    expect(error.advice.why).toContain('404');
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
