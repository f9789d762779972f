import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { createEgress } from '#lib/egress/egress.ts';
import type { RegistryOptions } from '#lib/oci/open-registry.ts';
import { createPushClient, type PushClient } from '#lib/oci/push-client.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { type HostileServer, sendError, startServer } from './hostile-server.ts';

/** What a registry for pushes holds, and what is wrong with it. */
export interface PushRegistry extends HostileServer {
  /** By `repository digest`. */
  readonly blobs: Map<string, Buffer>;
  /** By `repository tag`. */
  readonly manifests: Map<string, Buffer>;
  /** `METHOD kind` of each request, in order: "PATCH upload". */
  readonly steps: () => readonly string[];
  /** Bytes that came in bodies of uploads. */
  readonly receivedBytes: () => number;
}

export interface PushFaults {
  /** Called before a request is served; answers in the registry's place when it returns true. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse, nth: number) => boolean;
  /** Cuts the connection of the nth PATCH or PUT of an upload after so many bytes of its body; they are kept. */
  readonly cutUploadAt?: (nth: number) => number | undefined;
  readonly chunkBytesMin?: number;
  /** The Location of an upload, from its path. */
  readonly locate?: (path: string) => string;
}

/**
 * The push side of the distribution-spec in memory, as strictly as it is written: a chunk has to begin where the last one
 * ended, and what came of a broken one is kept.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#push
 */
export async function startPushRegistry(faults: PushFaults = {}): Promise<PushRegistry> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, Buffer>();
  const uploads = new Map<string, Buffer>();
  const { locate = (path) => path } = faults;
  let bodies = 0;
  let receivedBytes = 0;

  const server = await startServer((request, response, seen) => {
    if (faults.intercept?.(request, response, seen.length) === true) return;
    serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const { pathname, searchParams } = new URL(url, server.url);
    if (pathname === '/v2/') return void response.writeHead(200).end();
    const [, repository = '', kind = '', rest = ''] =
      /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests)\/(.*)$/.exec(pathname) ?? [];
    if (kind === 'blobs/uploads')
      return serveUpload({ repository, id: rest, searchParams, request, response });
    const held = (kind === 'blobs' ? blobs : manifests).get(`${repository} ${rest}`);
    if (method === 'PUT') {
      const bytes = await readAll(request);
      const digest = digestOf(bytes);
      manifests.set(`${repository} ${rest}`, bytes).set(`${repository} ${digest}`, bytes);
      return void response.writeHead(201, { 'docker-content-digest': digest }).end();
    }
    if (held === undefined) return sendError(response, 404, 'UNKNOWN');
    const type =
      kind === 'blobs' ? 'application/octet-stream' : request.headers.accept?.split(',')[2]?.trim();
    response.writeHead(200, {
      'content-length': held.length,
      'content-type': type,
      'docker-content-digest': digestOf(held),
    });
    response.end(method === 'HEAD' ? undefined : held);
  }

  async function serveUpload(asked: {
    readonly repository: string;
    readonly id: string;
    readonly searchParams: URLSearchParams;
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
  }): Promise<void> {
    const { repository, id, searchParams, request, response } = asked;
    const { method } = request;
    const path = (upload: string) => locate(`/v2/${repository}/blobs/uploads/${upload}?state=a%20b%2Bc`);
    if (method === 'POST') {
      const digest = searchParams.get('mount') ?? '';
      const from = blobs.get(`${searchParams.get('from')} ${digest}`);
      if (from !== undefined) {
        blobs.set(`${repository} ${digest}`, from);
        return void response.writeHead(201, { location: `/v2/${repository}/blobs/${digest}` }).end();
      }
      const upload = randomUUID();
      uploads.set(upload, Buffer.alloc(0));
      const least =
        faults.chunkBytesMin === undefined ? {} : { 'oci-chunk-min-length': faults.chunkBytesMin };
      return void response.writeHead(202, { location: path(upload), ...least }).end();
    }
    const before = uploads.get(id);
    if (before === undefined) return sendError(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    const range = `0-${Math.max(0, before.length - 1)}`;
    if (method === 'GET') return void response.writeHead(204, { location: path(id), range }).end();
    const first = /^(\d+)-(\d+)$/.exec(request.headers['content-range'] ?? '')?.[1];
    if (first !== undefined && Number(first) !== before.length) {
      return void response.writeHead(416, { location: path(id), range }).end();
    }
    bodies += 1;
    const cutAt = faults.cutUploadAt?.(bodies);
    const came = await readAll(request, cutAt);
    receivedBytes += came.length;
    const now = Buffer.concat([before, came]);
    uploads.set(id, now);
    if (cutAt !== undefined) return void response.destroy();
    if (method === 'PATCH') {
      return void response.writeHead(202, { location: path(id), range: `0-${now.length - 1}` }).end();
    }
    const digest = searchParams.get('digest') ?? '';
    if (digestOf(now) !== digest) return sendError(response, 400, 'DIGEST_INVALID');
    uploads.delete(id);
    blobs.set(`${repository} ${digest}`, now);
    response
      .writeHead(201, { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest })
      .end();
  }

  return {
    ...server,
    blobs,
    manifests,
    receivedBytes: () => receivedBytes,
    steps: () =>
      server.seen.map(({ method, url }) => {
        const kind =
          /\/(blobs\/uploads\/\?mount|blobs\/uploads|blobs|manifests|token)/.exec(url)?.[1] ?? 'base';
        return `${method} ${{ 'blobs/uploads': 'upload', 'blobs/uploads/?mount': 'mount', blobs: 'blob', manifests: 'manifest' }[kind] ?? kind}`;
      }),
  };
}

export interface TestPushClient extends PushClient {
  /** Milliseconds of each wait that the client asked for; none is really waited. */
  readonly waits: readonly number[];
}

/** A client over the guarded way out, which alone streams upwards; waits are not waited. */
export function makePushClient(
  server: Pick<HostileServer, 'host' | 'url'>,
  options: Partial<RegistryOptions> & { readonly allowPrivate?: boolean } = {},
): TestPushClient {
  const waits: number[] = [];
  const { allowPrivate = true, ...rest } = options;
  const rule = { endpoint: server.url.href, plainHttp: true, allowPrivate };
  const egress = createEgress({ registries: { registries: { [server.host]: rule }, tokenUris: [] } });
  onTestFinished(() => egress.close());
  const { endpoint, fetch, allowPlainHttp } = egress.forRegistry(server.host);
  const client = createPushClient({
    registry: server.host,
    endpoint,
    fetch,
    allowPlainHttp,
    random: () => 1,
    sleep: async (ms) => {
      waits.push(ms);
    },
    ...rest,
  });
  return { ...client, waits };
}

/** Reads from bytes in memory, in pieces of one buffer that is used again, as files are read. */
export function readerOf(bytes: Uint8Array, pieceBytes = 7_000) {
  return async function* read(offset: number, end: number): AsyncGenerator<Uint8Array> {
    const piece = Buffer.alloc(pieceBytes);
    for (let at = offset; at < end; at += pieceBytes) {
      const length = Math.min(pieceBytes, end - at);
      piece.set(bytes.subarray(at, at + length));
      yield piece.subarray(0, length);
      piece.fill(0);
    }
  };
}

async function readAll(request: IncomingMessage, cutAt?: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    length += chunk.length;
    if (cutAt !== undefined && length >= cutAt) break;
  }
  const all = Buffer.concat(chunks);
  return cutAt === undefined ? all : all.subarray(0, cutAt);
}
