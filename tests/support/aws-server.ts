import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What a server does instead of answering as it should. */
export type Fault =
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'status'; readonly status: number }
  /** The connection breaks before an answer. */
  | { readonly kind: 'cut' }
  /** 200 with something else in it. */
  | { readonly kind: 'malformed' };

/** A server whose answers can be broken, for some requests or until it is told otherwise. */
export interface FaultyServer {
  readonly url: string;
  /** `times` counts requests; all of them when absent. Undefined ends it. */
  setFault(fault: Fault | undefined, times?: number): void;
  stop(): Promise<void>;
}

/** A loopback server; `answer` sees only requests that no fault took. */
export async function startFaultyServer(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<FaultyServer> {
  let fault: Fault | undefined;
  let timesLeft = Number.POSITIVE_INFINITY;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const current = timesLeft > 0 ? fault : undefined;
    timesLeft -= current === undefined ? 0 : 1;
    if (current?.kind === 'slow') await delay(current.ms, undefined, { ref: false });
    if (current?.kind === 'cut') return void request.socket.destroy();
    if (current?.kind === 'status') return void response.writeHead(current.status).end();
    if (current?.kind === 'malformed') return void response.writeHead(200).end('<!doctype html><p>Welcome');
    await answer(request, response);
  }

  // Whoever breaks off on either side ends both.
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // The test process may end while a client keeps its connection.
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setFault(next, times = Number.POSITIVE_INFINITY) {
      fault = next;
      timesLeft = times;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
