import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { toolEnvironment } from '#lib/config/environment.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { choosePostgresAccount, type PostgresAccount, runAs } from './postgres-account.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { type Cluster, clusterUrl, openCluster } from './postgres-cluster.ts';
import { clearOrphans } from './postgres-orphan.ts';

export interface EmbeddedPostgres {
  /** Where `slipway`, which owns the database and is no superuser, connects. Holds its password. */
  readonly url: string;
  /** Where the superuser connects. Nothing but set-up and tests has business there. */
  readonly adminUrl: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Ends it with a fast shutdown: open transactions are rolled back, a checkpoint is written. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL server that npm installed, on 127.0.0.1 alone, with its files in `dataFolder/postgres`.
 * Recovers from whatever was killed before. The server ends by itself, cleanly, when this process is gone.
 * Whoever calls holds the data folder's lock.
 *
 * @param options.port the port of an earlier start, for clients that know it; a free one when absent
 * @param options.onOutput takes the server's messages
 * @param options.settings server settings beside our own; tests trade durability for speed here, nothing else does
 * @throws EmbeddedPostgresError when it does not answer in the end.
 */
export async function startEmbeddedPostgres(options: {
  readonly dataFolder: string;
  readonly port?: number;
  readonly onOutput?: (chunk: Uint8Array) => void;
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}): Promise<EmbeddedPostgres> {
  const dataFolder = path.resolve(options.dataFolder);
  const binaries = findPostgresBinaries();
  const account = await choosePostgresAccount({
    paths: [binaries.postgres, dataFolder],
    ...signalOf(options),
  });
  const cluster = await openCluster({ dataFolder, binaries, account, ...signalOf(options) });
  await clearOrphans({ cluster: cluster.folder, ...signalOf(options) });
  const port = options.port ?? (await findFreePort());
  const child = launch({
    account,
    postgres: binaries.postgres,
    cluster,
    port,
    settings: { ...ownSettings, ...options.settings },
  });
  child.stdout?.on('data', options.onOutput ?? (() => {}));
  child.stderr?.on('data', options.onOutput ?? (() => {}));
  const server = new Server(child, cluster, port);
  try {
    await server.prepare(options.signal);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

const signalOf = ({ signal }: { readonly signal?: AbortSignal }) => (signal === undefined ? {} : { signal });

/** Durability is Postgres' default; it is written down because an acknowledged write must never be lost. */
const ownSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  password_encryption: 'scram-sha-256',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_line_prefix: '%m [%p] ',
  // A client that vanished mid-transaction must not hold its row locks for ever.
  idle_in_transaction_session_timeout: '60s',
  client_connection_check_interval: '10s',
};

/** Crash recovery replays the log first, which takes a while after much writing on a slow disk. */
const readyMs = 300_000;
/** A fast shutdown that takes longer is ended the hard way; the log replays at the next start. */
const stopMs = 60_000;
const pollMs = 25;

/**
 * Ends Postgres when fd 3 closes, which it does when the process that opened it is gone, even by kill -9. The watcher
 * is detached from the server (two forks), which wants to know all of its children.
 */
const watched = '( (read -r _ <&3; kill -INT $$) >/dev/null 2>&1 & ); exec "$@" 3<&-';

function launch(options: {
  readonly account: PostgresAccount;
  readonly postgres: string;
  readonly cluster: Cluster;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
}): ChildProcess {
  const settings = Object.entries(options.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const place = ['-D', options.cluster.folder, '-p', String(options.port)];
  const { program, args } = runAs(options.account, options.postgres, [...place, ...settings]);
  return spawn('sh', ['-c', watched, 'sh', program, ...args], {
    cwd: options.cluster.folder,
    // A session of its own: Ctrl-C in the terminal is for the supervisor, which stops things in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: toolEnvironment(),
  });
}

class Server implements EmbeddedPostgres {
  readonly url: string;
  readonly adminUrl: string;
  readonly port: number;
  readonly pid: number;
  readonly ended: EmbeddedPostgres['ended'];
  readonly #child: ChildProcess;
  readonly #cluster: Cluster;

  constructor(child: ChildProcess, cluster: Cluster, port: number) {
    this.#child = child;
    this.#cluster = cluster;
    this.port = port;
    this.pid = child.pid ?? 0;
    const { passwords } = cluster;
    this.url = clusterUrl({ role: 'slipway', port, passwords });
    this.adminUrl = clusterUrl({ role: 'postgres', port, passwords });
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', () => resolve({ code: null, signal: null }));
    });
    // Lets the watcher go with the server: its process id may soon be somebody else's.
    void this.ended.then(() => child.stdio[3]?.destroy());
    child.stdio[3]?.on('error', () => {});
  }

  /** Waits until it answers, then makes role and database where they are absent. */
  async prepare(signal?: AbortSignal): Promise<void> {
    const admin = await this.#connect(signal);
    try {
      const { rows: roles } = await admin.query("SELECT FROM pg_roles WHERE rolname = 'slipway'");
      const password = pg.escapeLiteral(this.#cluster.passwords.slipway);
      if (roles.length === 0) await admin.query(`CREATE ROLE slipway LOGIN PASSWORD ${password}`);
      const { rows: databases } = await admin.query("SELECT FROM pg_database WHERE datname = 'slipway'");
      if (databases.length === 0) await admin.query('CREATE DATABASE slipway OWNER slipway');
    } finally {
      await admin.end();
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.pid === 0) return;
    this.#child.kill('SIGINT');
    const timer = setTimeout(() => this.#child.kill('SIGQUIT'), stopMs);
    await this.ended;
    clearTimeout(timer);
  }

  async #connect(signal?: AbortSignal): Promise<pg.Client> {
    const deadline = Date.now() + readyMs;
    let hasEnded = false;
    void this.ended.then(() => {
      hasEnded = true;
    });
    for (;;) {
      signal?.throwIfAborted();
      const client = new pg.Client({ connectionString: this.adminUrl, connectionTimeoutMillis: 5_000 });
      client.on('error', () => {});
      try {
        await client.connect();
        return client;
      } catch (error) {
        await client.end().catch(() => {});
        if (hasEnded || Date.now() > deadline) throw silent(error);
      }
      await wait(pollMs, undefined, signal === undefined ? {} : { signal });
    }
  }
}

function silent(cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    {
      what: 'The embedded Postgres did not start',
      why: 'It ended or did not answer; its own words are at the end of logs/postgres.log in the data folder.',
      next: 'Correct what the log names, then start again.',
    },
    cause,
  );
}

/** Below the numbers that systems give to whoever asks for any (ip_local_port_range), so that nobody gets it before Postgres has it. */
const [portMin, portEnd] = [20_000, 32_000];

async function findFreePort(): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = randomInt(portMin, portEnd);
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
      await once(server.close(), 'close');
      return port;
    } catch (error) {
      if (tries === portTriesMax) throw error;
    }
  }
}

const portTriesMax = 100;
