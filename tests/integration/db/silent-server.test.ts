import { createServer, connect as openSocket, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { createTestDatabase } from '#tests/support/postgres.ts';

/** A line to the database on which connections can fall silent: neither end learns that the other is gone. */
async function startLine(url: string) {
  const upstream = new URL(url);
  const { hostname } = upstream;
  const port = Number(upstream.port);
  const sockets = new Set<Socket>();
  const silent = new Set<Socket>();
  const server = createServer((near) => {
    const far = openSocket(port, hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('data', (bytes) => {
        if (!silent.has(from)) to.write(bytes);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  upstream.port = String(typeof address === 'object' ? address?.port : '');
  return {
    url: upstream.href,
    fallSilent: () => sockets.forEach((socket) => void silent.add(socket)),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a server that falls silent is given up after a while, and asked anew', async () => {
  const database = await createTestDatabase();
  const line = await startLine(database.url);
  onTestFinished(async () => {
    await closeDatabase();
    await line.stop();
    await database.drop();
  });
  configureDatabase({ url: line.url });
  expect(await prisma().workspace.count()).toBe(0);
  line.fallSilent();
  await expect(prisma().workspace.count()).rejects.toThrow('timeout');
  expect(await prisma().workspace.count()).toBe(0);
});
