import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEgress } from '#lib/egress/egress.ts';
import { HttpSyntaxError, parseChunkSize, parseHead } from '#lib/egress/http-head.ts';
import type { Fetch, FetchInit, FetchResponse } from '#lib/egress/types.ts';
import { randomBytesOf } from '#tests/support/layers.ts';

const get: FetchInit = {
  method: 'GET',
  headers: {},
  redirect: 'manual',
  signal: new AbortController().signal,
};

describe('the head of an answer', () => {
  it.each<[string, string, object]>([
    [
      'a length',
      'HTTP/1.1 200 OK\r\nContent-Length: 5',
      { framing: { kind: 'sized', bytes: 5 }, isReusable: true },
    ],
    [
      'the same length twice',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5',
      { framing: { kind: 'sized', bytes: 5 } },
    ],
    [
      'chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked',
      { framing: { kind: 'chunked' }, isReusable: true },
    ],
    [
      'chunks and a length, after which nothing is certain',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5',
      { framing: { kind: 'chunked' }, isReusable: false },
    ],
    ['neither', 'HTTP/1.1 200 OK', { framing: { kind: 'until_close' }, isReusable: false }],
    ['no reason', 'HTTP/1.1 204', { framing: { kind: 'none' }, isReusable: true }],
    ['a wish to close', 'HTTP/1.1 204 No\r\nConnection: Close', { isReusable: false }],
    ['an old server', 'HTTP/1.0 204 No', { isReusable: false }],
    ['an old server that stays', 'HTTP/1.0 204 No\r\nConnection: keep-alive', { isReusable: true }],
  ])('with %s', (_what, text, expected) => {
    expect(parseHead(text, 'GET')).toMatchObject(expected);
  });

  it('of HEAD has no body, whatever its length', () => {
    expect(parseHead('HTTP/1.1 200 OK\r\nContent-Length: 5', 'HEAD').framing).toEqual({ kind: 'none' });
  });

  it.each([
    'HTTP/2 200 OK',
    'HTTP/1.1 99 Low',
    'HTTP/1.1 600 High',
    'http/1.1 200 OK',
    'SSH-2.0-OpenSSH',
    '',
    'HTTP/1.1 200 OK\r\nno colon',
    'HTTP/1.1 200 OK\r\nname : blank',
    'HTTP/1.1 200 OK\r\n folded: yes',
    'HTTP/1.1 200 OK\r\na: b\nc: d',
    'HTTP/1.1 200 OK\r\na: \0',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6',
    'HTTP/1.1 200 OK\r\ncontent-length: +5',
    'HTTP/1.1 200 OK\r\ncontent-length: 0x5',
    'HTTP/1.1 200 OK\r\ncontent-length: ',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked',
  ])('that is not one is refused: %j', (text) => {
    expect(() => parseHead(text, 'GET')).toThrow(HttpSyntaxError);
  });

  it.each(['', '-1', '0x5', 'g', '5 5', '1234567890123'])('gives no chunk the size %j', (line) => {
    expect(() => parseChunkSize(line)).toThrow(HttpSyntaxError);
  });
});

describe('a connection', () => {
  it('brings every byte of every answer, however it is cut on its way', async () => {
    const answer = fc.record({
      bytes: fc.constantFrom(0, 1, 1000, 70_000, 600_000),
      kind: fc.constantFrom('sized', 'chunked'),
    });
    const cuts = fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 4 }), cuts, async (answers, pieces) => {
        let asked = 0;
        const { fetch, url, connections } = await speaking((socket) => {
          const { bytes, kind } = answers[asked] ?? { bytes: 0, kind: 'sized' };
          const body = randomBytesOf(`answer-${asked}`, bytes);
          asked += 1;
          void sendCut(socket, kind === 'sized' ? sized(body) : chunked(body), pieces);
        });
        for (const [index, { bytes }] of answers.entries()) {
          const got = await bodyOf(await fetch(url, get));
          expect(got.equals(randomBytesOf(`answer-${index}`, bytes))).toBe(true);
        }
        expect(connections()).toBe(1);
      }),
      { numRuns: 25 },
    );
  });

  it('that the server closed while it was idle is made anew, and the request sent again', async () => {
    const { fetch, url, connections } = await speaking((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', () =>
        setTimeout(() => socket.destroy(), 5),
      );
    });
    for (const _ of [1, 2, 3]) {
      expect((await bodyOf(await fetch(url, get))).toString()).toBe('ok');
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect(connections()).toBe(3);
  });

  it('passes over what comes before the answer, a few times', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n';
    const hinting = await speaking((socket) => socket.write(`${early}${early}HTTP/1.1 204 No\r\n\r\n`));
    expect((await hinting.fetch(hinting.url, get)).status).toBe(204);
    const endless = await speaking((socket) => socket.write(early.repeat(50)));
    await expect(endless.fetch(endless.url, get)).rejects.toThrow(HttpSyntaxError);
  });

  it('is not used again where the server says more than it was asked', async () => {
    const { fetch, url, connections } = await speaking((socket) =>
      socket.write(
        'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad',
      ),
    );
    for (const _ of [1, 2]) expect((await bodyOf(await fetch(url, get))).toString()).toBe('ok');
    expect(connections()).toBe(2);
  });

  it.each([
    ['a head without an end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`],
    [
      'a chunk line without an end',
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;${'x'.repeat(5_000)}`,
    ],
    [
      'a chunk that is longer than it says',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n',
    ],
    [
      'a trailer without an end',
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${'a: b\r\n'.repeat(99)}`,
    ],
    ['a change of the protocol', 'HTTP/1.1 101 Switching\r\nupgrade: h2c\r\n\r\n'],
  ])('ends at %s', async (_what, text) => {
    const { fetch, url } = await speaking((socket) => socket.write(text));
    await expect(fetch(url, get).then(bodyOf)).rejects.toThrow(HttpSyntaxError);
  });

  it('carries no header that could begin another', async () => {
    const { fetch, url, connections } = await speaking(() => undefined);
    const headers = { 'x-a': 'b\r\nx-c: d' };
    await expect(fetch(url, { ...get, headers })).rejects.toThrow(TypeError);
    expect(connections()).toBeLessThan(2);
  });

  it('of which there are no more than a bound, serves all who wait in turn', async () => {
    let open = 0;
    let most = 0;
    const { fetch, url } = await speaking((socket) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      }, 10);
    });
    const all = await Promise.all(Array.from({ length: 100 }, () => fetch(url, get).then(bodyOf)));
    expect(all.every((body) => body.toString() === 'ok')).toBe(true);
    expect(most).toBe(24);
  });
});

/** A server that answers each request as the test says, in bytes. */
async function speaking(answer: (socket: Socket) => void): Promise<{
  readonly fetch: Fetch;
  readonly url: URL;
  readonly connections: () => number;
}> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const _ of data.toString('latin1').matchAll(/\r\n\r\n/g)) answer(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const rule = { allowPrivate: true, plainHttp: true };
  const egress = createEgress({ registries: { registries: { [host]: rule }, tokenUris: [] } });
  onTestFinished(async () => {
    await egress.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    fetch: egress.forRegistry(host).fetch,
    url: new URL(`http://${host}/x`),
    connections: () => sockets.length,
  };
}

function sized(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`), body]);
}

function chunked(body: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')];
  for (let at = 0; at < body.length; at += 50_000) {
    const part = body.subarray(at, at + 50_000);
    parts.push(Buffer.from(`${part.length.toString(16)};a=b\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\nx-trailer: 1\r\n\r\n')]);
}

async function sendCut(socket: Socket, bytes: Buffer, pieces: readonly number[]): Promise<void> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = pieces[turn % pieces.length] ?? bytes.length;
    socket.write(bytes.subarray(at, at + length));
    at += length;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function bodyOf(response: FetchResponse): Promise<Buffer<ArrayBuffer>> {
  const all: Uint8Array[] = [];
  for await (const chunk of response.body ?? []) all.push(new Uint8Array(chunk));
  return Buffer.concat(all);
}

describe('a body that is sent', () => {
  it('goes out in pieces whose memory is used again', async () => {
    const sent = randomBytesOf('upwards', 3_000_000);
    const { port, received } = await startRaw((socket, text, bytes) => {
      if (bytes >= sent.length + text.indexOf('\r\n\r\n') + 4)
        socket.write('HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n');
    });
    const answer = await fetchTo(port)(new URL(`http://127.0.0.1:${port}/`), putting(sent));
    expect(answer.status).toBe(201);
    expect(received().subarray(-sent.length).equals(sent)).toBe(true);
    expect(received().toString('latin1', 0, 200)).toContain('content-length: 3000000');
  });

  it('stops when the answer comes before its end, and the connection is not used again', async () => {
    const { port, connections } = await startRaw((socket) => {
      socket.write('HTTP/1.1 413 Too large\r\nContent-Length: 0\r\n\r\n');
      socket.pause();
    });
    const fetch = fetchTo(port);
    const endless = putting(Buffer.alloc(64 * 1024 * 1024));
    for (let time = 0; time < 2; time += 1) {
      expect((await fetch(new URL(`http://127.0.0.1:${port}/`), endless)).status).toBe(413);
    }
    expect(connections()).toBe(2);
  });

  it.each([
    ['that fails is what the request fails with', 10, 'damaged'],
    ['of another length than was said is an error', 20, 'not as long'],
  ])('%s', async (_, sizeBytes, message) => {
    const { port } = await startRaw(() => {});
    const body = {
      sizeBytes,
      async *open() {
        yield Buffer.alloc(9);
        if (sizeBytes === 10) throw new Error('damaged');
      },
    };
    const url = new URL(`http://127.0.0.1:${port}/`);
    await expect(fetchTo(port)(url, { ...get, method: 'PUT', body })).rejects.toThrow(message);
  });
});

function putting(bytes: Buffer): FetchInit {
  const piece = Buffer.alloc(100_000);
  const body = {
    sizeBytes: bytes.length,
    async *open() {
      for (let at = 0; at < bytes.length; at += piece.length) {
        const length = bytes.copy(piece, 0, at);
        yield piece.subarray(0, length);
        piece.fill(0);
      }
    },
  };
  return { ...get, method: 'PUT', body };
}

function fetchTo(port: number): Fetch {
  const host = `127.0.0.1:${port}`;
  const rule = { endpoint: `http://${host}`, allowPrivate: true };
  const egress = createEgress({ registries: { registries: { [host]: rule }, tokenUris: [] } });
  onTestFinished(() => egress.close());
  return egress.forRegistry(host).fetch;
}

/** A server that sees bytes and answers what it likes. */
async function startRaw(onBytes: (socket: Socket, text: string, bytes: number) => void) {
  const chunks: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let bytes = 0;
    let text = '';
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (text.length < 1_000) text += chunk.toString('latin1', 0, 1_000);
      onBytes(socket, text, bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, received: () => Buffer.concat(chunks), connections: () => sockets.size };
}
