import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

export interface SlowProxy {
  readonly url: string;
  stop(): Promise<void>;
}

/** Small enough that a tick of the meter is several of them. */
const chunkBytes = 16 * 1024;

/**
 * Passes requests on to a registry and lets the bodies of blobs through at `bytesPerSecond` each, so that a pull of a few
 * megabytes lasts long enough to be watched, cancelled or interrupted.
 */
export async function startSlowProxy(options: {
  readonly upstream: string;
  readonly bytesPerSecond: number;
}): Promise<SlowProxy> {
  const server = createServer((incoming, outgoing) => {
    const upstream = request(new URL(incoming.url ?? '/', options.upstream), {
      method: incoming.method,
      headers: incoming.headers,
    });
    upstream.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      const isBlob = incoming.method === 'GET' && incoming.url?.includes('/blobs/');
      const through = isBlob ? [throttle(options.bytesPerSecond)] : [];
      // A client that leaves mid-body is what the tests are about, not a fault of the proxy.
      pipeline([answer, ...through, outgoing]).catch(() => upstream.destroy());
    });
    upstream.on('error', () => outgoing.destroy());
    incoming.pipe(upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function throttle(bytesPerSecond: number): Transform {
  return new Transform({
    async transform(data: Buffer, _encoding, done) {
      for (let at = 0; at < data.length; at += chunkBytes) {
        const chunk = data.subarray(at, at + chunkBytes);
        this.push(chunk);
        await delay((chunk.length / bytesPerSecond) * 1000);
      }
      done();
    },
  });
}
