import type { ServerResponse } from 'node:http';
import { expect } from 'vitest';
import type { Advice } from '#lib/errors/slipway-error.ts';
import { RefusalError } from '#lib/oci/errors.ts';
import { startServer } from '#tests/unit/oci/hostile-server.ts';
import { failureOf, makeClient } from '#tests/unit/oci/test-client.ts';

/** One answer of a registry, as its documentation and its users' reports show it. */
export type Said = readonly [status: number, body: object | string];

/** What a registry of that kind answers on the way to a manifest. Where nothing is said it lets pass. */
export interface Transcript {
  readonly registry: string;
  readonly repository?: string;
  /** Basic instead of a token service. */
  readonly isBasic?: true;
  readonly token?: Said;
  readonly manifest?: Said;
  /** Null: without a secret. */
  readonly account?: string | null;
}

/** An error body as the specification has it. */
export const errors = (code: string, message: string) => ({ errors: [{ code, message }] });

/** Pulls from a local server that answers so, with the registry client, and explains what that throws. */
export async function explain(
  transcript: Transcript,
  diagnose: (error: RefusalError, account: string | undefined) => Advice | undefined,
) {
  const { registry, repository = 'acme/app', account = 'ines' } = transcript;
  const server = await startServer((request, response) => {
    if (request.url?.startsWith('/token'))
      return send(response, transcript.token ?? [200, { token: 'bearer' }]);
    const bearer = `Bearer realm="${server.url}token",service="x"`;
    response.setHeader('www-authenticate', transcript.isBasic ? 'Basic realm="x"' : bearer);
    if (request.headers.authorization === undefined) {
      return send(response, [401, errors('UNAUTHORIZED', 'authentication required')]);
    }
    if (request.url === '/v2/') return send(response, [200, {}]);
    send(response, transcript.manifest ?? [200, {}]);
  });
  const credentials = account === null ? undefined : { username: account, password: 'password-1234' };
  const client = makeClient({ host: registry, url: server.url }, { credentials });
  const signal = new AbortController().signal;
  const error = await failureOf(
    (async () => {
      await client.authenticate({ repository, signal });
      await client.headManifest({ repository, target: '1', signal });
      await client.getManifest({ repository, target: '1', signal });
    })(),
  );
  if (!(error instanceof RefusalError)) throw error;
  const advice = diagnose(error, account ?? undefined);
  return { name: error.name, advice, shown: advice ?? error.advice };
}

function send(response: ServerResponse, [status, body]: Said): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Every text for people: the plain fact without a full stop, then sentences. */
export function expectWords({ what, why, next }: Advice): void {
  expect(what).toMatch(/[^.\s]$/);
  expect(why).toMatch(/[.”]$/);
  expect(next).toMatch(/\.$/);
  expect(`${what} ${why} ${next}`).not.toMatch(/undefined|password-1234|[!]/);
}
