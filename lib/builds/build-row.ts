import { Prisma, type Transaction } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { errorReportSchema } from '#lib/errors/schema.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { stageNameSchema } from './schema.ts';
import type { BuildHead, BuildRow } from './types.ts';

/**
 * Reads rows of the history, with what their builds' events left in them: no stream is folded for a list.
 * `where` speaks of `build`; `limit` bounds the answer; newest first.
 */
export async function readRows(
  db: Pick<Transaction, '$queryRaw'>,
  query: { readonly where: Prisma.Sql; readonly limit: number },
): Promise<StoredRow[]> {
  return db.$queryRaw<StoredRow[]>(rowsQuery(query));
}

/** The statement of `readRows`. The limit applies before the join, so a page costs a page whatever the history's length. */
export function rowsQuery(query: { readonly where: Prisma.Sql; readonly limit: number }): Prisma.Sql {
  return Prisma.sql`
    SELECT build.id, build.workspace_id AS "workspaceId", build.number, build.state::text AS state, build.reference,
           build.platform, secret.id AS "secretId", secret_name AS "secretName", secret_version AS "secretVersion",
           secret_why AS "secretWhy", image_name AS "imageName", image_revision AS "imageRevision", requester_name AS "requesterName", trigger, rerun_of AS "rerunOf", build.created_at AS "createdAt",
           started_at AS "startedAt", ended_at AS "endedAt", event_head AS "eventHead", log_lines AS "logLines",
           stage, error, index_digest AS "indexDigest", base_digest AS "baseDigest", result_digest AS "resultDigest", layer_count AS "layerCount",
           total_bytes::float8 AS "totalBytes", fetched_bytes::float8 AS "fetchedBytes",
           reused_bytes::float8 AS "reusedBytes", pull_ms AS "pullMs", progress
    FROM (SELECT * FROM build WHERE ${query.where} ORDER BY number DESC LIMIT ${query.limit}::int) AS build
    LEFT JOIN secret ON secret.id = build.secret_id
    ORDER BY build.number DESC`;
}

/** @throws NotFoundError when the workspace has no such build. */
export async function findRow(
  db: Pick<Transaction, '$queryRaw'>,
  options: { readonly scope: Scope; readonly number: number },
): Promise<StoredRow> {
  const { workspaceId, number } = buildKey(options).workspaceId_number;
  const where = Prisma.sql`workspace_id = ${workspaceId}::uuid AND number = ${number}::int`;
  const [row] = await readRows(db, { where, limit: 1 });
  if (row === undefined) throw new NotFoundError('build');
  return row;
}

/**
 * What Prisma finds a build by.
 * @throws NotFoundError for a number that no build can have
 */
export function buildKey({ scope, number }: { readonly scope: Scope; readonly number: number }) {
  if (!Number.isInteger(number) || number < 1 || number > 2_147_483_647) throw new NotFoundError('build');
  return { workspaceId_number: { workspaceId: scope.workspaceId, number } };
}

/** The columns of a build as the database answers them. */
export interface StoredRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly number: number;
  readonly state: BuildRow['state'];
  readonly reference: string;
  readonly platform: string;
  /** Null too when the secret was deleted. */
  readonly secretId: string | null;
  readonly secretName: string | null;
  readonly secretVersion: number | null;
  readonly secretWhy: string | null;
  readonly imageName: string | null;
  readonly imageRevision: number | null;
  readonly requesterName: string;
  readonly trigger: string;
  readonly rerunOf: number | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly eventHead: number;
  readonly logLines: number;
  readonly stage: string | null;
  readonly error: unknown;
  readonly indexDigest: string | null;
  readonly baseDigest: string | null;
  readonly resultDigest: string | null;
  readonly layerCount: number | null;
  readonly totalBytes: number | null;
  readonly fetchedBytes: number | null;
  readonly reusedBytes: number | null;
  readonly pullMs: number | null;
  readonly progress: unknown;
}

export function headOfRow(row: StoredRow): BuildHead {
  return {
    id: row.id,
    number: row.number,
    reference: row.reference,
    platform: row.platform,
    secret:
      row.secretName === null
        ? null
        : { id: row.secretId, name: row.secretName, version: row.secretVersion ?? 0 },
    secretWhy: row.secretWhy,
    image: row.imageName === null ? null : { name: row.imageName, revision: row.imageRevision ?? 0 },
    requesterName: row.requesterName,
    trigger: row.trigger === 'rerun' ? 'rerun' : 'manual',
    rerunOf: row.rerunOf,
    createdAt: row.createdAt.toISOString(),
  };
}

export function buildRowOf(row: StoredRow): BuildRow {
  return {
    ...headOfRow(row),
    state: row.state,
    stage: stageNameSchema.nullable().parse(row.stage),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    pullMs: row.pullMs,
    indexDigest: row.indexDigest,
    baseDigest: row.baseDigest,
    resultDigest: row.resultDigest,
    layerCount: row.layerCount,
    totalBytes: row.totalBytes,
    fetchedBytes: row.fetchedBytes,
    reusedBytes: row.reusedBytes,
    progress: row.state === 'running' ? (row.progress as BuildRow['progress']) : null,
    failure: row.state === 'failed' ? failureOf(row.error) : null,
  };
}

function failureOf(error: unknown): BuildRow['failure'] {
  const report = errorReportSchema.safeParse(error);
  return report.success ? { what: report.data.what, why: report.data.why, code: report.data.code } : null;
}
