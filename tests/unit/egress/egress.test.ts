import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEgress, type Egress, type EgressOptions } from '#lib/egress/egress.ts';
import { AddressRefusedError, PlainHttpRefusedError } from '#lib/egress/errors.ts';
import type { Lookup } from '#lib/egress/guarded-connector.ts';
import type { RegistryRule } from '#lib/egress/registries-config.ts';
import type { Fetch, FetchInit } from '#lib/egress/types.ts';

const get: FetchInit = {
  method: 'GET',
  headers: {},
  redirect: 'manual',
  signal: new AbortController().signal,
};

describe('the address guard', () => {
  it.each([
    '127.0.0.1',
    'localhost',
    '[::1]',
    '10.1.2.3',
    '192.168.0.1',
    '100.64.1.1',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '[::ffff:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '0.0.0.0',
    '2130706433',
    '0x7f.1',
    '127.1',
    'name.invalid',
  ])('refuses %s, and all alike', async (host) => {
    const egress = open({});
    const error = await failureOf(egress.forRegistry(host).fetch(new URL(`https://${host}/`), get));
    expect(error).toBeInstanceOf(AddressRefusedError);
    const { what, why, next } = (error as AddressRefusedError).advice;
    const common = new AddressRefusedError({ registry: host }).advice;
    expect({ what, why, next }).toEqual(common);
    expect(error.cause).toBeUndefined();
  });

  it.each([
    ['127.0.0.1', false],
    ['10.0.0.1', false],
    ['169.254.169.254', true],
    ['::ffff:169.254.169.254', true],
    ['fe80::1', true],
    ['100.100.100.200', true],
  ])('refuses a name that leads to %s (private allowed: %s)', async (address, allowPrivate) => {
    const egress = open({ 'r.example': { allowPrivate } }, { lookup: answering([address]) });
    const error = await failureOf(egress.forRegistry('r.example').fetch(new URL('https://r.example/'), get));
    expect(error).toBeInstanceOf(AddressRefusedError);
    expect(error.message).not.toContain(address);
  });

  it('checks the address that is dialled, however often the name changes', async () => {
    const { port, seen } = await serve((_request, response) => response.end('reached'));
    let asked = 0;
    const lookup: Lookup = (_name, _options, callback) => {
      asked += 1;
      // Rebinding: nothing is looked up twice for one connection.
      callback(null, [{ address: asked === 1 ? '10.0.0.1' : '127.0.0.1', family: 4 }]);
    };
    const egress = open({ [`r.example:${port}`]: { plainHttp: true } }, { lookup });
    const url = new URL(`http://r.example:${port}/`);
    for (const _ of [1, 2]) {
      expect(await failureOf(egress.forRegistry(url.host).fetch(url, get))).toBeInstanceOf(
        AddressRefusedError,
      );
    }
    expect(seen).toHaveLength(0);
  });

  it('passes over the refused ones of several addresses', async () => {
    const { port } = await serve((_request, response) => response.end('reached'));
    const rule = { plainHttp: true, allowPrivate: true };
    const egress = open(
      { [`r.example:${port}`]: rule },
      { lookup: answering(['169.254.169.254', '127.0.0.1']) },
    );
    const url = new URL(`http://r.example:${port}/`);
    const answer = await egress.forRegistry(url.host).fetch(url, get);
    expect(await textOf(answer.body)).toBe('reached');
  });

  it('guards an endpoint that the operator set, unless private is allowed', async () => {
    const { port } = await serve((_request, response) => response.end('reached'));
    const endpoint = `http://127.0.0.1:${port}`;
    for (const allowPrivate of [false, true]) {
      const { fetch, ...route } = open({ 'r.example': { endpoint, allowPrivate } }).forRegistry('r.example');
      expect(route).toMatchObject({ endpoint: new URL(endpoint), allowPlainHttp: true });
      const fetching = fetch(route.endpoint, get);
      if (allowPrivate) expect((await fetching).status).toBe(200);
      else expect(await failureOf(fetching)).toBeInstanceOf(AddressRefusedError);
      await (await fetching.catch(() => undefined))?.body?.[Symbol.asyncIterator]().return?.();
    }
  });

  it('covers realms and redirects of a registry, but no other registry', async () => {
    const { port } = await serve((_request, response) => response.end('reached'));
    const egress = open({ 'r.example': { allowPrivate: true, plainHttp: true } });
    const elsewhere = new URL(`http://127.0.0.1:${port}/token`);
    expect(await textOf((await egress.forRegistry('r.example').fetch(elsewhere, get)).body)).toBe('reached');
    const other = egress.forRegistry('other.example').fetch(new URL(`https://127.0.0.1:${port}/`), get);
    expect(await failureOf(other)).toBeInstanceOf(AddressRefusedError);
  });

  it('tells a name that does not exist apart where private is allowed', async () => {
    const lookup: Lookup = (_name, _options, callback) =>
      callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    const egress = open({ 'r.example': { allowPrivate: true } }, { lookup });
    const error = await failureOf(egress.forRegistry('r.example').fetch(new URL('https://r.example/'), get));
    expect(error).toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('plain http', () => {
  it('is refused where it is not allowed', async () => {
    const { fetch, allowPlainHttp } = open({ 'r.example': { allowPrivate: true } }).forRegistry('r.example');
    expect(allowPlainHttp).toBe(false);
    expect(await failureOf(fetch(new URL('http://r.example/'), get))).toBeInstanceOf(PlainHttpRefusedError);
  });
});

describe('the way to a registry', () => {
  it.each<[string, RegistryRule | undefined, string]>([
    ['ghcr.io', undefined, 'https://ghcr.io/'],
    ['docker.io', undefined, 'https://registry-1.docker.io/'],
    ['docker.io', { endpoint: 'https://hub.corp.example/base' }, 'https://hub.corp.example/base'],
    ['localhost:5000', { plainHttp: true }, 'http://localhost:5000/'],
    ['[::1]:5000', undefined, 'https://[::1]:5000/'],
  ])('%s with %j is %s', (host, rule, address) => {
    const egress = open(rule === undefined ? {} : { [host]: rule });
    expect(egress.forRegistry(host).endpoint.href).toBe(address);
  });

  it.each(['256.0.0.1', 'r.example:99999'])('to %s there is none', (host) => {
    expect(() => open({}).forRegistry(host)).toThrow(AddressRefusedError);
  });

  it('leads to its mirrors, each by its own rule or by that of the registry', async () => {
    const { port } = await serve((_request, response) => response.end('reached'));
    const address = `http://127.0.0.1:${port}/base`;
    const own = open({ 'r.example': { mirrors: [address], allowPrivate: true } }).forRegistry('r.example')
      .mirrors[0];
    expect(own?.url.href).toBe(address);
    expect(await textOf((await own?.fetch(own.url, get))?.body)).toBe('reached');
    const ruled = open({
      'r.example': { mirrors: [address], allowPrivate: true },
      [`127.0.0.1:${port}`]: {},
    });
    const [mirror] = ruled.forRegistry('r.example').mirrors;
    expect(await failureOf(mirror?.fetch(mirror.url, get))).toBeInstanceOf(AddressRefusedError);
  });
});

describe('the guarded fetch', () => {
  it('hands on status, headers and body as they are, and follows no redirect', async () => {
    const { fetch, url } = await reach((_request, response) => {
      response.writeHead(
        307,
        [
          ['Location', '/next'],
          ['Warning', '299 - "a"'],
          ['Warning', '299 - "b"'],
          ['Content-Encoding', 'gzip'],
        ].flat(),
      );
      response.end('as it is');
    });
    const answer = await fetch(url, { ...get, headers: { 'x-asked': 'yes' } });
    expect(answer.status).toBe(307);
    expect(answer.headers.get('LOCATION')).toBe('/next');
    expect(answer.headers.get('warning')).toBe('299 - "a", 299 - "b"');
    expect(answer.headers.get('x-none')).toBeNull();
    expect(await textOf(answer.body)).toBe('as it is');
  });

  it('has no body for HEAD', async () => {
    const { fetch, url } = await reach((_request, response) =>
      response.writeHead(200, { 'content-length': '5' }).end(),
    );
    const answer = await fetch(url, { ...get, method: 'HEAD' });
    expect(answer.body).toBeNull();
    expect(answer.headers.get('content-length')).toBe('5');
  });

  it('uses a connection again once a body is read', async () => {
    const { fetch, url, seen } = await reach((_request, response) => response.end('x'.repeat(100_000)));
    for (const _ of [1, 2, 3]) await textOf((await fetch(url, get)).body);
    expect(new Set(seen.map(({ socket }) => socket.remotePort)).size).toBe(1);
  });

  it('holds back a server that is faster than the reader', async () => {
    let sentBytes = 0;
    const { fetch, url } = await reach((_request, response) => {
      const chunk = Buffer.alloc(65_536);
      const write = () => {
        while (!response.destroyed && sentBytes < 64e6) {
          sentBytes += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    });
    const body = (await fetch(url, get)).body?.[Symbol.asyncIterator]();
    await body?.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    // What fits into the kernel's buffers on both sides and ours, far from all.
    expect(sentBytes).toBeLessThan(24e6);
    let step = await body?.next();
    let length = step?.value?.byteLength ?? 0;
    while (step?.done === false) {
      step = await body?.next();
      length += step?.value?.byteLength ?? 0;
    }
    expect(length).toBeGreaterThan(60e6);
  });

  it.each<[string, (fetch: Fetch, url: URL) => Promise<unknown>]>([
    [
      'stops early',
      async (fetch, url) => {
        for await (const _ of (await fetch(url, get)).body ?? []) break;
      },
    ],
    [
      'lets go without reading',
      async (fetch, url) => {
        await (await fetch(url, get)).body?.[Symbol.asyncIterator]().return?.();
      },
    ],
    [
      'is cancelled while it reads',
      async (fetch, url) => {
        const cancel = new AbortController();
        const answer = await fetch(url, { ...get, signal: cancel.signal });
        setTimeout(() => cancel.abort(new Error('enough')), 20);
        await expect(textOf(answer.body)).rejects.toThrow('enough');
      },
    ],
  ])('closes the connection when its reader %s', async (_, act) => {
    const { fetch, url, seen } = await reach((_request, response) => {
      response.writeHead(200, { 'content-length': '1000000' }).write('x'.repeat(1000));
    });
    await act(fetch, url);
    await expect.poll(() => seen[0]?.socket.destroyed).toBe(true);
  });

  it('rejects with the reason of a signal that fires before the answer', async () => {
    const { fetch, url, seen } = await reach(() => {});
    const cancel = new AbortController();
    const fetching = failureOf(fetch(url, { ...get, signal: cancel.signal }));
    await expect.poll(() => seen.length).toBe(1);
    cancel.abort(new Error('enough'));
    expect((await fetching).message).toBe('enough');
    await expect.poll(() => seen[0]?.socket.destroyed).toBe(true);
  });

  it('tells a body that breaks from one that ends', async () => {
    const { fetch, url } = await reach((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('x', () => setTimeout(() => response.destroy(), 20));
    });
    const { body } = await fetch(url, get);
    await expect(textOf(body)).rejects.toThrow();
  });

  it('sends nothing once the way is closed', async () => {
    const { fetch, url, egress, seen } = await reach((_request, response) => response.end('x'));
    await egress.close();
    await failureOf(fetch(url, get));
    expect(seen).toHaveLength(0);
  });
});

describe('a service that is no registry', () => {
  it.each<[string, string, Record<string, RegistryRule>, boolean, 'reached' | 'refused']>([
    ['a private address', 'http://127.0.0.1:PORT', {}, false, 'refused'],
    ['one that the operator named', 'http://127.0.0.1:PORT', {}, true, 'reached'],
    [
      'one by a rule of its own',
      'http://127.0.0.1:PORT',
      { '127.0.0.1:PORT': { allowPrivate: true, plainHttp: true } },
      false,
      'reached',
    ],
    [
      'plain http without a word of the operator',
      'http://127.0.0.1:PORT',
      { '127.0.0.1:PORT': { allowPrivate: true } },
      false,
      'refused',
    ],
    [
      'one that is really elsewhere',
      'https://api.cloud.example',
      { 'api.cloud.example': { endpoint: 'http://127.0.0.1:PORT', allowPrivate: true } },
      false,
      'reached',
    ],
    [
      'one by the rule of another host',
      'https://api.cloud.example',
      { 'cloud.example': { endpoint: 'http://127.0.0.1:PORT', allowPrivate: true } },
      false,
      'refused',
    ],
    ['a metadata address, whoever named it', 'http://169.254.169.254', {}, true, 'refused'],
  ])('%s', async (_what, address, rules, isOperatorNamed, outcome) => {
    const { port, seen } = await serve((_request, response) => response.end('reached'));
    const filled = JSON.parse(JSON.stringify({ address, rules }).replaceAll('PORT', String(port)));
    const egress = open(filled.rules);
    const service = new URL(filled.address);
    const asking = egress.forService(service, { isOperatorNamed })(new URL('/token?x=1', service), get);
    if (outcome === 'refused') {
      expect((await failureOf(asking)).name).toMatch(/^(?:AddressRefused|PlainHttpRefused)Error$/);
      expect(seen).toHaveLength(0);
    } else {
      expect(await textOf((await asking).body)).toBe('reached');
      expect(seen.map(({ url }) => url)).toEqual(['/token?x=1']);
    }
  });

  it('lends its way to no other host', async () => {
    const { port, seen } = await serve((_request, response) => response.end('reached'));
    const fetch = open({}).forService(new URL('http://127.0.0.1:1'), { isOperatorNamed: true });
    expect(await failureOf(fetch(new URL(`http://127.0.0.1:${port}/`), get))).toBeInstanceOf(TypeError);
    expect(seen).toHaveLength(0);
  });
});

function open(rules: Record<string, RegistryRule>, options: Partial<EgressOptions> = {}): Egress {
  const egress = createEgress({ registries: { registries: rules, tokenUris: [] }, ...options });
  onTestFinished(() => egress.close());
  return egress;
}

async function reach(listener: RequestListener) {
  const { port, seen } = await serve(listener);
  const host = `127.0.0.1:${port}`;
  const egress = open({ [host]: { plainHttp: true, allowPrivate: true } });
  return { egress, seen, fetch: egress.forRegistry(host).fetch, url: new URL(`http://${host}/`) };
}

async function serve(listener: RequestListener) {
  const seen: Parameters<RequestListener>[0][] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

function answering(addresses: readonly string[]): Lookup {
  return (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
}

async function textOf(body: AsyncIterable<Uint8Array> | null | undefined): Promise<string> {
  let text = '';
  for await (const chunk of body ?? []) text += Buffer.from(chunk).toString();
  return text;
}

async function failureOf(promise: Promise<unknown> | undefined): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It resolved.');
}
