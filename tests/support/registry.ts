import type { ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess, runProgram, spawnBound } from './bound-process.ts';
import { startTokenServer, type TokenServer } from './token-server.ts';

export interface RegistryOptions {
  readonly auth: 'none' | 'htpasswd' | 'token';
  /** The one account; made up when absent. */
  readonly username?: string;
  readonly password?: string;
  /** Token registries only: repositories that anybody may pull from. */
  readonly publicRepositories?: readonly string[];
  /** Token registries only: how long a token is worth anything. 300 when absent. */
  readonly tokenSeconds?: number;
}

export interface TestRegistry {
  /** `127.0.0.1:PORT`, as in a reference. */
  readonly host: string;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Empty when `auth` is `none`. */
  readonly username: string;
  readonly password: string;
  /** Where its blobs lie, for tests that damage them. */
  readonly storageFolder: string;
  /** With `auth: 'token'`. */
  readonly tokenServer: TokenServer | undefined;
  /** The Authorization header with which its owner pushes and deletes; undefined when none is needed. */
  authorize(repository: string): string | undefined;
  /** Ends it and removes its storage. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Debian's `docker-registry` (distribution 2.8) on a loopback port of its own, with empty storage. */
export async function startRegistry(options: RegistryOptions): Promise<TestRegistry> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-registry-'));
  const username = options.auth === 'none' ? '' : (options.username ?? 'ines');
  const password = options.auth === 'none' ? '' : (options.password ?? randomBytes(16).toString('base64url'));
  const tokenServer =
    options.auth === 'token'
      ? await startTokenServer({
          folder,
          accounts: new Map([[username, password]]),
          publicRepositories: options.publicRepositories ?? [],
          tokenSeconds: options.tokenSeconds ?? 300,
        })
      : undefined;
  const auth = await authSection({ options, folder, username, password, tokenServer });
  const { child, host } = await serve({ folder, auth });

  const stop = async () => {
    await endProcess(child);
    await tokenServer?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return {
    host,
    url: `http://${host}`,
    username,
    password,
    storageFolder: path.join(folder, 'storage'),
    tokenServer,
    authorize: (repository) => {
      if (tokenServer !== undefined) return `Bearer ${tokenServer.mint({ username, repository })}`;
      if (username === '') return undefined;
      return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * A loopback port that was free a moment ago. Systems give such numbers to nobody by themselves (ip_local_port_range), so that what is
 * killed in a test and comes back at its old address finds no server of another test there.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + randomInt(portsOfEach);
    if (given.has(port)) continue;
    given.add(port);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** Files that run at once choose from shares of their own, so that what one of them chose and has not bound yet is no other's choice. */
const portsOfEach = 1_000;
const firstPort = 12_000 + portsOfEach * (Number(process.env.VITEST_POOL_ID ?? 0) % 8);
const given = new Set<number>();

/** https://distribution.github.io/distribution/about/configuration/#auth (2.8) */
async function authSection(options: {
  readonly options: RegistryOptions;
  readonly folder: string;
  readonly username: string;
  readonly password: string;
  readonly tokenServer: TokenServer | undefined;
}): Promise<object> {
  const { folder, username, password, tokenServer } = options;
  if (options.options.auth === 'none') return {};
  if (tokenServer !== undefined) return { auth: { token: tokenServer.registrySection } };
  const file = path.join(folder, 'htpasswd');
  // Cost 5 keeps the bcrypt check of every request short.
  await writeFile(file, await runProgram('htpasswd', ['-niB', '-C', '5', username], { input: password }));
  return { auth: { htpasswd: { realm: 'Slipway tests', path: file } } };
}

async function serve(options: { readonly folder: string; readonly auth: object }) {
  for (let attempt = 1; ; attempt += 1) {
    const host = `127.0.0.1:${await freePort()}`;
    const mark = randomBytes(8).toString('hex');
    const config = path.join(options.folder, 'config.yml');
    // YAML reads JSON.
    await writeFile(
      config,
      JSON.stringify({
        version: 0.1,
        log: { level: 'error', accesslog: { disabled: true } },
        storage: {
          filesystem: { rootdirectory: path.join(options.folder, 'storage') },
          delete: { enabled: true },
          maintenance: { uploadpurging: { enabled: false } },
        },
        http: { addr: host, relativeurls: true, headers: { 'X-Slipway-Mark': [mark] } },
        ...options.auth,
      }),
    );
    const log = path.join(options.folder, 'registry.log');
    const output = await open(log, 'w');
    const child = spawnBound('docker-registry', ['serve', config], {
      stdio: ['ignore', output.fd, output.fd],
      env: { PATH: process.env.PATH, NODE_ENV: 'test' },
    });
    await output.close();
    if (await isServing({ child, host, mark })) return { child, host };
    await endProcess(child);
    if (attempt === 5) throw new Error(`docker-registry does not start: ${await readFile(log, 'utf8')}`);
  }
}

/** False when it ended, for instance because another program took the port first: the mark tells the two apart. */
async function isServing(options: {
  readonly child: ChildProcess;
  readonly host: string;
  readonly mark: string;
}): Promise<boolean> {
  const { child, host, mark } = options;
  const until = Date.now() + 20_000;
  while (Date.now() < until && child.exitCode === null) {
    const response = await fetch(`http://${host}/v2/`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.headers.get('x-slipway-mark') === mark) return true;
    await delay(50);
  }
  return false;
}
