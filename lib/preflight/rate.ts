import type { Transaction } from '#lib/db/client.ts';
import { TooManyChecksError } from './errors.ts';

/** Typing starts a check at most every 600 ms, and a held result costs nothing: who needs more is a script. */
const checksAMinute = 30;
/** As many as a worker has slots: more of one person would keep others waiting. */
const checksAtOnce = 4;
/** A check ends within some seconds. */
const busyRetrySeconds = 5;

/**
 * Counts one more check of a person, wherever it is asked for. The person's turn is held until the transaction ends, so
 * that no two requests count the same place.
 *
 * @throws TooManyChecksError
 */
export async function takeTurn(tx: Transaction, userId: string): Promise<void> {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`preflight ${userId}`}, 0))::text AS locked`;
  const [row] = await tx.$queryRaw<{ count: number; open: number; freeInSeconds: number | null }[]>`
    SELECT count(*)::int AS count, count(*) FILTER (WHERE ended_at IS NULL)::int AS open,
           ceil(extract(epoch FROM min(created_at) + interval '1 minute' - now()))::int AS "freeInSeconds"
    FROM (
      SELECT created_at, ended_at FROM preflight
      WHERE requested_by = ${userId} AND created_at > now() - interval '1 minute'
      ORDER BY created_at DESC LIMIT ${checksAMinute}::int
    ) AS last`;
  if (row === undefined) return;
  if (row.count >= checksAMinute) {
    const retryAfterSeconds = Math.max(1, row.freeInSeconds ?? 1);
    throw new TooManyChecksError({
      why: `You have asked for ${checksAMinute} checks within a minute, which is as many as one person may.`,
      retryAfterSeconds,
    });
  }
  if (row.open >= checksAtOnce) {
    throw new TooManyChecksError({
      why: `${checksAtOnce} of your checks are under way, which is as many as one person may have at once.`,
      retryAfterSeconds: busyRetrySeconds,
    });
  }
}
