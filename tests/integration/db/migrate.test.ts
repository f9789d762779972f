import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  applyMigrations,
  countPendingMigrations,
  expectMigrated,
  migrationsFolder,
  readMigrations,
} from '#lib/db/migrate.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';

const root = path.resolve(import.meta.dirname, '../../..');

let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await createTestDatabase({ isEmpty: true });
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-migrations-'));
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

test('an empty database gets every migration, in order, once', async () => {
  const names = (await readMigrations(migrationsFolder)).map(({ name }) => name);
  expect(await countPendingMigrations(database)).toBe(names.length);
  expect(await applyMigrations(database)).toEqual(names);
  expect(await applyMigrations(database)).toEqual([]);
  expect(await countPendingMigrations(database)).toBe(0);
});

test('of several that start at once, one works and the others find the work done', async () => {
  const applied = await Promise.all(Array.from({ length: 5 }, () => applyMigrations(database)));
  const names = (await readMigrations(migrationsFolder)).map(({ name }) => name);
  expect(applied.flat()).toEqual(names);
});

test("Prisma's own books agree", async () => {
  await applyMigrations(database);
  const { stdout } = await promisify(execFile)('prisma', ['migrate', 'status'], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: database.url },
  });
  expect(stdout).toContain('Database schema is up to date!');
});

test('a start that is killed in the middle of a migration leaves nothing, and the next one goes on', async () => {
  await write('1_good', 'CREATE TABLE good (id int);');
  await write('2_slow', 'CREATE TABLE half (id int); SELECT pg_sleep(60); CREATE TABLE whole (id int);');
  const killed = applyMigrations({ ...database, folder }).catch((error: Error) => error);
  await expect.poll(() => endBackends('%pg_sleep%')).toBe(1);
  expect(String(await killed)).toContain('2_slow was interrupted');
  await rm(path.join(folder, '2_slow'), { recursive: true });
  await write('2_slow', 'CREATE TABLE half (id int); CREATE TABLE whole (id int);');
  expect(await applyMigrations({ ...database, folder })).toEqual(['2_slow']);
  expect(await tables()).toEqual(['_prisma_migrations', 'good', 'half', 'whole']);
});

describe('a process that does not migrate itself', () => {
  test('goes on with a database that has every migration', async () => {
    await applyMigrations(database);
    await expect(expectMigrated(database)).resolves.toBeUndefined();
  });

  test('says in one line that it was never migrated, or is behind', async () => {
    await expect(expectMigrated(database)).rejects.toMatchObject({
      name: 'MigrationError',
      advice: { what: 'The database is not up to date' },
    });
    await write('1_good', 'CREATE TABLE good (id int);');
    await applyMigrations({ ...database, folder });
    await write('2_better', 'CREATE TABLE better (id int);');
    await expect(expectMigrated({ ...database, folder })).rejects.toThrow('The database is not up to date');
  });
});

describe('what does not fit together stops the start', () => {
  test('a migration that fails: nothing of it stays, it is named, and the next start says so again', async () => {
    await write('1_good', 'CREATE TABLE good (id int);');
    await write('2_bad', 'CREATE TABLE half (id int); SELECT nonsense;');
    await expect(applyMigrations({ ...database, folder })).rejects.toMatchObject({
      name: 'MigrationError',
      advice: { what: 'The migration 2_bad failed', why: 'column "nonsense" does not exist.' },
    });
    expect(await tables()).toEqual(['_prisma_migrations', 'good']);
    await expect(applyMigrations({ ...database, folder })).rejects.toThrow('2_bad did not end');
  });

  test('a file edited after it was applied', async () => {
    await write('1_good', 'CREATE TABLE good (id int);');
    await applyMigrations({ ...database, folder });
    await appendFile(path.join(folder, '1_good', 'migration.sql'), '-- better');
    await expect(applyMigrations({ ...database, folder })).rejects.toThrow('1_good was edited');
  });

  test('a database that a newer program has migrated', async () => {
    await cp(migrationsFolder, folder, { recursive: true });
    await write('99991231235959_future', 'CREATE TABLE future (id int);');
    await applyMigrations({ ...database, folder });
    await expect(applyMigrations(database)).rejects.toThrow('The database is newer than this program');
    await expect(countPendingMigrations(database)).rejects.toThrow('99991231235959_future');
  });
});

describe('a database that does not let us in is explained in one line, without its password', () => {
  const wrong = (change: (url: URL) => void) => {
    const url = new URL(database.url);
    change(url);
    return { url: url.href };
  };

  test.each<[string, (url: URL) => void, RegExp]>([
    ['nothing listens', (url) => (url.port = '1'), /does not answer: 127\.0\.0\.1:1: nothing listens there/],
    [
      'a wrong password',
      (url) => (url.password = 'hunter2'),
      /refused the password: .* for the user slipway/,
    ],
    [
      'a missing database',
      (url) => (url.pathname = '/nowhere'),
      /does not exist: .* no database named nowhere/,
    ],
    ['a host that nobody knows', (url) => (url.hostname = 'db.invalid'), /cannot be found: .*db\.invalid/],
  ])('%s', async (_name, change, message) => {
    const error = await applyMigrations(wrong(change)).catch((caught: Error) => caught);
    expect(error).toMatchObject({ name: 'DatabaseUnreachableError', kind: 'setup' });
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain('hunter2');
  });
});

async function write(name: string, sql: string): Promise<void> {
  await mkdir(path.join(folder, name));
  await writeFile(path.join(folder, name, 'migration.sql'), sql);
}

/** Ends connections of this database as the death of their client or of their server would. */
async function endBackends(query: string): Promise<number | null> {
  const client = new pg.Client(database.url);
  await client.connect();
  const { rowCount } = await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE $1`,
    [query],
  );
  await client.end();
  return rowCount;
}

async function tables(): Promise<readonly string[]> {
  const client = new pg.Client(database.url);
  await client.connect();
  const { rows } = await client.query(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
  );
  await client.end();
  return rows.map(({ tablename }) => tablename);
}
