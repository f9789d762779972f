import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Lookup } from '#lib/egress/guarded-connector.ts';
import type { RegistryRule } from '#lib/egress/registries-config.ts';
import {
  makeAuthority,
  selfSigned,
  type TestAuthority,
  type TestCertificate,
} from '#tests/support/certificates.ts';
import { faultsOf, preflight, type Ran, wordsOf } from '#tests/support/preflight.ts';

let authority: TestAuthority;
const names = ['IP:127.0.0.1', 'DNS:r.example'];

beforeAll(async () => {
  authority = await makeAuthority();
});
afterAll(() => authority?.remove());

describe('a certificate', () => {
  test('of an authority that the operator names passes, with the days that it has left', async () => {
    const host = await serve(await authority.certify({ names, days: 203 }));
    const ran = await look(host, { caFile: authority.caFile });
    expect(ran.check('tls')).toMatchObject({ state: 'passed', detail: 'Certificate valid for 202 days' });
  });

  test('that ends within two weeks passes with a warning', async () => {
    const host = await serve(await authority.certify({ names, days: 5 }));
    const ran = await look(host, { caFile: authority.caFile });
    expect(ran.check('tls')).toMatchObject({
      state: 'warned',
      problem: {
        code: 'certificate_ends',
        what: `The certificate of ${host} ends soon`,
        next: 'Tell whoever runs the registry to renew it. Builds work until then.',
      },
    });
  });

  test.each<[string, () => Promise<TestCertificate>, boolean, readonly (string | RegExp)[]]>([
    [
      'that has expired',
      () => authority.certify({ names, days: -1 }),
      true,
      [/Its TLS certificate expired on \d+ \w+ \d{4}\./, 'has to renew it'],
    ],
    [
      'for another name',
      () => authority.certify({ names: ['DNS:other.example', 'IP:127.0.0.2'], days: 5 }),
      true,
      ['Its TLS certificate is for other.example, 127.0.0.2, not for 127.0.0.1.', 'Check the spelling'],
    ],
    [
      'of an authority that nobody knows',
      () => authority.certify({ names, days: 5 }),
      false,
      ['an authority that is not known here', 'as caFile of this host'],
    ],
    [
      'that is signed by itself',
      () => selfSigned(names),
      false,
      ['signed by itself, not by an authority', 'as caFile of this host'],
    ],
  ])('%s fails, and says who can change it', async (_, certificate, isTrusted, parts) => {
    const host = await serve(await certificate());
    const ran = await look(host, isTrusted ? { caFile: authority.caFile } : {});
    expect(faultsOf(ran)).toEqual([]);
    const { at, text } = wordsOf(ran);
    expect({ at, text }).toMatchObject({
      at: 'tls',
      text: expect.stringContaining('does not prove who it is'),
    });
    for (const part of parts) expect(text).toMatch(part);
    expect(ran.failure).toMatchObject({ code: 'certificate_untrusted' });
  });
});

describe('a connection', () => {
  test('over TLS to a server of plain http says which setting allows that', async () => {
    const server = createHttpServer((_request, response) => response.end());
    const ran = await look(await listening(server), {});
    expect(wordsOf(ran)).toMatchObject({ at: 'tls', text: expect.stringContaining('plainHttp') });
  });

  test('that nobody takes says so', async () => {
    const server = createTcpServer();
    const host = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    const ran = await look(host, {});
    expect(wordsOf(ran)).toMatchObject({ at: 'tls', text: expect.stringContaining('Nothing listens') });
  });

  test('whose handshake never ends is given up in time', async () => {
    const ran = await look(await listening(createTcpServer()), {}, { budgetMs: 1_000 });
    expect(faultsOf(ran)).toEqual([]);
    expect(wordsOf(ran)).toMatchObject({
      at: 'tls',
      text: expect.stringContaining('Connecting to it took longer than a preflight waits in all, 1.0s.'),
    });
  });
});

describe('a name', () => {
  test.each([
    ['that leads into the network of the server', ['10.1.2.3']],
    ['that leads to a metadata service', ['169.254.169.254']],
    ['that does not exist', undefined],
  ])('%s answers as any other that is refused', async (_, addresses) => {
    const ran = await preflight({ reference: 'r.example/acme/app', lookup: answering(addresses) });
    expect(wordsOf(ran)).toEqual({
      at: 'dns',
      text: 'r.example cannot be called from here | Its name is unknown, or it leads to an address that Slipway does not call: a private, local or reserved one. | Check the spelling. For a registry in your own network, the operator can set allowPrivate for this host in registries.json.',
      paste: undefined,
    });
  });

  test('that DNS does not answer for says so', async () => {
    const lookup: Lookup = (_name, _options, callback) =>
      callback(Object.assign(new Error('no'), { code: 'EAI_AGAIN' }), []);
    const ran = await preflight({ reference: 'r.example/acme/app', lookup });
    expect(wordsOf(ran)).toMatchObject({ at: 'dns', text: expect.stringContaining('DNS does not answer') });
  });
});

function look(host: string, rule: RegistryRule, more: { readonly budgetMs?: number } = {}): Promise<Ran> {
  return preflight({
    reference: `${host}/acme/app:1`,
    rules: { [host]: { allowPrivate: true, ...rule } },
    ...more,
  });
}

/** A server that answers everything with an empty object. */
async function serve(certificate: TestCertificate): Promise<string> {
  return listening(createServer(certificate, (_request, response) => response.end('{}')));
}

async function listening(server: Server): Promise<string> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answering(addresses: readonly string[] | undefined): Lookup {
  return (_name, _options, callback) => {
    if (addresses === undefined) return callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    callback(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );
  };
}
