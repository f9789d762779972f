import { describe, expect, it } from 'vitest';
import type { CredentialSource } from '#lib/oci/types.ts';
import { makeBlob, makeManifest, sendBlob, sendError, sendManifest, startServer } from './hostile-server.ts';
import { collect, failureOf, makeClient, wordsOf } from './test-client.ts';

const signal = new AbortController().signal;
const manifest = makeManifest();
const wanted = { repository: 'acme/app', target: 'latest', signal };
const challenge = {
  'www-authenticate': 'Basic realm="https://registry.example/",service="ecr.amazonaws.com"',
};
const ended = 'Your authorization token has expired. Reauthenticate and try again.';

/** Mints password-1, password-2, … as a cloud does, and keeps each until it is refused. */
function minter() {
  let count = 1;
  const asked: boolean[] = [];
  const source: CredentialSource = async ({ isRefused }) => {
    asked.push(isRefused);
    if (isRefused) count += 1;
    return { username: 'AWS', password: `password-${count}` };
  };
  return { source, asked, minted: () => count };
}

function basicOf(password: string): string {
  return Buffer.from(`AWS:${password}`).toString('base64');
}

/** A registry that takes one password at a time, and says in its own way that another has ended. */
async function registryTaking(options: { readonly valid: () => string; readonly refusal: '401' | '403' }) {
  return startServer((request, response) => {
    const { authorization } = request.headers;
    if (authorization === `Basic ${basicOf(options.valid())}`) {
      return request.url === '/v2/' ? void response.end('{}') : sendManifest(response, manifest.bytes);
    }
    if (authorization === undefined || options.refusal === '401')
      return sendError(response, 401, 'UNAUTHORIZED', challenge);
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ errors: [{ code: 'DENIED', message: ended }] }));
  });
}

describe('a minted password', () => {
  it.each(['401', '403'] as const)(
    'that ended is renewed once, for all requests at once (%s)',
    async (refusal) => {
      let valid = 'password-1';
      const registry = await registryTaking({ valid: () => valid, refusal });
      const { source, minted } = minter();
      const client = makeClient(registry, { credentials: source });
      await client.authenticate({ repository: 'acme/app', signal });
      await client.getManifest(wanted);
      valid = 'password-2';
      await client.getManifest(wanted);
      await Promise.all([1, 2, 3].map(() => client.getManifest(wanted)));
      expect(minted()).toBe(2);
      expect(client.waits).toEqual([]);
    },
  );

  it.each(['401', '403'] as const)('that is refused anew is an error at once (%s)', async (refusal) => {
    const registry = await registryTaking({ valid: () => 'none of them', refusal });
    const { source, minted } = minter();
    const client = makeClient(registry, { credentials: source });
    const error = await failureOf(client.authenticate({ repository: 'acme/app', signal }));
    expect(error).toMatchObject({ name: 'SignInRefusedError', isRetryable: false });
    // Unsigned, with the first password, with the second.
    expect(registry.seen).toHaveLength(3);
    expect(minted()).toBe(2);
  });

  it('is known for redaction in each form that is sent, and stands in no error', async () => {
    const registry = await startServer((request, response) => {
      if (request.headers.authorization === undefined)
        return sendError(response, 401, 'UNAUTHORIZED', challenge);
      const message = `no: ${request.headers.authorization} password-1`;
      response.writeHead(403).end(JSON.stringify({ errors: [{ code: 'DENIED', message }] }));
    });
    const client = makeClient(registry, { credentials: minter().source });
    const error = await failureOf(client.getManifest(wanted));
    expect(error).toMatchObject({ name: 'AccessDeniedError' });
    expect(wordsOf(error)).not.toMatch(/password-1|QVdTOnBh/);
    expect(client.mintedTokens).toEqual(['password-1', basicOf('password-1')]);
  });

  it('is not renewed for a permission that is missing, and what the registry said is kept', async () => {
    const said = 'User: arn:aws:iam::111122223333:user/ci is not authorized to perform: ecr:BatchGetImage';
    const registry = await startServer((request, response) => {
      if (request.headers.authorization === undefined)
        return sendError(response, 401, 'UNAUTHORIZED', challenge);
      response.writeHead(403).end(JSON.stringify({ errors: [{ code: 'DENIED', message: said }] }));
    });
    const { source, minted } = minter();
    const client = makeClient(registry, { credentials: source });
    for (const attempt of [client.getManifest(wanted), client.headManifest(wanted)]) {
      expect(await failureOf(attempt)).toMatchObject({
        name: 'AccessDeniedError',
        refusal: { said, status: 403 },
      });
    }
    const digest = manifest.digest;
    const blob = await failureOf(client.hasBlob({ repository: 'acme/app', digest, signal }));
    expect(blob).toMatchObject({ name: 'AccessDeniedError', refusal: { said } });
    expect(minted()).toBe(1);
  });

  it('that ends in the middle of a layer is renewed where the layer goes on', async () => {
    const { bytes, descriptor } = makeBlob(300_000);
    let valid = 'password-1';
    const registry = await startServer((request, response) => {
      if (request.headers.authorization !== `Basic ${basicOf(valid)}`)
        return sendError(response, 401, 'UNAUTHORIZED', challenge);
      if (valid === 'password-2') return sendBlob(request, response, bytes);
      valid = 'password-2';
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 100_000), () => response.destroy());
    });
    const { source, minted } = minter();
    const client = makeClient(registry, { credentials: source });
    const read = await collect(client.streamBlob({ repository: 'acme/app', descriptor, offset: 0, signal }));
    expect(read.equals(bytes)).toBe(true);
    expect(minted()).toBe(2);
  });

  it('that a token service refuses is renewed once, and what it gives is used', async () => {
    const tokens = await startServer((request, response) => {
      const isTaken = request.headers.authorization === `Basic ${basicOf('password-2')}`;
      if (isTaken) response.end('{"token":"bearer-1"}');
      else sendError(response, 401, 'UNAUTHORIZED');
    });
    const registry = await startServer((request, response) => {
      if (request.headers.authorization === 'Bearer bearer-1') return sendManifest(response, manifest.bytes);
      sendError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': `Bearer realm="${tokens.url}token"` });
    });
    const { source, asked } = minter();
    const client = makeClient(registry, { credentials: source });
    await client.getManifest(wanted);
    expect(asked).toEqual([false, false, true]);
    expect(tokens.seen).toHaveLength(2);
  });

  it('that cannot be minted is the error of the mint', async () => {
    const registry = await registryTaking({ valid: () => 'x', refusal: '401' });
    const client = makeClient(registry, { credentials: () => Promise.reject(new TypeError('no mint')) });
    expect(await failureOf(client.authenticate({ signal }))).toMatchObject({ message: 'no mint' });
  });
});
