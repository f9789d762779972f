import { z } from 'zod';
import { type Prisma, prisma } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { allowanceSchema, preflightCheckSchema } from './schema.ts';
import type { PreflightRow } from './types.ts';
import { waitingChecks } from './view.ts';

/** @throws NotFoundError when the workspace has no such check. */
export async function readPreflight(options: {
  readonly scope: Scope;
  readonly id: string;
}): Promise<PreflightRow> {
  const [row] = await prisma().$queryRaw<StoredPreflight[]>`
    SELECT state::text AS state, checks, allowance, ended_at AS "endedAt",
           (extract(epoch FROM now() - created_at) * 1000)::float8 AS "ageMs"
    FROM preflight WHERE id = ${options.id}::uuid AND workspace_id = ${options.scope.workspaceId}::uuid`;
  if (row === undefined) throw new NotFoundError('check');
  const allowance = allowanceSchema.nullable().parse(row.allowance);
  return {
    state: row.state,
    checks: checksOf(row.checks),
    ageMs: row.ageMs,
    ...(allowance === null ? {} : { allowance }),
    ...(row.endedAt === null ? {} : { endedAt: row.endedAt.toISOString() }),
  };
}

/** The checks in a row. A row that nothing was written to yet has all of them to come. */
export function checksOf(stored: Prisma.JsonValue): PreflightRow['checks'] {
  const checks = z.array(preflightCheckSchema).parse(stored);
  return checks.length === 0 ? waitingChecks : checks;
}

/** Whether any worker has said lately that it is there. They serve every workspace, so this needs no scope. */
export async function isWorkerThere(): Promise<boolean> {
  const seen = await prisma().worker.findFirst({
    where: { seenAt: { gt: new Date(Date.now() - workerSilenceMs) } },
    select: { id: true },
  });
  return seen !== null;
}

interface StoredPreflight {
  readonly state: PreflightRow['state'];
  readonly checks: Prisma.JsonValue;
  readonly allowance: unknown;
  readonly endedAt: Date | null;
  readonly ageMs: number;
}

/** As the readiness check has it: a worker says that it is there every few seconds. */
const workerSilenceMs = 15_000;
