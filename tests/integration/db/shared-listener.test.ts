import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { sharedListener } from '#lib/db/shared-listener.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ isEmpty: true });
  configureDatabase({ url: database.url });
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const { signal } = new AbortController();
const say = (channel: string, payload: string) =>
  prisma().$queryRaw`SELECT pg_notify(${channel}, ${payload})::text AS said`;

/** Process ids of the connections that listen. */
async function listening(): Promise<number[]> {
  const rows = await prisma().$queryRaw<{ pid: number }[]>`
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`;
  return rows.map(({ pid }) => pid);
}

function hearer(channel: string) {
  const heard: string[] = [];
  let gaps = 0;
  return {
    heard,
    gaps: () => gaps,
    channel,
    hear: (payload: string) => void heard.push(payload),
    catchUp: () => {
      gaps += 1;
    },
  };
}

test('all that is followed comes over one connection, to whom it concerns, and there is none without followers', async () => {
  const builds = hearer('builds');
  const checks = hearer('checks');
  const leaving = [
    await sharedListener.enter(builds, signal),
    await sharedListener.enter(builds, signal),
    await sharedListener.enter(checks, signal),
  ];
  const [pid, ...others] = await listening();
  expect(others).toEqual([]);
  await say('builds', '1');
  await say('checks', '2');
  await expect.poll(() => checks.heard).toEqual(['2']);
  expect(builds.heard).toEqual(['1']);
  leaving.shift()?.();
  await say('builds', '3');
  await expect.poll(() => builds.heard).toEqual(['1', '3']);
  leaving.shift()?.();
  await say('builds', '4');
  await say('checks', '5');
  await expect.poll(() => checks.heard).toEqual(['2', '5']);
  expect(builds.heard).toEqual(['1', '3']);
  expect(await listening()).toEqual([pid]);
  leaving.shift()?.();
  await expect.poll(listening).toEqual([]);
});

test('a break is told to everybody, and all channels are heard again', async () => {
  const followed = [hearer('builds'), hearer('checks')];
  for (const one of followed) onTestFinished(await sharedListener.enter(one, signal));
  await prisma().$queryRaw`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'LISTEN%'`;
  for (const one of followed) {
    await expect.poll(one.gaps).toBe(1);
    await say(one.channel, 'again');
    await expect.poll(() => one.heard).toEqual(['again']);
  }
});

test('whoever has left before it listens leaves nothing behind', async () => {
  const left = new AbortController();
  const entering = sharedListener.enter(hearer('builds'), left.signal);
  left.abort(new Error('left'));
  await expect(entering).rejects.toThrow('left');
  await expect.poll(listening).toEqual([]);
});
