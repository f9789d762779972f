import { connect } from '#lib/db/connect.ts';

/**
 * Runs `work` as the only collection of this database. The lock is the database's own and ends with the connection, so
 * a killed collector leaves none behind. It keeps collectors from doing the same work twice; that no needed blob is
 * lost does not rest on it.
 * @param options.isPatient waits for another collection to end; otherwise comes back with `busy`
 * @param work gets a signal that also fires when the lock was lost with its connection
 */
export async function withStoreLock<T>(
  options: { readonly url: string; readonly isPatient: boolean; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | 'busy'> {
  const client = await connect(options);
  const lost = new AbortController();
  const abort = () => void client.end().catch(() => {});
  client.on('end', () => lost.abort(options.signal.aborted ? options.signal.reason : undefined));
  options.signal.addEventListener('abort', abort, { once: true });
  try {
    if (options.isPatient) await client.query('SELECT pg_advisory_lock($1)', [lockKey]);
    else {
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS taken', [lockKey]);
      if (rows[0]?.taken !== true) return 'busy';
    }
    return await work(AbortSignal.any([options.signal, lost.signal]));
  } catch (error) {
    options.signal.throwIfAborted();
    throw error;
  } finally {
    options.signal.removeEventListener('abort', abort);
    await client.end().catch(() => {});
  }
}

/** Any number that no other lock of this database has. Prisma's migrations use another. */
const lockKey = 7_395_021;
