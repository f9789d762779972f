import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { connect } from './connect.ts';
import { MigrationError } from './errors.ts';

/** Where the migrations of this program lie. */
export const migrationsFolder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

export interface Migration {
  /** The folder's name: a timestamp and what it does. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the script in lower-case hex, as Prisma keeps it. */
  readonly checksum: string;
}

/**
 * Brings the database to this program's schema and tells which migrations that took. Keeps Prisma's own books
 * (`_prisma_migrations`, its advisory lock), so that `prisma migrate status` agrees; needs none of its tools.
 * Several processes may call it at once: one works, the others find the work done.
 *
 * @throws MigrationError when a migration fails or failed earlier, was edited after it was applied, or is unknown to
 *   this program because a newer one applied it.
 */
export async function applyMigrations(options: {
  readonly url: string;
  readonly folder?: string;
  readonly signal?: AbortSignal;
}): Promise<readonly string[]> {
  const migrations = await readMigrations(options.folder ?? migrationsFolder);
  const client = await connect(options);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [prismaLock]);
    await client.query(bookkeeping);
    const pending = comparePending({ migrations, applied: await readApplied(client) });
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** How many migrations of this program the database lacks. Throws as `applyMigrations` does; changes nothing. */
export async function countPendingMigrations(options: {
  readonly url: string;
  readonly folder?: string;
  readonly signal?: AbortSignal;
}): Promise<number> {
  const migrations = await readMigrations(options.folder ?? migrationsFolder);
  const client = await connect(options);
  try {
    const { rows } = await client.query(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS "exists"`);
    const applied = rows[0]?.exists === true ? await readApplied(client) : [];
    return comparePending({ migrations, applied }).length;
  } finally {
    await client.end();
  }
}

/**
 * For a process that leaves migrating to others.
 *
 * @throws MigrationError when the database lacks a migration, and whenever `applyMigrations` would.
 */
export async function expectMigrated(options: {
  readonly url: string;
  readonly folder?: string;
  readonly signal?: AbortSignal;
}): Promise<void> {
  const count = await countPendingMigrations(options);
  if (count > 0) throw tooOld(count);
}

export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** The key under which Prisma's schema engine locks: theirs and ours wait for each other. */
const prismaLock = 72707369;

/** Prisma's table, as its schema engine creates it. */
const bookkeeping = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

async function readApplied(client: pg.Client): Promise<readonly AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  return rows;
}

function comparePending(options: {
  readonly migrations: readonly Migration[];
  readonly applied: readonly AppliedMigration[];
}): readonly Migration[] {
  const known = new Map(options.migrations.map((migration) => [migration.name, migration]));
  for (const { migration_name: name, checksum, finished_at } of options.applied) {
    if (finished_at === null) throw halfApplied(name);
    const migration = known.get(name);
    if (migration === undefined) throw tooNew(name);
    if (migration.checksum !== checksum) throw edited(name);
  }
  const applied = new Set(options.applied.map(({ migration_name }) => migration_name));
  return options.migrations.filter(({ name }) => !applied.has(name));
}

/**
 * Runs a script and enters it into the books, together or not at all: whatever is killed meanwhile, the next start finds
 * either all of it or nothing. So a script cannot hold what Postgres refuses in a transaction.
 */
async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  const id = randomUUID();
  const enter = `INSERT INTO _prisma_migrations (id, checksum, migration_name, logs) VALUES ($1, $2, $3, $4)`;
  try {
    await client.query('BEGIN');
    await client.query(enter, [id, checksum, name, null]);
    await client.query(sql);
    await client.query(
      'UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1',
      [id],
    );
    await client.query('COMMIT');
  } catch (error) {
    // A connection that broke took the transaction with it; of a script that was refused the books tell, as Prisma's do.
    if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') throw interrupted(name, error);
    await client.query('ROLLBACK');
    await client.query(enter, [id, checksum, name, error.message]);
    throw failed(name, error);
  }
}

function failed(name: string, cause: Error): MigrationError {
  const { message } = cause;
  const advice = {
    what: `The migration ${name} failed`,
    why: message.endsWith('.') ? message : `${message}.`,
    next: `Correct the cause, run \`npx prisma migrate resolve --rolled-back ${name}\`, then start again.`,
  };
  return new MigrationError(advice, cause);
}

function interrupted(name: string, cause: unknown): MigrationError {
  const advice = {
    what: `The migration ${name} was interrupted`,
    why: 'The connection to the database broke; nothing of the migration stayed.',
    next: 'Start again; if it breaks again, look at the log of the database server.',
  };
  return new MigrationError(advice, cause);
}

function halfApplied(name: string): MigrationError {
  return new MigrationError({
    what: `The migration ${name} did not end`,
    why: 'An earlier start began it and it failed or was interrupted; the database may hold half of it.',
    next: `Restore a backup, or repair by hand and run \`npx prisma migrate resolve --rolled-back ${name}\`.`,
  });
}

function tooOld(count: number): MigrationError {
  return new MigrationError({
    what: 'The database is not up to date',
    why: `It lacks ${count} ${count === 1 ? 'migration' : 'migrations'} of this version of Slipway.`,
    next: 'Run `slipway migrate` with the same DATABASE_URL, or update and start the dashboard first.',
  });
}

function tooNew(name: string): MigrationError {
  return new MigrationError({
    what: 'The database is newer than this program',
    why: `It holds the migration ${name}, which this version of Slipway does not know.`,
    next: 'Start the newer version, or restore the backup that you made before the update.',
  });
}

function edited(name: string): MigrationError {
  return new MigrationError({
    what: `The migration ${name} was edited after it was applied`,
    why: 'Its text differs from what this database was built with, so its schema is not known for certain.',
    next: 'Put the original file back; a change of the schema is a new migration.',
  });
}
