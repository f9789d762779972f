import { prisma } from '#lib/db/client.ts';
import type { Scope } from '#lib/teams/scope.ts';

/** A result of an image, with the tags that stand for it now: always its own (`b17`), and those of which it is the newest. */
export interface TaggedResult {
  readonly tags: readonly string[];
  readonly number: number;
  readonly digest: string;
  /** Of its layers, compressed. */
  readonly sizeBytes: number;
  /** ISO 8601. */
  readonly builtAt: string;
  /** False when it was collected. */
  readonly isInStore: boolean;
}

/** The newest results of an image, newest first. @param options.imageId an image of the scope's workspace */
export async function listTaggedResults(options: {
  readonly scope: Scope;
  readonly imageId: string;
}): Promise<readonly TaggedResult[]> {
  const { scope, imageId } = options;
  const rows = await prisma().$queryRaw<ResultRow[]>`
    SELECT result.*, EXISTS (
      SELECT FROM stored_image WHERE stored_image.digest = result.digest AND condemned_at IS NULL
    ) AS "isInStore"
    FROM (
      SELECT number, image_revision AS revision, ended_at AS "endedAt",
             CASE WHEN step_count > 0 THEN result_digest ELSE base_digest END AS digest,
             coalesce(CASE WHEN step_count > 0 THEN result_bytes ELSE total_bytes END, 0)::float8 AS "sizeBytes"
      FROM build
      WHERE workspace_id = ${scope.workspaceId}::uuid AND image_id = ${imageId}::uuid AND state = 'succeeded'
      ORDER BY number DESC LIMIT ${resultsShown}::int
    ) AS result
    WHERE result.digest IS NOT NULL ORDER BY number DESC`;
  const seen = new Set<number>();
  return rows.map(({ revision, endedAt, ...row }, index) => {
    const isNewest = revision !== null && !seen.has(revision);
    if (revision !== null) seen.add(revision);
    const tags = [
      ...(index === 0 ? ['latest'] : []),
      ...(isNewest ? [`r${revision}`] : []),
      `b${row.number}`,
    ];
    return { ...row, tags, builtAt: endedAt.toISOString() };
  });
}

interface ResultRow extends Omit<TaggedResult, 'tags' | 'builtAt'> {
  readonly revision: number | null;
  readonly endedAt: Date;
}

/** What one looks at; older ones have their builds in the history. */
const resultsShown = 12;
