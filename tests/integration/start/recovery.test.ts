import pg from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findRunningPostgres } from '#lib/db/running-postgres.ts';
import { freePort } from '#tests/support/registry.ts';
import {
  isReady,
  makeDataFolder,
  prepareSlipway,
  type RunningSlipway,
  startSlipway,
  until,
} from '#tests/support/slipway.ts';

let folder: Awaited<ReturnType<typeof makeDataFolder>>;
let running: RunningSlipway | undefined;
beforeAll(prepareSlipway);
beforeEach(async () => {
  folder = await makeDataFolder();
});
afterEach(async () => {
  await running?.stop();
  await folder.remove();
});

async function start(options: { readonly port?: number } = {}): Promise<RunningSlipway> {
  running = await startSlipway({ dataFolder: folder.path, ...options });
  return running;
}

describe('while it runs, what is killed comes back', () => {
  test.each(['web', 'worker', 'postgres'] as const)('%s', async (what) => {
    const slipway = await start();
    const writer = await startWriting();
    await until(() => writer.count() > 0, { what: 'a row' });
    const before = await slipway.find(what);
    process.kill(before, 'SIGKILL');
    await until(async () => (await slipway.find(what).catch(() => before)) !== before, {
      what: `another ${what}`,
    });
    await until(() => isReady(slipway.url), { what: 'all of it', detail: slipway.output });
    const acknowledged = await writer.stop();
    expect(acknowledged.length).toBeGreaterThan(0);
    await expectKept(acknowledged);
    await until(() => slipway.output().includes('is started again'), { what: 'a word of it' });
  });
});

describe('after kill -9', () => {
  test('of the supervisor, the rest ends by itself and the next start goes on', async () => {
    const slipway = await start();
    const writer = await startWriting();
    await until(() => writer.count() > 100, { what: 'a hundred rows' });
    await slipway.kill();
    await until(async () => (await slipway.family()).length === 0, { what: 'the end of the rest' });
    const acknowledged = await writer.stop();
    await start();
    await expectKept(acknowledged);
  });

  test('of all processes at once, the next start goes on and no acknowledged row is missing', async () => {
    const slipway = await start();
    const writer = await startWriting();
    await until(() => writer.count() > 100, { what: 'a hundred rows' });
    for (const pid of await slipway.family()) killIfThere(pid);
    const acknowledged = await writer.stop();
    await start();
    await expectKept(acknowledged);
    expect(acknowledged.length).toBeGreaterThan(100);
  });

  test('of the supervisor, a start right after it, on the same port, needs nobody to clean up', async () => {
    const port = await freePort();
    const slipway = await start({ port });
    await slipway.kill();
    const next = await start({ port });
    expect(await isReady(next.url)).toBe(true);
  });
});

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended with the one before.
  }
}

/** Writes rows one after the other and remembers each that the database said it has; goes on after a break. */
async function startWriting() {
  const acknowledged: number[] = [];
  let isStopping = false;
  await withClient((client) => client.query('CREATE TABLE kept (n int PRIMARY KEY)'));
  const writing = (async () => {
    for (let n = 1; !isStopping; ) {
      await withClient(async (client) => {
        for (; !isStopping; n += 1) {
          await client.query('INSERT INTO kept VALUES ($1)', [n]);
          acknowledged.push(n);
        }
      }).catch(() => {
        n += 1;
      });
    }
  })();
  return {
    count: () => acknowledged.length,
    async stop(): Promise<readonly number[]> {
      isStopping = true;
      await writing;
      return acknowledged;
    },
  };
}

/** A row whose acknowledgement was lost on the way may be there too. */
async function expectKept(acknowledged: readonly number[]): Promise<void> {
  const kept = new Set(await rows());
  expect(acknowledged.filter((n) => !kept.has(n))).toEqual([]);
}

async function rows(): Promise<readonly number[]> {
  return withClient(async (client) => (await client.query('SELECT n FROM kept')).rows.map(({ n }) => n));
}

async function withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const url = await findRunningPostgres({ dataFolder: folder.path });
  if (url === null) throw new Error('Postgres does not run');
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
