import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeDatabase, configureDatabase, Prisma, prisma, transaction } from '#lib/db/client.ts';
import { checkReadiness } from '#lib/db/readiness.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase(database);
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

test('a process has one client, whoever asks', () => {
  expect(prisma()).toBe(prisma());
});

test('a process has one database', () => {
  expect(() => configureDatabase({ url: 'postgresql://other/db' })).toThrow('A client of another database');
  configureDatabase(database);
});

test('a transaction that fails leaves nothing', async () => {
  const failing = transaction(async (tx) => {
    await tx.workspace.create({ data: { name: 'half' } });
    throw new Error('no further');
  });
  await expect(failing).rejects.toThrow('no further');
  expect(await prisma().workspace.count({ where: { name: 'half' } })).toBe(0);
});

test('of two transactions that wait for each other, both get through', async () => {
  const { id: a } = await prisma().workspace.create({ data: { name: 'a' } });
  const { id: b } = await prisma().workspace.create({ data: { name: 'b' } });
  const holds = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const cross = (first: string, second: string, mine: 0 | 1) =>
    transaction(async (tx) => {
      await tx.$queryRaw(Prisma.sql`SELECT FROM workspace WHERE id = ${first}::uuid FOR UPDATE`);
      holds[mine].resolve();
      await Promise.all(holds.map(({ promise }) => promise));
      await tx.$executeRaw(
        Prisma.sql`UPDATE workspace SET build_number = build_number + 1 WHERE id = ${second}::uuid`,
      );
    });
  await Promise.all([cross(a, b, 0), cross(b, a, 1)]);
  const rows = await prisma().workspace.findMany({ where: { id: { in: [a, b] } } });
  expect(rows.map(({ buildNumber }) => buildNumber)).toEqual([1, 1]);
});

test('it is ready when a worker was seen lately, and not before', async () => {
  expect(await checkReadiness()).toEqual({ database: true, migrations: true, worker: false });
  const row = { hostname: 'h', pid: 1, slots: 1, diskUsedPercent: 0 };
  const stale = new Date(Date.now() - 60_000);
  await prisma().worker.create({ data: { id: crypto.randomUUID(), ...row, seenAt: stale } });
  expect((await checkReadiness()).worker).toBe(false);
  await prisma().worker.create({ data: { id: crypto.randomUUID(), ...row } });
  expect(await checkReadiness()).toEqual({ database: true, migrations: true, worker: true });
});
