import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;

/**
 * Prisma's adapter for `pg`, made fit for the schema engine: it describes the system catalogue, whose one-byte "char"
 * columns the adapter does not know, and runs whole scripts, which the adapter would cut at every semicolon, those in
 * function bodies included.
 */
export class EngineAdapter implements SqlMigrationAwareDriverAdapterFactory {
  readonly provider = 'postgres';
  readonly adapterName = '@prisma/adapter-pg';
  readonly #url: string;
  readonly #shadowUrl: string | undefined;

  constructor(options: { readonly url: string; readonly shadowUrl?: string | undefined }) {
    this.#url = options.url;
    this.#shadowUrl = options.shadowUrl;
  }

  connect(): Promise<Adapter> {
    return connectTo(this.#url);
  }

  /** An empty database to replay migrations in: the one that was named for it, else one of our own for the while. */
  async connectToShadowDb(): Promise<Adapter> {
    if (this.#shadowUrl !== undefined) return connectTo(this.#shadowUrl);
    const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    await runAlone(this.#url, `CREATE DATABASE "${name}"`);
    const url = new URL(this.#url);
    url.pathname = `/${name}`;
    const adapter = await connectTo(url.href);
    const dispose = adapter.dispose.bind(adapter);
    adapter.dispose = async () => {
      await dispose();
      await runAlone(this.#url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    };
    return adapter;
  }
}

/** What `pg` understands of a Prisma address, whose `schema` and pool settings are Prisma's own. */
export function splitAddress(address: string): { readonly url: string; readonly schema: string | undefined } {
  const url = new URL(address);
  const schema = url.searchParams.get('schema') ?? undefined;
  for (const name of ['schema', 'connection_limit', 'pool_timeout', 'pgbouncer'])
    url.searchParams.delete(name);
  return { url: url.href, schema };
}

/** Runs one statement on a connection of its own. */
export async function runAlone(address: string, sql: string): Promise<void> {
  const client = new pg.Client(splitAddress(address).url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function connectTo(address: string): Promise<Adapter> {
  const { url, schema } = splitAddress(address);
  const pool = new CharMarkingPool({ connectionString: url });
  const factory = new PrismaPg(pool, {
    disposeExternalPool: true,
    ...(schema === undefined ? {} : { schema }),
  });
  const adapter = await factory.connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => unmark(await queryRaw(query));
  adapter.executeScript = async (script) => {
    await pool.query(script);
  };
  return adapter;
}

type RawResult = Awaited<ReturnType<Adapter['queryRaw']>>;

/** Oids of pg_type: "char", and character(n), which the adapter reads as text. */
const charOid = 18;
const characterOid = 1042;
/** `ColumnTypeEnum.Character` of @prisma/driver-adapter-utils. */
const characterColumn = 6;
/** Ends the name of a column that was "char". No name in the catalogue has it. */
const mark = '\u0000char';

/** Lets "char" columns through the adapter as text, marked by name, since the adapter passes nothing else on. */
class CharMarkingPool extends pg.Pool {
  // biome-ignore lint/suspicious/noExplicitAny: pg declares query with a dozen overloads; this one passes all of them on
  override query(...args: any[]): any {
    const answer = (super.query as (...all: unknown[]) => unknown)(...args);
    return Promise.resolve(answer).then((result) => markChars(result as pg.QueryResult));
  }
}

function markChars(result: pg.QueryResult): pg.QueryResult {
  for (const field of result.fields ?? []) {
    if (field.dataTypeID !== charOid) continue;
    field.dataTypeID = characterOid;
    field.name += mark;
  }
  return result;
}

function unmark({ columnNames, columnTypes, rows }: RawResult): RawResult {
  return {
    columnNames: columnNames.map((name) => name.replace(mark, '')),
    columnTypes: columnTypes.map((type, index) =>
      columnNames[index]?.endsWith(mark) ? characterColumn : type,
    ),
    rows,
  };
}
