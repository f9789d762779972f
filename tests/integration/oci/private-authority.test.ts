import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createEgress } from '#lib/egress/egress.ts';
import { createRegistryClient } from '#lib/oci/client.ts';
import { runProgram } from '#tests/support/bound-process.ts';

const signal = new AbortController().signal;

describe('a registry whose certificate comes from an authority of its own', () => {
  let folder: string;
  let caFile: string;
  let server: Server;
  let host: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-tls-'));
    caFile = path.join(folder, 'cert.pem');
    const keyFile = path.join(folder, 'key.pem');
    await runProgram('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...[
        '-subj',
        '/CN=slipway test',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        keyFile,
        '-out',
        caFile,
      ],
    ]);
    const tls = { key: await readFile(keyFile), cert: await readFile(caFile) };
    server = createServer(tls, (_request, response) => response.end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  it('is taken where the operator names that authority', async () => {
    await signIn(host, { caFile });
  });

  it('is refused otherwise, at once, and the advice names the setting', async () => {
    await expect(signIn(host, {})).rejects.toMatchObject({
      name: 'RegistryUnavailableError',
      isRetryable: false,
      advice: { next: expect.stringContaining('caFile') },
    });
  });

  it('is refused under a name that its certificate is not for', async () => {
    const { port } = server.address() as AddressInfo;
    await expect(signIn(`localhost:${port}`, { caFile })).rejects.toMatchObject({
      name: 'RegistryUnavailableError',
      isRetryable: false,
    });
  });
});

describe('a registry on plain http', () => {
  it('called over https is told apart', async () => {
    const { createServer: createHttpServer } = await import('node:http');
    const server = createHttpServer((_request, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    await expect(signIn(`127.0.0.1:${(server.address() as AddressInfo).port}`, {})).rejects.toMatchObject({
      isRetryable: false,
      advice: { next: expect.stringContaining('plainHttp') },
    });
  });
});

async function signIn(host: string, rule: { readonly caFile?: string }): Promise<void> {
  const registries = { registries: { [host]: { allowPrivate: true, ...rule } }, tokenUris: [] };
  const egress = createEgress({ registries });
  onTestFinished(() => egress.close());
  const client = createRegistryClient({ registry: host, ...egress.forRegistry(host) });
  await client.authenticate({ repository: 'acme/app', signal });
}
