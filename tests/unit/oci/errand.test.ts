import { describe, expect, it } from 'vitest';
import { createBlobReader } from '#lib/oci/errand.ts';
import { defaultLimits } from '#lib/oci/limits.ts';
import type { Signer } from '#lib/oci/signing.ts';
import type { Fetch } from '#lib/oci/types.ts';
import { makeBlob, sendBlob, sendError, startServer } from './hostile-server.ts';
import { collect, failureOf, wordsOf } from './test-client.ts';

const { bytes, descriptor } = makeBlob(200_000);
const repository = 'acme/app';
const { signal } = new AbortController();

describe('whoever fetches blobs in the name of a client', () => {
  it('asks for a header, and after a refusal for another, with what the registry said', async () => {
    const server = await startServer((request, response) => {
      if (request.headers.authorization === 'Bearer new') return sendBlob(request, response, bytes);
      sendError(response, 401, 'UNAUTHORIZED', {
        'www-authenticate': 'Bearer realm="https://r.example/token"',
      });
    });
    const asked: unknown[] = [];
    const reader = readerOf(server, {
      authorize: async ({ place }) => {
        asked.push(place);
        return 'Bearer old';
      },
      renew: async (_request, { status, challenge }, used) => {
        asked.push({ status, challenge, used });
        return 'Bearer new';
      },
    });
    const got = await collect(reader.streamBlob({ repository, descriptor, offset: 0, signal }));
    expect(got.equals(bytes)).toBe(true);
    expect(asked).toEqual([
      { registry: server.host, repository },
      { status: 401, challenge: 'Bearer realm="https://r.example/token"', used: 'Bearer old' },
    ]);
  });

  it.each([
    ['a token', 'Bearer s3cret-token', 's3cret-token'],
    ['a password', `Basic ${Buffer.from('ines:s3cret-word').toString('base64')}`, 's3cret-word'],
  ])('repeats %s in no message, even if the registry does', async (_what, authorization, secret) => {
    const server = await startServer((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'ODD', message: `you sent ${secret}` }] }));
    });
    const reader = readerOf(server, {
      authorize: async () => authorization,
      renew: () => Promise.reject(new Error('nobody refused')),
    });
    const error = await failureOf(collect(reader.streamBlob({ repository, descriptor, offset: 0, signal })));
    expect(error.name).toBe('RegistryAnswerError');
    expect(wordsOf(error)).not.toContain(secret);
  });
});

function readerOf(
  server: { readonly host: string; readonly url: URL },
  signer: Pick<Signer, 'authorize' | 'renew'>,
) {
  return createBlobReader({
    order: {
      way: { registries: { registries: {}, tokenUris: [] }, host: server.host },
      registry: server.host,
      userAgent: 'slipway',
      limits: defaultLimits,
      hadCredentials: true,
      isMinting: false,
    },
    route: { endpoint: server.url, fetch: globalThis.fetch as Fetch, mirrors: [] },
    signer,
    onRetry: () => undefined,
  });
}
