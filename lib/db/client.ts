import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { readSettings } from '#lib/config/load-settings.ts';
import { Prisma, PrismaClient } from './generated/client.ts';

export type { PrismaClient };
export { Prisma };

/** What runs inside `transaction`: the same queries, one snapshot of them kept or lost together. */
export type Transaction = Prisma.TransactionClient;

/**
 * Says which database this process talks to. Entry points call it once, before the first query; a process that
 * does not call it uses `DATABASE_URL`, which `slipway start` sets for the processes that it starts.
 *
 * @throws Error when another database is in use already: one process, one database.
 */
export function configureDatabase(options: { readonly url: string }): void {
  const { url, client } = connection;
  if (client !== undefined && url !== options.url) throw new Error('A client of another database is open');
  connection.url = options.url;
}

/** The address of this process's database, for what needs a connection of its own (`listen`). */
export function databaseUrl(): string {
  const url = connection.url ?? readSettings().databaseUrl;
  if (url === undefined) throw new Error('Neither configureDatabase nor DATABASE_URL names a database');
  return url;
}

/** The process's one client, over a bounded pool. Connects at the first query. For `data.ts` and `mutations.ts`. */
export function prisma(): PrismaClient {
  connection.client ??= open();
  return connection.client;
}

/** Ends the pool after the queries under way. A later `prisma()` opens a new one. */
export async function closeDatabase(): Promise<void> {
  const client = connection.client;
  delete connection.client;
  await client?.$disconnect();
}

/**
 * Runs `work` in one transaction at READ COMMITTED, where a row lock (`SELECT … FOR UPDATE`) is what keeps
 * writers apart. `work` runs again when Postgres broke a deadlock or a serialization conflict by ending it, so it
 * must touch nothing but the database.
 */
export async function transaction<T>(
  work: (tx: Transaction) => Promise<T>,
  options: { readonly timeoutMs?: number } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await prisma().$transaction(work, {
        maxWait: poolWaitMs,
        timeout: options.timeoutMs ?? transactionMs,
      });
    } catch (error) {
      if (attempt >= attemptsMax || !isConflict(error)) throw error;
    }
  }
}

/** Connections a process may hold: web and worker together stay far below the usual limit of 100 a server. */
const poolMax = 10;
/** How long a query waits for a free connection or for a server that is just starting again. */
const poolWaitMs = 10_000;
/** Longest a transaction may hold its locks. */
const transactionMs = 15_000;
/**
 * How long an answer may take. A server that lost its power, or a network that was cut, says nothing at all: without a
 * bound such a connection would be waited on for ever. Above what one waits for the lock of another transaction.
 */
const answerMs = 20_000;
/** A conflict that comes back this often is no accident. */
const attemptsMax = 4;

interface Connection {
  url?: string;
  client?: PrismaClient;
}

// Next loads this file once for each of its bundles; the process still has to have one pool.
const key = Symbol.for('slipway.database');
const holder = globalThis as { [key]?: Connection };
holder[key] ??= {};
const connection: Connection = holder[key];

function open(): PrismaClient {
  const url = databaseUrl();
  const pool = new pg.Pool({
    connectionString: url,
    max: poolMax,
    connectionTimeoutMillis: poolWaitMs,
    query_timeout: answerMs,
    keepAlive: true,
    idleTimeoutMillis: 30_000,
    application_name: 'slipway',
  });
  // A connection that breaks while idle is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {});
  return new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: true }) });
}

/** P2034 is Prisma's code for a write conflict or a deadlock; raw queries carry Postgres' own 40001 and 40P01. */
function isConflict(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  if (error.code === 'P2034') return true;
  return error.code === 'P2010' && /40001|40P01/.test(JSON.stringify(error.meta ?? {}));
}
