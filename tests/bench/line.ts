import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

// A process of its own: a line to a registry, at the level of TCP, so that TLS passes as well. Each connection gets so many
// bytes a second, and what the client says arrives so much later: the delay of a whole round trip, put on one way. It counts
// what it passes on.

/** What the line is told when it begins. */
export interface LineOrder {
  readonly port: number;
  /** 0: as fast as it goes. */
  readonly bytesPerSecond: number;
  readonly delayMs: number;
}

/** What it says: its port, and its count when asked for it. */
export type LineWord =
  | { readonly port: number }
  | { readonly bytes: number; readonly connections: number; readonly requests: number };

let passedBytes = 0;
let connections = 0;
let requests = 0;

process.once('message', async (order: LineOrder) => {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    connections += 1;
    pass(client, order);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  say({ port: (server.address() as AddressInfo).port });
  process.on('message', () => {
    say({ bytes: passedBytes, connections, requests });
    passedBytes = 0;
    connections = 0;
    requests = 0;
  });
});
process.once('disconnect', () => process.exit(0));

function say(word: LineWord): void {
  process.send?.(word);
}

function pass(client: Socket, order: LineOrder): void {
  const server = connect({ port: order.port, host: '127.0.0.1', noDelay: true });
  client.setNoDelay(true);
  const end = () => {
    client.destroy();
    server.destroy();
  };
  client.on('error', end).on('close', end);
  server.on('error', end).on('close', () => client.end());
  client.on('data', (chunk) => {
    requests += chunk.toString('latin1').match(/^(?:GET|HEAD|POST) \/\S* HTTP\//gm)?.length ?? 0;
    if (order.delayMs === 0) server.write(chunk);
    else setTimeout(() => server.destroyed || server.write(chunk), order.delayMs);
  });
  const allowance = order.bytesPerSecond === 0 ? undefined : startAllowance(order.bytesPerSecond);
  server.on('data', (chunk) => {
    passedBytes += chunk.length;
    const isFull = !client.write(chunk);
    const waitMs = allowance?.(chunk.length) ?? 0;
    if (!isFull && waitMs === 0) return;
    server.pause();
    const goOn = () => {
      if (client.writableNeedDrain) client.once('drain', () => server.resume());
      else server.resume();
    };
    if (waitMs > 0) setTimeout(goOn, waitMs);
    else goOn();
  });
}

/** How long to wait after so many bytes. Short waits are saved up, as timers are coarse. */
function startAllowance(bytesPerSecond: number): (bytes: number) => number {
  let paidUntilMs = performance.now();
  return (bytes) => {
    const nowMs = performance.now();
    paidUntilMs = Math.max(paidUntilMs, nowMs - savedMs) + (bytes * 1000) / bytesPerSecond;
    const waitMs = paidUntilMs - nowMs;
    return waitMs < shortestWaitMs ? 0 : waitMs;
  };
}

const savedMs = 10;
const shortestWaitMs = 4;
