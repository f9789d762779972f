import { prisma } from '#lib/db/client.ts';
import type { Scope } from '#lib/teams/scope.ts';
import type { Waiting } from './types.ts';
import { listWorkers } from './workers.ts';

/** What a queued build of the workspace waits for; null of one that is not queued, or not there. */
export async function readWaiting(options: {
  readonly scope: Scope;
  readonly number: number;
}): Promise<Waiting | null> {
  const { workspaceId } = options.scope;
  const [[found], running, workers] = await Promise.all([
    // Claims go by id, whosever build it is.
    prisma().$queryRaw<{ buildsBefore: number; hasSteps: boolean }[]>`
      SELECT (SELECT count(*)::int FROM build AS other WHERE other.state = 'queued' AND other.id < build.id) AS "buildsBefore",
             steps IS NOT NULL AS "hasSteps"
      FROM build WHERE workspace_id = ${workspaceId}::uuid AND number = ${options.number}::int AND state = 'queued'`,
    // Not what workers say of themselves: that is some seconds old.
    prisma().build.findMany({ where: { state: 'running' }, select: { workerId: true } }),
    listWorkers(),
  ]);
  if (found === undefined) return null;
  const { buildsBefore, hasSteps } = found;
  const equipped = workers.filter(({ engine }) => engine !== null && engine.facts !== null);
  const needsEngine = hasSteps && equipped.length > 0;
  const fitting = needsEngine ? equipped : workers;
  const ids = new Set(fitting.map(({ id }) => id));
  return {
    ...{ buildsBefore, needsEngine, workers: fitting.length },
    slots: fitting.reduce((sum, { slots }) => sum + slots, 0),
    busy: running.filter(({ workerId }) => workerId !== null && ids.has(workerId)).length,
  };
}
