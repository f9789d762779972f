import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Fetch } from '#lib/oci/types.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { describeBytes, makeBlob, sendBlob, sendError, startServer } from './hostile-server.ts';
import { collect, failureOf, makeClient } from './test-client.ts';

const signal = new AbortController().signal;
const repository = 'acme/app';
const blob = makeBlob(3_000_000);
const { bytes, descriptor } = blob;
/** Compares megabytes fast. */
const sum = (content: Uint8Array) => digestOf(content);

describe('a blob', () => {
  it.each([
    [0, undefined, undefined],
    [1_000_000, undefined, 'bytes=1000000-2999999'],
    [0, 1_000_000, 'bytes=0-999999'],
    [999_999, 1_000_001, 'bytes=999999-1000000'],
    [2_999_999, 3_000_000, 'bytes=2999999-2999999'],
  ])('comes from %i to %s', async (offset, endBytes, range) => {
    const server = await startServer((request, response) => sendBlob(request, response, bytes));
    const options = {
      repository,
      descriptor,
      offset,
      signal,
      ...(endBytes === undefined ? {} : { endBytes }),
    };
    expect(sum(await collect(makeClient(server).streamBlob(options)))).toBe(
      sum(bytes.subarray(offset, endBytes)),
    );
    expect(server.seen.map((seen) => seen.range)).toEqual([range]);
  });

  it('of nothing, or an empty span, is not asked for', async () => {
    const server = await startServer((request, response) => sendBlob(request, response, bytes));
    const client = makeClient(server);
    expect(
      await collect(client.streamBlob({ repository, descriptor, offset: 3_000_000, signal })),
    ).toHaveLength(0);
    const empty = describeBytes(new Uint8Array());
    expect(await client.readBlob({ repository, descriptor: empty, signal })).toHaveLength(0);
    expect(server.seen).toHaveLength(0);
  });

  it.each([
    [-1, undefined],
    [3_000_001, undefined],
    [0.5, undefined],
    [10, 9],
    [0, 3_000_001],
  ])('has no span from %d to %s', async (offset, endBytes) => {
    const server = await startServer((request, response) => sendBlob(request, response, bytes));
    const options = {
      repository,
      descriptor,
      offset,
      signal,
      ...(endBytes === undefined ? {} : { endBytes }),
    };
    expect(await failureOf(collect(makeClient(server).streamBlob(options)))).toBeInstanceOf(RangeError);
  });

  it('that breaks goes on where it stopped, however often', async () => {
    const server = await startServer((request, response, seen) => {
      if (seen.length > 3) return sendBlob(request, response, bytes);
      cutOff(request, response, 600_000);
    });
    const resumes: number[] = [];
    const chunks = makeClient(server).streamBlob({
      repository,
      descriptor,
      offset: 100_000,
      signal,
      onResume: ({ offsetBytes }) => resumes.push(offsetBytes),
    });
    expect(sum(await collect(chunks))).toBe(sum(bytes.subarray(100_000)));
    expect(resumes).toEqual([700_000, 1_300_000, 1_900_000]);
    expect(server.seen.at(-1)?.range).toBe('bytes=1900000-2999999');
  });

  it('that ends early without breaking goes on too', async () => {
    const server = await startServer((request, response, seen) => {
      if (seen.length > 1) return sendBlob(request, response, bytes);
      response.writeHead(200).end(bytes.subarray(0, 1_000));
    });
    const chunks = makeClient(server).streamBlob({ repository, descriptor, offset: 0, signal });
    expect(sum(await collect(chunks))).toBe(sum(bytes));
    expect(server.seen.map(({ range }) => range)).toEqual([undefined, 'bytes=1000-2999999']);
  });

  it('that never gets further is given up', async () => {
    const server = await startServer((request, response) => cutOff(request, response, 100));
    const client = makeClient(server);
    const error = await failureOf(collect(client.streamBlob({ repository, descriptor, offset: 0, signal })));
    expect(error).toMatchObject({ name: 'RegistryUnavailableError', isRetryable: true });
    expect(server.seen).toHaveLength(6);
  });

  it('that stalls goes on with a new connection, and the old one is closed', async () => {
    const server = await startServer((request, response, seen) => {
      if (seen.length > 1) return sendBlob(request, response, bytes);
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 500));
    });
    const client = makeClient(server, { limits: { idleTimeoutMs: 250 } });
    const reasons: string[] = [];
    const chunks = client.streamBlob({
      repository,
      descriptor,
      offset: 0,
      signal,
      onResume: ({ why }) => reasons.push(why),
    });
    expect(sum(await collect(chunks))).toBe(sum(bytes));
    expect(reasons).toEqual(['It stopped sending in the middle of an answer.']);
  });

  it('that drips counts as stalled', async () => {
    let drips: NodeJS.Timeout | undefined;
    const server = await startServer((request, response, seen) => {
      if (seen.length > 1) return sendBlob(request, response, bytes);
      response.writeHead(200, { 'content-length': bytes.length });
      drips = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drips));
    });
    const client = makeClient(server, { limits: { idleTimeoutMs: 300 } });
    const chunks = client.streamBlob({ repository, descriptor, offset: 0, signal });
    expect(await collect(chunks)).toHaveLength(bytes.length);
    expect(server.seen).toHaveLength(2);
  });

  it('is not stalled while its reader is slow', async () => {
    const server = await startServer((request, response) => sendBlob(request, response, bytes));
    const client = makeClient(server, { limits: { idleTimeoutMs: 100 } });
    let length = 0;
    for await (const chunk of client.streamBlob({ repository, descriptor, offset: 0, signal })) {
      if (length === 0) await new Promise((resolve) => setTimeout(resolve, 350));
      length += chunk.byteLength;
    }
    expect(length).toBe(bytes.length);
    expect(server.seen).toHaveLength(1);
  });
});

describe('an answer to a range', () => {
  const from = { repository, descriptor, offset: 1_000_000, signal };

  it('with the whole blob is read from where the range began', async () => {
    const server = await startServer((_request, response) => response.end(bytes));
    expect(sum(await collect(makeClient(server).streamBlob(from)))).toBe(sum(bytes.subarray(1_000_000)));
    const middle = { ...from, endBytes: 1_500_000 };
    expect(sum(await collect(makeClient(server).streamBlob(middle)))).toBe(
      sum(bytes.subarray(1_000_000, 1_500_000)),
    );
  });

  it.each([
    ['another start', 'bytes 1000001-2999999/3000000', 'RegistryAnswerError'],
    ['another end', 'bytes 1000000-2999998/3000000', 'RegistryAnswerError'],
    ['no range', undefined, 'RegistryAnswerError'],
    ['nonsense', 'bytes x', 'RegistryAnswerError'],
    ['another size', 'bytes 1000000-2999999/4000000', 'BlobSizeError'],
  ])('with %s is refused', async (_, range, name) => {
    const server = await startServer((_request, response) => {
      response
        .writeHead(206, range === undefined ? {} : { 'content-range': range })
        .end(bytes.subarray(1_000_000));
    });
    expect(await failureOf(collect(makeClient(server).streamBlob(from)))).toMatchObject({ name });
    expect(server.seen).toHaveLength(1);
  });

  it('with a size that is not told is taken', async () => {
    const server = await startServer((_request, response) => {
      response.writeHead(206, { 'content-range': 'bytes 1000000-2999999/*' }).end(bytes.subarray(1_000_000));
    });
    expect(sum(await collect(makeClient(server).streamBlob(from)))).toBe(sum(bytes.subarray(1_000_000)));
  });

  it('of 416 because the server knows no ranges is asked again for all', async () => {
    const server = await startServer((request, response) => {
      if (request.headers.range !== undefined) return void response.writeHead(416).end();
      response.end(bytes);
    });
    expect(sum(await collect(makeClient(server).streamBlob(from)))).toBe(sum(bytes.subarray(1_000_000)));
    expect(server.seen.map(({ range }) => range)).toEqual(['bytes=1000000-2999999', undefined]);
  });

  it('of 416 because the blob is shorter is the end', async () => {
    const server = await startServer((_request, response) =>
      response.writeHead(416, { 'content-range': 'bytes */500' }).end(),
    );
    expect(await failureOf(collect(makeClient(server).streamBlob(from)))).toMatchObject({
      name: 'BlobSizeError',
    });
    expect(server.seen).toHaveLength(1);
  });
});

describe('a blob that is not what its descriptor says', () => {
  const all = { repository, descriptor, offset: 0, signal };

  it.each([
    ['shorter, by its header', { 'content-length': '2999999' }, bytes.subarray(1)],
    ['longer, by its header', { 'content-length': '3000001' }, Buffer.concat([bytes, Buffer.from('x')])],
    ['longer, in chunks', {}, Buffer.concat([bytes, Buffer.from('x')])],
  ])('%s, is refused', async (_, headers, body) => {
    const server = await startServer((_request, response) => response.writeHead(200, headers).end(body));
    let length = 0;
    const reading = (async () => {
      for await (const chunk of makeClient(server).streamBlob(all)) length += chunk.byteLength;
    })();
    expect(await failureOf(reading)).toMatchObject({ name: 'BlobSizeError', kind: 'integrity' });
    expect(length).toBeLessThan(bytes.length);
    expect(server.seen).toHaveLength(1);
  });

  it('endless, is cut off', async () => {
    const server = await startServer((_request, response) => {
      const write = () => {
        while (!response.destroyed && response.write(bytes.subarray(0, 65_536)));
        if (!response.destroyed) response.once('drain', write);
      };
      write();
    });
    expect(await failureOf(collect(makeClient(server).streamBlob(all)))).toMatchObject({
      name: 'BlobSizeError',
    });
    await expect.poll(() => server.openConnections()).toBe(0);
  });

  it('encoded on the way, is refused', async () => {
    const fetch = async () => new Response('x', { headers: { 'content-encoding': 'gzip' } });
    const client = makeClient({ host: 'r.example', url: new URL('https://r.example') }, { fetch });
    expect(await failureOf(collect(client.streamBlob(all)))).toMatchObject({ name: 'RegistryAnswerError' });
  });

  it('missing, is named', async () => {
    const server = await startServer((_request, response) => sendError(response, 404, 'BLOB_UNKNOWN'));
    expect(await failureOf(collect(makeClient(server).streamBlob(all)))).toMatchObject({
      name: 'BlobUnknownError',
    });
    expect(server.seen).toHaveLength(1);
  });
});

describe('a blob in memory', () => {
  it('is verified', async () => {
    const server = await startServer((request, response) => sendBlob(request, response, bytes));
    const client = makeClient(server);
    expect(sum(await client.readBlob({ repository, descriptor, signal }))).toBe(descriptor.digest);
    const wrong = { ...descriptor, digest: digestOf(Buffer.from('other')) };
    expect(await failureOf(client.readBlob({ repository, descriptor: wrong, signal }))).toMatchObject({
      name: 'DigestMismatchError',
    });
  });

  it('is bounded before it is asked for', async () => {
    const server = await startServer((request, response) => sendBlob(request, response, bytes));
    const huge = { ...descriptor, sizeBytes: 1024 ** 4 };
    expect(
      await failureOf(makeClient(server).readBlob({ repository, descriptor: huge, signal })),
    ).toMatchObject({
      name: 'AnswerTooLargeError',
    });
    expect(server.seen).toHaveLength(0);
  });
});

describe('a reader that stops', () => {
  it('closes the connection', async () => {
    const server = await startServer((_request, response) => {
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 70_000));
    });
    for await (const _ of makeClient(server).streamBlob({ repository, descriptor, offset: 0, signal })) break;
    await expect.poll(() => server.openConnections()).toBe(0);
  });

  it('by its signal, ends at once, whatever the body does', async () => {
    const cancel = new AbortController();
    // A body that listens to nobody.
    const fetch = async () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
    const client = makeClient({ host: 'r.example', url: new URL('https://r.example') }, { fetch });
    const reading = failureOf(
      collect(client.streamBlob({ repository, descriptor, offset: 0, signal: cancel.signal })),
    );
    setTimeout(() => cancel.abort(), 20);
    expect(await reading).toMatchObject({ name: 'CancelledError' });
  });
});

describe('a mirror', () => {
  const credentials = { username: 'ines', password: 'password-1234' };
  const read = { repository, descriptor, signal };

  async function withMirror(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    const mirror = await startServer(answer);
    const registry = await startServer((request, response) => {
      if (request.headers.authorization !== undefined) return sendBlob(request, response, bytes);
      sendError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="r"' });
    });
    const mirrors = [{ url: new URL('/proxy/', mirror.url), fetch: globalThis.fetch as Fetch }];
    return { mirror, registry, client: makeClient(registry, { credentials, mirrors }) };
  }

  it('is asked first, below its own path, without credentials', async () => {
    const { mirror, registry, client } = await withMirror((request, response) =>
      sendBlob(request, response, bytes),
    );
    expect(sum(await collect(client.streamBlob({ ...read, offset: 0 })))).toBe(sum(bytes));
    expect(await client.readBlob(read)).toHaveLength(bytes.length);
    expect(registry.seen).toHaveLength(0);
    expect(mirror.seen[0]).toMatchObject({
      url: `/proxy/v2/acme/app/blobs/${descriptor.digest}`,
      authorization: undefined,
    });
  });

  it.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ['has it not', (_request, response) => sendError(response, 404, 'BLOB_UNKNOWN')],
    [
      'wants credentials',
      (_request, response) =>
        sendError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="m"' }),
    ],
    ['is busy', (_request, response) => sendError(response, 503, 'BUSY')],
    ['breaks', (request, response) => cutOff(request, response, 1_000)],
    ['is of another size', (_request, response) => response.end('short')],
    ['is down', (request) => request.socket.destroy()],
  ])('that %s is passed over, and the rest comes from the registry', async (_, answer) => {
    const { mirror, client } = await withMirror(answer);
    expect(sum(await collect(client.streamBlob({ ...read, offset: 0 })))).toBe(sum(bytes));
    expect(mirror.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
    expect(client.waits).toEqual([]);
  });

  it('that lies costs one verification', async () => {
    const lie = Buffer.alloc(bytes.length, 1);
    const { client } = await withMirror((request, response) => sendBlob(request, response, lie));
    expect(sum(await client.readBlob(read))).toBe(descriptor.digest);
    expect(sum(await collect(client.streamBlob({ ...read, offset: 0 })))).toBe(sum(lie));
    const again = client.streamBlob({ ...read, offset: 0, asksMirrors: false });
    expect(sum(await collect(again))).toBe(sum(bytes));
  });

  it('proves nothing about access, and knows no tags', async () => {
    const { mirror, registry, client } = await withMirror((request, response) =>
      sendBlob(request, response, bytes),
    );
    expect(await client.hasBlob({ repository, digest: descriptor.digest, signal })).toBe(true);
    await failureOf(client.getManifest({ repository, target: 'latest', signal }));
    expect(mirror.seen).toHaveLength(0);
    expect(registry.seen.length).toBeGreaterThan(0);
  });
});

/** Sends so many bytes of what was asked for, and breaks the connection. */
function cutOff(request: IncomingMessage, response: ServerResponse, sentBytes: number): void {
  const first = Number(/^bytes=(\d+)/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(request.headers.range === undefined ? 200 : 206, {
    'content-length': bytes.length - first,
    ...(request.headers.range === undefined
      ? {}
      : { 'content-range': `bytes ${first}-${bytes.length - 1}/${bytes.length}` }),
  });
  response.write(bytes.subarray(first, first + sentBytes), () => setTimeout(() => response.destroy(), 30));
}
