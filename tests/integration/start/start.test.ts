import { constants } from 'node:fs';
import { copyFile, readFile, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase } from '#tests/support/postgres.ts';
import {
  makeDataFolder,
  prepareSlipway,
  type RunningSlipway,
  startSlipway,
  until,
} from '#tests/support/slipway.ts';

/** Next's name for what it built. */
const buildId = path.resolve(import.meta.dirname, '../../../.next/BUILD_ID');

let folder: Awaited<ReturnType<typeof makeDataFolder>>;
let running: RunningSlipway | undefined;
beforeAll(prepareSlipway);
beforeEach(async () => {
  folder = await makeDataFolder();
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await folder.remove();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<RunningSlipway> {
  running = await startSlipway({ dataFolder: folder.path, env });
  return running;
}

/** What watched over Postgres ends a moment after it. */
const untilGone = (slipway: RunningSlipway) =>
  until(async () => (await slipway.family()).length === 0, { what: 'the end of all of it' });

test('a fresh start prints one address and the set-up code, and closes its folder to others', async () => {
  const { url, output } = await start();
  expect(output().match(/https?:\/\/\S+/g)).toEqual([url.replace('127.0.0.1', 'localhost')]);
  expect(output()).toMatch(/set-up code: [A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}$/m);
  expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
  expect(await (await fetch(`${url}/api/health`)).json()).toEqual({ status: 'ok' });
  expect(await (await fetch(`${url}/api/ready`)).json()).toEqual({
    status: 'ready',
    database: true,
    migrations: true,
    worker: true,
  });
});

test('a second start makes nothing anew', async () => {
  await (await start()).stop();
  const madeAt = () =>
    Promise.all(
      [buildId, ...['keys', 'postgres/PG_VERSION'].map((name) => path.join(folder.path, name))].map(
        async (file) => (await stat(file)).mtimeMs,
      ),
    );
  const before = await madeAt();
  await start();
  expect(await madeAt()).toEqual(before);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s stops all of it with exit code 0', async (signal) => {
  const slipway = await start();
  expect((await slipway.family()).length).toBeGreaterThan(3);
  expect(await slipway.stop(signal)).toBe(0);
  await untilGone(slipway);
  await expect(fetch(slipway.url)).rejects.toThrow();
});

test('with DATABASE_URL it uses that server and starts none', async () => {
  const database = await createTestDatabase({ isEmpty: true });
  const slipway = await start({ DATABASE_URL: database.url });
  await expect(slipway.find('postgres')).rejects.toThrow('There is no postgres process');
  const client = new pg.Client(database.url);
  await client.connect();
  expect((await client.query('SELECT count(*)::int AS n FROM worker')).rows).toEqual([{ n: 1 }]);
  await client.end();
  await slipway.stop();
  await database.drop();
});

test('the web process is given nothing that opens a secret', async () => {
  const keyCommand = `cat ${path.join(folder.path, 'keys')}`;
  // The first start makes the key file; the second reads it through a command.
  await (await start()).stop();
  const slipway = await start({ SLIPWAY_KEY_COMMAND: keyCommand });
  const environOf = async (what: 'web' | 'worker') =>
    (await readFile(`/proc/${await slipway.find(what)}/environ`, 'utf8')).split('\0');
  expect((await environOf('web')).filter((entry) => entry.startsWith('SLIPWAY_KEY'))).toEqual([]);
  expect(await environOf('worker')).toContain(`SLIPWAY_KEY_COMMAND=${keyCommand}`);
});

describe('under npm start', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)('%s to npm ends all of it', async (signal) => {
    running = await startSlipway({ dataFolder: folder.path, isUnderNpm: true });
    const slipway = running;
    process.kill(slipway.pid, signal);
    await untilGone(slipway);
  });
});

describe('under a Node that is not the one of the lockfile', () => {
  const other = () => path.join(path.dirname(folder.path), 'node');
  const startUnderOther = async () => {
    await copyFile(process.execPath, other(), constants.COPYFILE_FICLONE);
    running = await startSlipway({ dataFolder: folder.path, node: other() });
    return running;
  };

  test('it hands over to that one, and stops with it', async () => {
    const slipway = await startUnderOther();
    const supervisor = await slipway.find('supervisor');
    expect(supervisor).not.toBe(slipway.pid);
    expect(await readlink(`/proc/${supervisor}/exe`)).toContain('node_modules/node-linux-');
    expect(await slipway.stop()).toBe(0);
    await untilGone(slipway);
  });

  test('kill -9 of the launcher ends all of it, cleanly', async () => {
    const slipway = await startUnderOther();
    process.kill(slipway.pid, 'SIGKILL');
    await untilGone(slipway);
  });
});

describe('every answer', () => {
  test('keeps a page to itself', async () => {
    const { url } = await start();
    const { headers } = await fetch(`${url}/nothing-here`);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toMatch(/script-src 'self' 'nonce-[A-Za-z0-9+/=]{20,}' 'strict-dynamic'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  test('runs its own scripts alone: each carries the nonce of its answer, which no other answer has', async () => {
    const { url } = await start();
    const nonces = new Set<string>();
    for (let round = 0; round < 2; round += 1) {
      const response = await fetch(`${url}/set-up`);
      const html = await response.text();
      const nonce = /'nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1] ?? '';
      const scripts = html.match(/<script\b[^>]*>/g) ?? [];
      expect(scripts.length).toBeGreaterThan(0);
      for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`);
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(2);
  });

  test('asks browsers to stay with https where that is the address', async () => {
    const { url } = await start({ SLIPWAY_URL: 'https://slipway.example.com' });
    const { headers } = await fetch(`${url}/set-up`);
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d+$/);
    expect(headers.get('content-security-policy')).toContain('upgrade-insecure-requests');
  });
});
