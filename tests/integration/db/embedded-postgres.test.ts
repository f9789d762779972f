import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#lib/db/embedded-postgres.ts';
import { findPostgresBinaries } from '#lib/db/postgres-binaries.ts';
import { findRunningPostgres } from '#lib/db/running-postgres.ts';

let folder: string;
let dataFolder: string;
let running: EmbeddedPostgres[];
beforeEach(async () => {
  // 0700, as a home folder is.
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-embedded-'));
  dataFolder = path.join(folder, 'data');
  await mkdir(dataFolder, { mode: 0o700 });
  running = [];
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of running) await server.stop();
  await rm(folder, { recursive: true });
});

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataFolder });
  running.push(server);
  return server;
}

async function query(url: string, sql: string) {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const count = async (server: EmbeddedPostgres) =>
  (await query(server.url, 'SELECT count(*)::int AS n FROM kept'))[0].n as number;

describe('a fresh data folder', () => {
  test('gets a server on this machine alone, whose product role is no superuser', async () => {
    const server = await start();
    const [role] = await query(
      server.url,
      'SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user',
    );
    expect(role).toEqual({ current_user: 'slipway', rolsuper: false });
    const [address] = await query(server.adminUrl, 'SHOW listen_addresses');
    expect(address.listen_addresses).toBe('127.0.0.1');
    // Systems give such numbers to nobody else by themselves.
    expect(server.port).toBeLessThan(32_768);
    expect(await readdir(dataFolder)).toEqual(['postgres', 'postgres-passwords.json']);
    expect((await stat(path.join(dataFolder, 'postgres-passwords.json'))).mode & 0o777).toBe(0o600);
    expect(await findRunningPostgres({ dataFolder })).toBe(server.url);
  });

  test('keeps what was acknowledged: durability is on', async () => {
    const server = await start();
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      expect(await query(server.url, `SHOW ${setting}`)).toEqual([{ [setting]: 'on' }]);
    }
  });

  test('asks for a password', async () => {
    const url = new URL((await start()).url);
    url.password = 'guess';
    await expect(query(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('is not mistaken for a database when its making was killed', async () => {
    await mkdir(path.join(dataFolder, 'postgres.half-made-1234', 'cluster'), { recursive: true });
    await start();
    expect(await readdir(dataFolder)).toEqual(['postgres', 'postgres-passwords.json']);
  });
});

describe('after kill -9', () => {
  test('of the postmaster: the next start has every row', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT generate_series(1, 1000)');
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    expect(await count(await start())).toBe(1000);
  });

  test('of whoever started it: it ends by itself, cleanly', async () => {
    const child = await startElsewhere();
    await query(child.url, 'CREATE TABLE kept AS SELECT generate_series(1, 1000)');
    process.kill(child.pid, 'SIGKILL');
    await expect.poll(() => readdir(path.join(dataFolder, 'postgres'))).not.toContain('postmaster.pid');
    expect(await count(await start())).toBe(1000);
  });

  test('a start right after it waits for what is still ending', async () => {
    const child = await startElsewhere();
    await query(child.url, 'CREATE TABLE kept AS SELECT generate_series(1, 1000)');
    process.kill(child.pid, 'SIGKILL');
    expect(await count(await start())).toBe(1000);
  });

  test('a postmaster.pid that names a process of somebody else is no obstacle', async () => {
    const first = await start();
    const pidFile = path.join(dataFolder, 'postgres', 'postmaster.pid');
    const lines = (await readFile(pidFile, 'utf8')).split('\n');
    await first.stop();
    await writeFile(pidFile, [String(process.pid), ...lines.slice(1)].join('\n'));
    await start();
  });
});

describe('library links', () => {
  test('that an install script did not make are made', async () => {
    const { root } = findPostgresBinaries();
    const link = path.join(root, 'lib', 'libecpg.so.6');
    await unlink(link);
    findPostgresBinaries();
    expect((await stat(link)).isFile()).toBe(true);
  });
});

describe.runIf(process.getuid?.() === 0)('as root', () => {
  test('where namespaces are forbidden it runs as nobody, and the folder changes hands as needed', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT generate_series(1, 10)');
    await first.stop();
    const programs = path.join(folder, 'bin');
    await mkdir(programs);
    for (const name of ['sh', 'setpriv']) await symlink(await which(name), path.join(programs, name));
    vi.stubEnv('PATH', programs);
    const second = await start();
    expect(await count(second)).toBe(10);
    expect((await stat(path.join(dataFolder, 'postgres', 'PG_VERSION'))).uid).toBeGreaterThan(0);
    await second.stop();
    vi.unstubAllEnvs();
    const third = await start();
    expect(await count(third)).toBe(10);
    expect((await stat(path.join(dataFolder, 'postgres', 'PG_VERSION'))).uid).toBe(0);
  });

  test('where nothing of that is to be had, it says so', async () => {
    vi.stubEnv('PATH', folder);
    await expect(start()).rejects.toThrow('cannot run as root here');
  });
});

/** Starts the server from a process of its own, which can be killed. */
async function startElsewhere(): Promise<{ readonly url: string; readonly pid: number }> {
  const { spawn } = await import('node:child_process');
  const script = `import('#lib/db/embedded-postgres.ts').then(async ({ startEmbeddedPostgres }) => {
    const server = await startEmbeddedPostgres({ dataFolder: ${JSON.stringify(dataFolder)} });
    process.stdout.write(server.url); setInterval(() => {}, 1000); });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = (
    await new Promise<Buffer[]>((resolve) => child.stdout.once('data', (chunk) => resolve([chunk])))
  ).map(String);
  return { url: url ?? '', pid: child.pid ?? 0 };
}

async function which(name: string): Promise<string> {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    if (await stat(file).catch(() => null)) return file;
  }
  throw new Error(`There is no ${name} on this machine`);
}
