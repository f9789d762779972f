import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEgress } from '#lib/egress/egress.ts';
import { AddressRefusedError } from '#lib/egress/errors.ts';
import type { Lookup } from '#lib/egress/guarded-connector.ts';
import type { Probe } from '#lib/egress/probe.ts';
import type { RegistryRule } from '#lib/egress/registries-config.ts';

const { signal } = new AbortController();

describe('the first step: a name', () => {
  it.each(['127.0.0.1', '[::1]', '169.254.169.254', '2130706433', 'private.example', 'unknown.example'])(
    'that is or leads to %s answers like any other that is refused',
    async (host) => {
      const lookup = answering({ 'private.example': ['10.0.0.1', '169.254.169.254'] });
      const error = await failureOf(probe(host, {}, { lookup }).lookUp(signal));
      expect(error).toBeInstanceOf(AddressRefusedError);
      expect((error as AddressRefusedError).advice).toEqual(
        new AddressRefusedError({ registry: host }).advice,
      );
      expect(error.cause).toBeUndefined();
    },
  );

  it('counts the addresses that may be called', async () => {
    const lookup = answering({ 'r.example': ['10.0.0.1', '8.8.8.8', '2606:4700::1'] });
    expect(await probe('r.example', {}, { lookup }).lookUp(signal)).toEqual({
      hostname: 'r.example',
      isLiteral: false,
      addressCount: 2,
    });
    const rule = { allowPrivate: true };
    expect(await probe('r.example', rule, { lookup }).lookUp(signal)).toMatchObject({ addressCount: 3 });
  });

  it('is that of the endpoint which the operator set', async () => {
    const lookup = answering({ 'inside.example': ['8.8.8.8'] });
    const rule = { endpoint: 'https://inside.example:8443' };
    expect(await probe('r.example', rule, { lookup }).lookUp(signal)).toMatchObject({
      hostname: 'inside.example',
    });
  });

  it('needs no lookup where it is an address', async () => {
    const rule = { allowPrivate: true };
    expect(await probe('[::1]:5000', rule).lookUp(signal)).toEqual({
      hostname: '::1',
      isLiteral: true,
      addressCount: 1,
    });
  });

  it('that does not exist says so only where private ones are allowed', async () => {
    const error = await failureOf(
      probe('no.example', { allowPrivate: true }, { lookup: answering({}) }).lookUp(signal),
    );
    expect(error).toMatchObject({ code: 'ENOTFOUND' });
  });

  it('that is never answered is given up with the signal', async () => {
    const stop = new AbortController();
    const looking = probe('r.example', {}, { lookup: () => stop.abort(new Error('enough')) }).lookUp(
      stop.signal,
    );
    expect(await failureOf(looking)).toMatchObject({ message: 'enough' });
  });
});

describe('the second step: a connection', () => {
  it('over plain http, where the operator allows it, only connects', async () => {
    const { port, connections } = await serve();
    const facts = await probe(`127.0.0.1:${port}`, { plainHttp: true, allowPrivate: true }).connect(signal);
    expect(facts).toEqual({ kind: 'plain' });
    await expect.poll(() => connections).toEqual([{ bytes: 0, isClosed: true }]);
  });

  it('goes to no address that the lookup refuses', async () => {
    const { port, connections } = await serve();
    const lookup = answering({ 'r.example': ['127.0.0.1'] });
    const error = await failureOf(
      probe(`r.example:${port}`, { plainHttp: true }, { lookup }).connect(signal),
    );
    expect(error).toBeInstanceOf(AddressRefusedError);
    expect(await failureOf(probe(`127.0.0.1:${port}`, {}).connect(signal))).toBeInstanceOf(
      AddressRefusedError,
    );
    expect(connections).toEqual([]);
  });

  it('that nobody takes says so', async () => {
    const { port, close } = await serve();
    await close();
    const rule = { allowPrivate: true };
    expect(await failureOf(probe(`127.0.0.1:${port}`, rule).connect(signal))).toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('whose handshake is never answered ends in time, and with the signal', async () => {
    const { port, connections } = await serve();
    const rule = { allowPrivate: true };
    const late = probe(`127.0.0.1:${port}`, rule, { connectTimeoutMs: 50 }).connect(signal);
    expect(await failureOf(late)).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' });
    const stop = new AbortController();
    const stopped = probe(`127.0.0.1:${port}`, rule).connect(stop.signal);
    await expect.poll(() => connections.length).toBe(2);
    stop.abort(new Error('enough'));
    expect(await failureOf(stopped)).toMatchObject({ message: 'enough' });
    await expect.poll(() => connections.every(({ isClosed }) => isClosed)).toBe(true);
  });
});

function probe(
  host: string,
  rule: RegistryRule,
  more: { readonly lookup?: Lookup; readonly connectTimeoutMs?: number } = {},
): Probe {
  const egress = createEgress({ registries: { registries: { [host]: rule }, tokenUris: [] }, ...more });
  onTestFinished(() => egress.close());
  return egress.probe(host);
}

function answering(names: Readonly<Record<string, readonly string[]>>): Lookup {
  return (name, _options, callback) => {
    const found = names[name];
    if (found === undefined) return callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    callback(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

/** Takes connections and says nothing. */
async function serve() {
  const connections: { bytes: number; isClosed: boolean }[] = [];
  const server: Server = createServer((socket) => {
    const seen = { bytes: 0, isClosed: false };
    connections.push(seen);
    socket.on('data', (chunk) => {
      seen.bytes += chunk.length;
    });
    socket
      .on('error', () => undefined)
      .on('close', () => {
        seen.isClosed = true;
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise((resolve) => server.close(resolve));
  onTestFinished(async () => void (await close()));
  return { port: (server.address() as AddressInfo).port, connections, close };
}

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('It resolved.');
    },
    (error) => error,
  );
}
