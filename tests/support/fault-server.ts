import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Digest } from '#lib/oci/digest.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { makeLayer } from './layers.ts';
import { type Seeded, seeded } from './seeded.ts';

/** An image of random layers, and a registry on loopback that serves it badly: which fault comes when follows from the seed. */
export interface FaultServer {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly repository: string;
  readonly digest: Digest;
  readonly layers: readonly { readonly digest: Digest; readonly bytes: Buffer }[];
  /** What was done to whom, for whoever reads a failed run. */
  readonly story: readonly string[];
  /** Bytes of layers that went out, by digest. */
  readonly sentBytes: ReadonlyMap<string, number>;
  /** From now on everything is served as it should be. */
  behave(): void;
  openConnections(): Promise<number>;
  stop(): Promise<void>;
}

export async function startFaultServer(options: {
  readonly seed: number;
  /** How many of a hundred answers go wrong. */
  readonly faultPercent: number;
  readonly layerBytes: readonly number[];
}): Promise<FaultServer> {
  const { seed, layerBytes } = options;
  const chance = seeded(seed);
  const layers = layerBytes.map((fileBytes, index) => {
    const { content, digest, diffId } = makeLayer({ seed: `fault-${seed}-${index}`, fileBytes });
    return { digest, diffId, bytes: content as Buffer };
  });
  const diffIds = layers.map(({ diffId }) => diffId);
  const config = Buffer.from(
    JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: diffIds } }),
  );
  const manifest = manifestOf(config, layers);
  const blobs = new Map(
    [...layers, { digest: digestOf(config), bytes: config }].map((blob) => [blob.digest, blob.bytes]),
  );
  const sentBytes = new Map<string, number>();
  const story: string[] = [];
  let faultPercent = options.faultPercent;
  let tokens = 0;
  let goodToken = '';
  let elsewhere = '';

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? '';
    const fault = chance.next() * 100 < faultPercent ? chance.pick(faults) : undefined;
    story.push(`${request.method} ${url} ${request.headers.range ?? ''} ${fault?.name ?? ''}`.trim());
    if (fault?.name === 'token ends') goodToken = '';
    if (fault?.play({ request, response, chance, elsewhere })) return;
    if (url === '/v2/') return void response.end('{}');
    if (url.startsWith('/token')) {
      tokens += 1;
      goodToken = `token-${tokens}`;
      return sendJson(response, 200, { token: goodToken, expires_in: 300 });
    }
    const isSigned = url.startsWith('/elsewhere/') || request.headers.authorization === `Bearer ${goodToken}`;
    if (!isSigned || goodToken === '') {
      const realm = `Bearer realm="http://${request.headers.host}/token",service="faults"`;
      return sendJson(response, 401, { errors: [{ code: 'UNAUTHORIZED' }] }, { 'www-authenticate': realm });
    }
    if (url.includes('/manifests/')) return sendWhole(request, response, manifest, manifestType);
    const digest = url.split('/').at(-1) ?? '';
    const bytes = blobs.get(digest as Digest);
    if (bytes === undefined) return sendJson(response, 404, { errors: [{ code: 'BLOB_UNKNOWN' }] });
    const sent = serveBlob({ request, response, chance, bytes, fault: fault?.name });
    sentBytes.set(digest, (sentBytes.get(digest) ?? 0) + sent);
  };
  const server = createServer({ keepAliveTimeout: idleMaxMs }, handle);
  // What a redirect leads to: another origin, which is asked without a token.
  const other = createServer({ keepAliveTimeout: idleMaxMs }, handle);
  const host = await listen(server);
  elsewhere = `http://${await listen(other)}/elsewhere`;
  return {
    host,
    repository: 'faults/image',
    digest: digestOf(manifest),
    layers,
    story,
    sentBytes,
    behave() {
      faultPercent = 0;
    },
    openConnections: async () => (await countOf(server)) + (await countOf(other)),
    async stop() {
      await Promise.all([close(server), close(other)]);
    },
  };
}

/** How long a connection may be idle until the server closes it: longer than a run waits for its client to do that. */
const idleMaxMs = 60_000;
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

function manifestOf(
  config: Buffer,
  layers: readonly { readonly digest: Digest; readonly bytes: Buffer }[],
): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: digestOf(config),
        size: config.length,
      },
      layers: layers.map(({ digest, bytes }) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest,
        size: bytes.length,
      })),
    }),
  );
}

interface Play {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly chance: Seeded;
  readonly elsewhere: string;
}

interface Fault {
  readonly name: string;
  /** True when it answered; false leaves the answer to the blob, which is then served with the fault in it. */
  readonly play: (play: Play) => boolean;
}

const atTheSocket = (name: string, act: (socket: Socket, play: Play) => void): Fault => ({
  name,
  play: (play) => {
    act(play.response.socket ?? play.request.socket, play);
    return true;
  },
});

const withStatus = (status: number, headers: Record<string, string> = {}): Fault => ({
  name: `answers ${status}`,
  play: ({ response }) => {
    sendJson(response, status, { errors: [{ code: 'FAULT', message: 'a fault' }] }, headers);
    return true;
  },
});

const inTheBody = (name: string): Fault => ({ name, play: () => false });

const faults: readonly Fault[] = [
  atTheSocket('hangs up', (socket) => socket.destroy()),
  atTheSocket('ends in its head', (socket, { chance }) =>
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n'.slice(0, chance.below(38))),
  ),
  atTheSocket('speaks something else', (socket, { chance }) =>
    socket.end(
      chance.pick(['SSH-2.0-fault\r\n', 'HTTP/2 200\r\n\r\n', '\0\0\0\0', 'HTTP/1.1 999 No\r\n\r\n']),
    ),
  ),
  atTheSocket('has a head without an end', (socket) =>
    socket.end(`HTTP/1.1 200 OK\r\n${'x-more: 1234567890\r\n'.repeat(8_000)}`),
  ),
  atTheSocket('has two lengths', (socket) =>
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'),
  ),
  atTheSocket('never answers', () => undefined),
  withStatus(500),
  withStatus(503, { 'retry-after': '0' }),
  withStatus(429, { 'retry-after': '0' }),
  withStatus(416),
  withStatus(404),
  inTheBody('token ends'),
  inTheBody('cuts'),
  inTheBody('cuts'),
  inTheBody('cuts'),
  inTheBody('is too short'),
  inTheBody('is too long'),
  inTheBody('has no end'),
  inTheBody('flips a bit'),
  inTheBody('ignores the range'),
  inTheBody('moves the range'),
  inTheBody('comes in chunks'),
  inTheBody('ends with the connection'),
  inTheBody('stops in the middle'),
  {
    name: 'redirects',
    play: ({ request, response, elsewhere }) => {
      if (!request.url?.includes('/blobs/') || request.url.startsWith('/elsewhere')) return false;
      response.writeHead(307, { location: `${elsewhere}/${request.url.split('/').at(-1)}` }).end();
      return true;
    },
  },
  {
    name: 'redirects in a circle',
    play: ({ request, response }) => {
      response.writeHead(307, { location: request.url ?? '/' }).end();
      return true;
    },
  },
];

/** @returns how many bytes of the blob are sent */
function serveBlob(options: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly chance: Seeded;
  readonly bytes: Buffer;
  readonly fault: string | undefined;
}): number {
  const { request, response, chance, bytes, fault } = options;
  const asked = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const isPart = asked !== null && fault !== 'ignores the range';
  const first = isPart ? Number(asked[1]) : 0;
  const end = isPart ? Math.min(bytes.length, Number(asked[2]) + 1) : bytes.length;
  let body = Buffer.from(bytes.subarray(first, end));
  const shift = fault === 'moves the range' ? 1 : 0;
  const range = `bytes ${first + shift}-${end - 1 + shift}/${bytes.length}`;
  const headers: Record<string, string | number> = isPart ? { 'content-range': range } : {};
  const at = chance.below(body.length + 1);
  if (fault === 'flips a bit' && body.length > 0) {
    const place = Math.min(at, body.length - 1);
    body.writeUInt8(body.readUInt8(place) ^ 1, place);
  }
  if (fault === 'is too long') body = Buffer.concat([body, Buffer.from('more')]);
  if (fault === 'is too short') body = body.subarray(0, at);
  const isSized = !['comes in chunks', 'ends with the connection', 'has no end'].includes(fault ?? '');
  if (isSized) headers['content-length'] = body.length;
  if (fault === 'ends with the connection') {
    response.useChunkedEncodingByDefault = false;
    headers.connection = 'close';
  }
  response.writeHead(isPart ? 206 : 200, headers);
  if (request.method === 'HEAD') {
    response.end();
    return 0;
  }
  switch (fault) {
    case 'cuts':
      response.write(body.subarray(0, at), () => response.destroy());
      return at;
    case 'stops in the middle':
      response.write(body.subarray(0, at));
      return at;
    case 'has no end':
      return endless(response, body);
    default:
      response.end(body);
      return body.length;
  }
}

function endless(response: ServerResponse, body: Buffer): number {
  const piece = body.length === 0 ? Buffer.alloc(1024) : body;
  const more = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', more);
  more();
  return body.length;
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function sendWhole(request: IncomingMessage, response: ServerResponse, bytes: Buffer, type: string): void {
  response.writeHead(200, {
    'content-type': type,
    'content-length': bytes.length,
    'docker-content-digest': digestOf(bytes),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function countOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
