import pg from 'pg';
import { DatabaseUnreachableError } from './errors.ts';

/**
 * A connection of its own, for what a pool is wrong for: migrations, LISTEN, looking whether a server is there.
 *
 * @throws DatabaseUnreachableError that says in one line what is wrong: nobody answers, the password, the database's
 *   name, the certificate. It names host, user and database, never the password.
 */
export async function connect(options: {
  readonly url: string;
  readonly signal?: AbortSignal;
}): Promise<pg.Client> {
  options.signal?.throwIfAborted();
  const client = new pg.Client({
    connectionString: options.url,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    application_name: 'slipway',
  });
  // Without a listener a connection that breaks would end the process; the next query reports it.
  client.on('error', () => {});
  const abort = () => void client.end().catch(() => {});
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    await client.connect();
    return client;
  } catch (error) {
    void client.end().catch(() => {});
    options.signal?.throwIfAborted();
    throw explain(options.url, error);
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

/** A server on the same continent answers within a tenth of a second; ten leave room for one that wakes up. */
const connectMs = 8_000;

function explain(url: string, error: unknown): DatabaseUnreachableError {
  const { host, user, database } = partsOf(url);
  const code = codeOf(error);
  const refusals: Readonly<Record<string, readonly [what: string, why: string, next: string]>> = {
    '28P01': [
      'The database refused the password',
      `${host} does not accept the password for the user ${user}.`,
      'Correct DATABASE_URL; characters such as @ : / # in a password are written percent-encoded.',
    ],
    '28000': [
      'The database refused the connection',
      `${host} does not let the user ${user} in from here.`,
      'Correct the user in DATABASE_URL, or allow this machine in pg_hba.conf.',
    ],
    '3D000': [
      'The database does not exist',
      `${host} has no database named ${database}.`,
      `Create it (createdb ${database}) or correct the name in DATABASE_URL.`,
    ],
    '53300': [
      'The database has no connection left',
      `${host} serves as many clients as it is set to.`,
      'Raise max_connections, or end other clients.',
    ],
    ENOTFOUND: [
      'The database cannot be found',
      `No address is known for ${host}.`,
      'Correct the host in DATABASE_URL, or your DNS.',
    ],
  };
  const [what, why, next] = refusals[code] ?? [
    'The database does not answer',
    `${host}: ${reasonOf(error)}.`,
    'Start the server, or correct host and port in DATABASE_URL.',
  ];
  return new DatabaseUnreachableError({ what, why, next }, error);
}

function partsOf(url: string): { readonly host: string; readonly user: string; readonly database: string } {
  const { host, username, pathname } = new URL(url);
  return {
    host: host || 'localhost',
    user: decodeURIComponent(username) || 'of this system',
    database: decodeURIComponent(pathname.slice(1)) || decodeURIComponent(username),
  };
}

/** Several addresses of one host fail as one AggregateError; the first says enough. */
function codeOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return (first as { code?: string } | undefined)?.code ?? '';
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  const text = error instanceof Error ? error.message : String(error);
  if (code === 'ETIMEDOUT' || /timeout/i.test(text)) return `no answer within ${connectMs / 1000} seconds`;
  return text.replace(/\.$/, '');
}
