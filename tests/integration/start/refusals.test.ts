import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { applyMigrations } from '#lib/db/migrate.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { freePort } from '#tests/support/registry.ts';
import { makeDataFolder, prepareSlipway, runSlipway, startSlipway } from '#tests/support/slipway.ts';

let folder: Awaited<ReturnType<typeof makeDataFolder>>;
let database: TestDatabase;
let port: number;
beforeAll(prepareSlipway);
beforeEach(async () => {
  folder = await makeDataFolder();
  database = await createTestDatabase({ isEmpty: true });
  port = await freePort();
});
afterEach(async () => {
  await database.drop();
  await folder.remove();
});

/** One line on standard error, an exit code, and no trace of our own code in it. */
async function expectRefusal(env: Readonly<Record<string, string>>, message: string | RegExp): Promise<void> {
  const { code, stderr } = await runSlipway(['start'], {
    PORT: String(port),
    SLIPWAY_DATA: folder.path,
    ...env,
  });
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^slipway: [^\n]+\n$/);
  expect(stderr).not.toMatch(/\.ts:|node:internal/);
  expect(code).toBeGreaterThan(0);
}

const changed = (change: (url: URL) => void) => {
  const url = new URL(database.url);
  change(url);
  return { DATABASE_URL: url.href };
};

test('a taken port', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await expectRefusal({}, `Port ${port} is taken`);
  await new Promise((resolve) => server.close(resolve));
});

test('an address of another machine', () =>
  expectRefusal({ HOST: '192.0.2.1' }, 'This machine has no such address'));

test('a database that nobody serves', () =>
  expectRefusal(
    changed((url) => (url.port = '1')),
    /The database does not answer\. 127\.0\.0\.1:1: nothing listens/,
  ));

test('a database that takes connections and says nothing', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  const { port: silentPort } = await new Promise<{ port: number }>((resolve) =>
    silent.once('listening', () => resolve(silent.address() as { port: number })),
  );
  await expectRefusal(
    changed((url) => (url.port = String(silentPort))),
    'no answer within 8 seconds',
  );
  silent.close();
});

test('a wrong password, which is not repeated', async () => {
  await expectRefusal(
    changed((url) => (url.password = 'hunter2')),
    /^(?!.*hunter2).*The database refused the password/,
  );
});

test('a database that does not exist', () =>
  expectRefusal(
    changed((url) => (url.pathname = '/nowhere')),
    'has no database named nowhere',
  ));

test('a database of a newer version', async () => {
  const migrations = `${folder.path}-migrations`;
  await mkdir(path.join(migrations, '9_future'), { recursive: true });
  await writeFile(path.join(migrations, '9_future', 'migration.sql'), 'CREATE TABLE future (id int)');
  await applyMigrations({ ...database, folder: migrations });
  await expectRefusal(
    { DATABASE_URL: database.url },
    'The database is newer than this program. It holds the migration 9_future',
  );
});

test('a data folder where folders cannot be', () =>
  expectRefusal({ SLIPWAY_DATA: '/proc/slipway' }, 'The data folder cannot be written. /proc/slipway'));

test('a data folder that is a file', async () => {
  await writeFile(folder.path, '');
  await expectRefusal({}, `The data folder cannot be written. ${folder.path}`);
});

test('a wrong setting', () => expectRefusal({ PORT: '70000' }, 'PORT is "70000" but must be a port number'));

test('several wrong settings, a line each', async () => {
  const { code, stderr } = await runSlipway(['start'], { PORT: 'x', HOST: 'x', SLIPWAY_DATA: folder.path });
  expect(code).toBe(10);
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(/^slipway: PORT is "x"/),
    expect.stringMatching(/^slipway: HOST is "x"/),
  ]);
});

test('a registries file that is not one', async () => {
  await mkdir(folder.path);
  await writeFile(path.join(folder.path, 'registries.json'), '{"registries": []}');
  await expectRefusal({}, 'registries.json');
});

test('a second start on the same data folder, while the first goes on', async () => {
  const first = await startSlipway({ dataFolder: folder.path });
  await expectRefusal({}, /Slipway is running already\. Process \d+ uses/);
  expect((await fetch(`${first.url}/api/health`)).status).toBe(200);
  await first.stop();
});
