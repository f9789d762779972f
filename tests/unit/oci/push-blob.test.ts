import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeBlob, sendError } from './hostile-server.ts';
import { makePushClient, type PushFaults, readerOf, startPushRegistry } from './push-server.ts';
import { failureOf, wordsOf } from './test-client.ts';

const signal = new AbortController().signal;
const blob = makeBlob(100_000);
const { digest } = blob.descriptor;
const chunkBytes = 30_000;
const wanted = {
  repository: 'acme/app',
  descriptor: blob.descriptor,
  read: readerOf(blob.bytes),
  takesChunks: true,
  chunkBytes,
  signal,
};
const fourChunks = ['PATCH upload', 'PATCH upload', 'PATCH upload', 'PATCH upload'];

describe('a blob', () => {
  it('goes up in chunks, each where the last one ended', async () => {
    const server = await startPushRegistry();
    const progress: number[] = [];
    const client = makePushClient(server);
    const how = await client.pushBlob({ ...wanted, onProgress: (bytes) => progress.push(bytes) });
    expect(how).toBe('uploaded');
    expect(server.steps()).toEqual(['POST upload', ...fourChunks, 'PUT upload']);
    expect(server.blobs.get(`acme/app ${digest}`)?.equals(blob.bytes)).toBe(true);
    expect(server.receivedBytes()).toBe(blob.bytes.length);
    expect(progress.at(-1)).toBe(blob.bytes.length);
    // What the registry wrote into the query stands there as it was written.
    expect(server.seen.at(-1)?.url).toContain(`?state=a%20b%2Bc&digest=${encodeURIComponent(digest)}`);
  });

  it.each([
    ['is small', { chunkBytes: 100_000 }],
    ['is for a registry that takes no chunks', { takesChunks: false }],
  ])('goes up in one request when it %s', async (_, options) => {
    const server = await startPushRegistry();
    await makePushClient(server).pushBlob({ ...wanted, ...options });
    expect(server.steps()).toEqual(['POST upload', 'PUT upload']);
    expect(server.blobs.get(`acme/app ${digest}`)?.equals(blob.bytes)).toBe(true);
  });

  it('without bytes is a blob, too', async () => {
    const server = await startPushRegistry();
    const empty = makeBlob(0);
    await makePushClient(server).pushBlob({ ...wanted, ...empty, read: readerOf(empty.bytes) });
    expect(server.blobs.get(`acme/app ${empty.descriptor.digest}`)).toHaveLength(0);
  });

  it('goes up in chunks as long as the registry wants at least', async () => {
    const server = await startPushRegistry({ chunkBytesMin: 60_000 });
    await makePushClient(server).pushBlob(wanted);
    expect(server.steps()).toEqual(['POST upload', 'PATCH upload', 'PATCH upload', 'PUT upload']);
  });

  it('goes up in one request after a registry has refused the first chunk', async () => {
    const server = await startPushRegistry({
      intercept: (request, response) => {
        if (request.method !== 'PATCH') return false;
        request.resume();
        sendError(response, 405, 'UNSUPPORTED');
        return true;
      },
    });
    await makePushClient(server).pushBlob(wanted);
    expect(server.steps()).toEqual(['POST upload', 'PATCH upload', 'POST upload', 'PUT upload']);
    expect(server.blobs.get(`acme/app ${digest}`)?.equals(blob.bytes)).toBe(true);
  });

  it('is mounted where another repository has it, and nothing is sent', async () => {
    const server = await startPushRegistry();
    server.blobs.set(`acme/base ${digest}`, blob.bytes);
    const how = await makePushClient(server).pushBlob({ ...wanted, mountFrom: 'acme/base' });
    expect(how).toBe('mounted');
    expect(server.steps()).toEqual(['POST mount']);
    expect(server.seen[0]?.url).toBe(`/v2/acme/app/blobs/uploads/?mount=${digest}&from=acme/base`);
  });

  it('goes up by the upload that a refused mount opened', async () => {
    const server = await startPushRegistry();
    await makePushClient(server).pushBlob({ ...wanted, mountFrom: 'acme/base' });
    expect(server.steps()).toEqual(['POST mount', ...fourChunks, 'PUT upload']);
  });

  it.each([401, 403, 404, 405, 500])(
    'goes up by an upload of its own after a mount answered %i',
    async (status) => {
      const server = await startPushRegistry({
        intercept: (request, response) => {
          if (request.url?.includes('mount=') !== true) return false;
          sendError(response, status, 'DENIED');
          return true;
        },
      });
      await makePushClient(server).pushBlob({ ...wanted, mountFrom: 'acme/base' });
      expect(server.steps()).toEqual(['POST mount', 'POST upload', ...fourChunks, 'PUT upload']);
    },
  );
});

describe('an upload that breaks off', () => {
  it('in the middle of a chunk goes on at the byte that the registry has', async () => {
    const server = await startPushRegistry({ cutUploadAt: (nth) => (nth === 3 ? 12_345 : undefined) });
    const client = makePushClient(server);
    await client.pushBlob(wanted);
    expect(server.steps().filter((step) => step === 'GET upload')).toHaveLength(1);
    expect(server.steps().filter((step) => step === 'POST upload')).toHaveLength(1);
    expect(server.receivedBytes()).toBe(blob.bytes.length);
    expect(server.blobs.get(`acme/app ${digest}`)?.equals(blob.bytes)).toBe(true);
  });

  it('again and again ends well as long as it gets on', async () => {
    const server = await startPushRegistry({ cutUploadAt: (nth) => (nth < 50 ? 2_000 : undefined) });
    await makePushClient(server, { limits: { attemptsMax: 3 } }).pushBlob(wanted);
    expect(server.receivedBytes()).toBe(blob.bytes.length);
  });

  it('and is unknown to the registry afterwards begins anew', async () => {
    const server = await startPushRegistry({
      cutUploadAt: (nth) => (nth === 2 ? 5_000 : undefined),
      intercept: (request, response) => {
        if (request.method !== 'GET') return false;
        sendError(response, 404, 'BLOB_UPLOAD_INVALID');
        return true;
      },
    });
    await makePushClient(server).pushBlob(wanted);
    expect(server.steps().filter((step) => step === 'POST upload')).toHaveLength(2);
    expect(server.blobs.get(`acme/app ${digest}`)?.equals(blob.bytes)).toBe(true);
  });

  it('in one request begins anew', async () => {
    const server = await startPushRegistry({ cutUploadAt: (nth) => (nth === 1 ? 5_000 : undefined) });
    await makePushClient(server).pushBlob({ ...wanted, takesChunks: false });
    expect(server.steps()).toEqual(['POST upload', 'PUT upload', 'HEAD blob', 'POST upload', 'PUT upload']);
  });

  it('when only the last answer was lost is found done', async () => {
    const server = await startPushRegistry({
      intercept: (request, response) => {
        if (request.method !== 'PUT') return false;
        server.blobs.set(`acme/app ${digest}`, blob.bytes);
        response.destroy();
        return true;
      },
    });
    await makePushClient(server).pushBlob(wanted);
    expect(server.steps().slice(-2)).toEqual(['PUT upload', 'HEAD blob']);
  });

  it('for good ends with the last failure, after six tries', async () => {
    const server = await startPushRegistry({ cutUploadAt: () => 0 });
    const client = makePushClient(server);
    expect(await failureOf(client.pushBlob(wanted))).toMatchObject({ name: 'RegistryUnavailableError' });
    expect(client.waits).toHaveLength(5);
  });
});

describe('a registry that lies', () => {
  it.each<[string, PushFaults['intercept']]>([
    [
      'that it has more than was sent',
      (request, response) => {
        if (request.method !== 'PATCH') return false;
        request.resume().once('end', () => {
          response.writeHead(202, { location: request.url, range: '0-99999999' }).end();
        });
        return true;
      },
    ],
    [
      'that it has less than was sent',
      (request, response) => {
        if (request.method !== 'PATCH') return false;
        request.resume().once('end', () => {
          response.writeHead(202, { location: request.url, range: '0-9' }).end();
        });
        return true;
      },
    ],
    [
      'that what was sent has another digest',
      (request, response) => {
        if (request.method !== 'PUT') return false;
        sendError(response, 400, 'DIGEST_INVALID');
        return true;
      },
    ],
  ])('%s is given up after six uploads', async (_, intercept) => {
    const server = await startPushRegistry(intercept === undefined ? {} : { intercept });
    expect(await failureOf(makePushClient(server).pushBlob(wanted))).toMatchObject({
      name: 'UploadFailedError',
    });
    expect(server.steps().filter((step) => step === 'POST upload')).toHaveLength(6);
  });

  it('about a broken upload, naming more than can have been sent, begins anew', async () => {
    const server = await startPushRegistry({
      cutUploadAt: (nth) => (nth === 1 ? 10 : undefined),
      intercept: (request, response) => {
        if (request.method !== 'GET') return false;
        response.writeHead(204, { location: request.url, range: '0-99998' }).end();
        return true;
      },
    });
    await makePushClient(server).pushBlob(wanted);
    expect(server.steps().filter((step) => step === 'POST upload')).toHaveLength(2);
    expect(server.blobs.get(`acme/app ${digest}`)?.equals(blob.bytes)).toBe(true);
  });

  it('with an answer that never ends is cut off', async () => {
    const server = await startPushRegistry({
      intercept: (request, response) => {
        if (request.method !== 'POST') return false;
        response.writeHead(403, { 'content-type': 'application/json' });
        const endless = setInterval(() => response.write('x'.repeat(64 * 1024)), 1);
        response.once('close', () => clearInterval(endless));
        return true;
      },
    });
    expect(await failureOf(makePushClient(server).pushBlob(wanted))).toMatchObject({
      name: 'AccessDeniedError',
    });
  });
});

describe('an address that the registry names', () => {
  it('elsewhere is used without credentials', async () => {
    const seen: (string | undefined)[] = [];
    let received = 0;
    const other = createServer((request, response) => {
      seen.push(`${request.method} ${request.headers.authorization}`);
      request.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      request.once('end', () => {
        response.writeHead(request.method === 'PUT' ? 201 : 202, { location: '/up?sig=1' }).end();
      });
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const server = await startPushRegistry({
      locate: () => `http://localhost:${port}/up?sig=1`,
      intercept: (request, response) => {
        if (request.headers.authorization !== undefined) return false;
        response.setHeader('www-authenticate', 'Basic realm="x"');
        sendError(response, 401, 'UNAUTHORIZED');
        return true;
      },
    });
    const client = makePushClient(server, {
      credentials: { username: 'ines', password: 'no-body-elsewhere' },
    });
    await client.pushBlob(wanted);
    expect(received).toBe(blob.bytes.length);
    expect(new Set(seen)).toEqual(new Set(['PATCH undefined', 'PUT undefined']));
  });

  it('elsewhere that may not be called is not called', async () => {
    const server = await startPushRegistry({ locate: () => 'http://169.254.169.254/latest/?sig=secret' });
    const error = await failureOf(makePushClient(server).pushBlob(wanted));
    expect(error.name).toBe('AddressRefusedError');
    expect(wordsOf(error)).not.toMatch(/169\.254|sig=/);
  });

  it.each([
    ['with a password in it', 'http://u:p@127.0.0.1/up', 'RedirectRefusedError'],
    ['of another kind', 'file:///etc/passwd', 'RedirectRefusedError'],
    ['that is none', 'http://[', 'RegistryAnswerError'],
  ])('%s is refused', async (_, location, name) => {
    const server = await startPushRegistry({ locate: () => location });
    expect(await failureOf(makePushClient(server).pushBlob(wanted))).toMatchObject({ name });
    expect(server.steps()).toEqual(['POST upload']);
  });

  it('may be whole', async () => {
    const server = await startPushRegistry({ locate: (path) => new URL(path, server.url).href });
    await makePushClient(server).pushBlob(wanted);
    expect(server.blobs.size).toBe(1);
  });
});

describe('a redirect', () => {
  it.each([307, 308])('%i of a chunk is followed with the whole chunk', async (status) => {
    const server = await startPushRegistry({
      intercept: (request, response) => {
        if (request.method !== 'PATCH' || request.url?.includes('hop=1') === true) return false;
        request.resume();
        response.writeHead(status, { location: `${request.url}&hop=1` }).end();
        return true;
      },
    });
    await makePushClient(server).pushBlob(wanted);
    expect(server.blobs.get(`acme/app ${digest}`)?.equals(blob.bytes)).toBe(true);
  });

  it.each([301, 302, 303])('%i of a chunk, which would drop it, is refused', async (status) => {
    const server = await startPushRegistry({
      intercept: (request, response) => {
        if (request.method !== 'PATCH') return false;
        request.resume();
        response.writeHead(status, { location: '/v2/elsewhere' }).end();
        return true;
      },
    });
    expect(await failureOf(makePushClient(server).pushBlob(wanted))).toMatchObject({
      name: 'RegistryAnswerError',
    });
  });
});

describe('refusals', () => {
  it.each([
    [403, 'DENIED', 'AccessDeniedError'],
    [404, 'NAME_UNKNOWN', 'RepositoryUnknownError'],
    [405, 'UNSUPPORTED', 'PushUnsupportedError'],
    [413, 'SIZE', 'PushTooLargeError'],
    [400, 'NAME_INVALID', 'RegistryAnswerError'],
  ])('%i %s is %s, asked once', async (status, code, name) => {
    const server = await startPushRegistry({
      intercept: (_request, response) => {
        sendError(response, status, code);
        return true;
      },
    });
    const error = await failureOf(makePushClient(server).pushBlob(wanted));
    expect(error).toMatchObject({ name });
    expect(error.advice.why).toMatch(name === 'AccessDeniedError' ? /DENIED in words/ : /./);
    expect(server.seen).toHaveLength(1);
  });

  it('413 to a chunk says what to change', async () => {
    const server = await startPushRegistry({
      intercept: (request, response) => {
        if (request.method !== 'PATCH') return false;
        response.writeHead(413, { connection: 'close' }).end('<html>');
        return true;
      },
    });
    const error = await failureOf(makePushClient(server).pushBlob(wanted));
    expect(error).toMatchObject({ name: 'PushTooLargeError', advice: { next: /client_max_body_size/ } });
  });

  it.each([429, 503])('%i to a chunk that passes costs waits alone', async (status) => {
    let busy = 2;
    const server = await startPushRegistry({
      intercept: (request, response) => {
        if (request.method !== 'PATCH' || busy === 0) return false;
        busy -= 1;
        request.resume();
        sendError(response, status, 'BUSY', { 'retry-after': '3' });
        return true;
      },
    });
    const client = makePushClient(server);
    await client.pushBlob(wanted);
    expect(client.waits).toHaveLength(2);
    if (status === 429) expect(client.waits).toEqual([3_000, 3_000]);
    expect(server.receivedBytes()).toBe(blob.bytes.length);
  });

  it('a failure of the source ends it at once, and nothing is complete there', async () => {
    const server = await startPushRegistry();
    const damaged = async function* (offset: number, end: number) {
      yield* readerOf(blob.bytes)(offset, Math.min(end, 50_000));
      if (end > 50_000) throw new Error('damaged');
    };
    const error = await failureOf(makePushClient(server).pushBlob({ ...wanted, read: damaged }));
    expect(wordsOf(error)).toContain('damaged');
    expect(server.blobs.size).toBe(0);
  });

  it('a cancel ends it', async () => {
    const server = await startPushRegistry({ intercept: ({ method }) => method === 'PATCH' });
    const cancel = new AbortController();
    const pushed = makePushClient(server).pushBlob({ ...wanted, signal: cancel.signal });
    setTimeout(() => cancel.abort(), 50);
    expect(await failureOf(pushed)).toMatchObject({ name: 'CancelledError' });
  });
});
