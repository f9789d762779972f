import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Digest } from '#lib/oci/digest.ts';
import { mediaTypes } from '#lib/oci/media-types.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';

/** A request as the server saw it. */
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

export interface HostileServer {
  readonly host: string;
  readonly url: URL;
  /** Every request so far, in order. */
  readonly seen: readonly Seen[];
  readonly openConnections: () => Promise<number>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, seen: readonly Seen[]) => void;

/** A loopback server that answers as the test says, and is gone when the test is. */
export async function startServer(answer: Answer): Promise<HostileServer> {
  const seen: Seen[] = [];
  const listener: RequestListener = (request, response) => {
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, authorization: headers.authorization, range: headers.range });
    answer(request, response, seen);
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => closeServer(server));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: new URL(`http://${host}`),
    seen,
    openConnections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
  };
}

/** A blob with its descriptor. The bytes repeat no pattern of the length of a chunk. */
export function makeBlob(sizeBytes: number): { readonly bytes: Buffer; readonly descriptor: Descriptor } {
  const bytes = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 1) bytes[at] = (at * 31 + (at >> 8)) & 255;
  return { bytes, descriptor: describeBytes(bytes) };
}

export function describeBytes(bytes: Uint8Array): Descriptor {
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  return { mediaType, digest: digestOf(bytes), sizeBytes: bytes.byteLength };
}

export function makeManifest(): { readonly bytes: Buffer; readonly digest: Digest } {
  const digest = `sha256:${'1'.repeat(64)}`;
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest, size: 2 },
      layers: [],
    }),
  );
  return { bytes, digest: digestOf(bytes) };
}

export function sendManifest(
  response: ServerResponse,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
): void {
  response.writeHead(200, { 'content-type': mediaTypes.ociManifest, ...headers });
  response.end(bytes);
}

export function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ errors: [{ code, message: `${code} in words` }] }));
}

/** Answers a blob request as a good server does, its range included. */
export function sendBlob(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const first = range === null ? 0 : Number(range[1]);
  const end = range === null ? bytes.byteLength : Number(range[2]) + 1;
  response.writeHead(range === null ? 200 : 206, {
    'content-length': end - first,
    ...(range === null ? {} : { 'content-range': `bytes ${first}-${end - 1}/${bytes.byteLength}` }),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes.subarray(first, end));
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
