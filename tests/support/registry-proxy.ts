import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** One request as it went through. */
interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  status: number;
  /** Bytes of the answer's body that went out so far. */
  bodyBytes: number;
}

export interface ProxyOptions {
  readonly target: string;
  /** Each blob's body is slowed down to this. */
  readonly bytesPerSecond?: number;
  /** Each body that is sent up is slowed down to this. */
  readonly uploadBytesPerSecond?: number;
  /** Answers in the registry's place when it returns true: for servers that lie. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
}

export interface RegistryProxy {
  /** `127.0.0.1:PORT`, as in a reference. */
  readonly host: string;
  readonly url: string;
  readonly requests: readonly ProxiedRequest[];
  /** Requests for the bodies of blobs. */
  blobRequests(): readonly ProxiedRequest[];
  /** Forgets what went through and changes the speed from here on. */
  reset(options?: { readonly bytesPerSecond?: number; readonly uploadBytesPerSecond?: number }): void;
  /** Changes the speed of blobs, those under way among them. */
  changeSpeed(bytesPerSecond: number): void;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Stands before a registry, counts what is asked of it, and slows it down or lies in its place. */
export async function startRegistryProxy(options: ProxyOptions): Promise<RegistryProxy> {
  const requests: ProxiedRequest[] = [];
  let { bytesPerSecond, uploadBytesPerSecond } = options;
  const server = createServer(async (request, response) => {
    const record: ProxiedRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      range: request.headers.range,
      status: 0,
      bodyBytes: 0,
    };
    requests.push(record);
    response.once('finish', () => {
      record.status = response.statusCode;
    });
    if (await options.intercept?.(request, response)) return;
    // Whoever breaks off on either side ends both.
    const speeds = { speedNow: () => bytesPerSecond, uploadBytesPerSecond };
    forward({ target: options.target, request, response, record, ...speeds }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    host,
    url: `http://${host}`,
    requests,
    blobRequests: () =>
      requests.filter(({ method, path }) => method === 'GET' && path.includes('/blobs/sha256:')),
    reset(next = {}) {
      requests.length = 0;
      ({ bytesPerSecond, uploadBytesPerSecond } = next);
    },
    changeSpeed(next) {
      bytesPerSecond = next;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function forward(options: {
  readonly target: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly record: ProxiedRequest;
  readonly speedNow: () => number | undefined;
  readonly uploadBytesPerSecond: number | undefined;
}): Promise<void> {
  const { target, request, response, record, uploadBytesPerSecond } = options;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const upstream = send(`${target}${request.url}`, { method: request.method, headers: request.headers });
    upstream.on('response', resolve).on('error', reject);
    pipeline(
      request,
      meter(undefined, () => uploadBytesPerSecond),
      upstream,
    ).catch(reject);
  });
  record.status = answer.statusCode ?? 0;
  response.writeHead(record.status, answer.headers);
  const isBlob = record.path.includes('/blobs/sha256:');
  await pipeline(answer, meter(record, isBlob ? options.speedNow : () => undefined), response);
}

function meter(record: ProxiedRequest | undefined, speedNow: () => number | undefined): Transform {
  return new Transform({
    async transform(chunk: Buffer, _encoding, done) {
      let rest = chunk;
      while (rest.length > 0 && !this.destroyed) {
        const bytesPerSecond = speedNow();
        const piece = bytesPerSecond === undefined ? rest : rest.subarray(0, Math.ceil(bytesPerSecond / 50));
        if (bytesPerSecond !== undefined) await delay((piece.length / bytesPerSecond) * 1000);
        if (record !== undefined) record.bodyBytes += piece.length;
        this.push(piece);
        rest = rest.subarray(piece.length);
      }
      done();
    },
  });
}
