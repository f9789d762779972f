import { prisma } from '#lib/db/client.ts';
import type { Claim } from '../queue.ts';

type Attempt = Pick<Claim, 'id' | 'epoch' | 'workspaceId'>;

/**
 * Asks that the step with this key be this attempt's to run. It is not while an attempt that still has its build runs it.
 * @returns null when it is this attempt's now, until it is given back or the attempt is over; else the number of the build that runs it
 */
export async function askForTurn(attempt: Attempt, key: string): Promise<number | null> {
  const { id, epoch, workspaceId } = attempt;
  const [row] = await prisma().$queryRaw<{ readonly number: number | null }[]>`
    WITH taken AS (
      INSERT INTO step_turn AS turn (workspace_id, key, build_id, epoch)
      VALUES (${workspaceId}::uuid, ${key}, ${id}::uuid, ${epoch}::int)
      ON CONFLICT (workspace_id, key) DO UPDATE SET build_id = excluded.build_id, epoch = excluded.epoch
      WHERE turn.build_id = excluded.build_id OR NOT EXISTS (
        SELECT FROM build WHERE id = turn.build_id AND epoch = turn.epoch AND state = 'running'
      )
      RETURNING key
    )
    SELECT CASE WHEN EXISTS (SELECT FROM taken) THEN NULL ELSE (
      SELECT build.number FROM step_turn JOIN build ON build.id = step_turn.build_id
      WHERE step_turn.workspace_id = ${workspaceId}::uuid AND step_turn.key = ${key}
    ) END AS number`;
  return row?.number ?? null;
}

/** Gives back what an attempt still has. What it had when its process was killed is everybody's as soon as its build is not running. */
export async function giveTurnsBack({ id, epoch }: Pick<Attempt, 'id' | 'epoch'>): Promise<void> {
  await prisma().$executeRaw`DELETE FROM step_turn WHERE build_id = ${id}::uuid AND epoch = ${epoch}::int`;
}
