import { Prisma } from '#lib/db/client.ts';
import { escapeLike } from '#lib/db/like.ts';
import { rowsQuery } from './build-row.ts';
import { type HistorySearch, readSearch } from './history-search.ts';
import type { BuildState } from './schema.ts';

export interface HistoryFilter {
  readonly workspaceId: string;
  readonly status?: BuildState | undefined;
  /** As `readSearch` reads it. */
  readonly text?: string | undefined;
  /** Only builds of the image that has, or had, this name. */
  readonly image?: string | undefined;
  /** Only builds with a smaller number. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/**
 * One page of the history, newest first. Each condition has an index of its own: the page by (workspace, number), a
 * status by (workspace, state, number), part of a reference or a name by trigrams, a digest by its beginning.
 */
export function historyQuery(filter: HistoryFilter): Prisma.Sql {
  const conditions = [Prisma.sql`workspace_id = ${filter.workspaceId}::uuid`];
  if (filter.status !== undefined) conditions.push(Prisma.sql`state = ${filter.status}::build_state`);
  if (filter.image !== undefined) conditions.push(Prisma.sql`image_name = ${filter.image}`);
  if (filter.before !== undefined) conditions.push(Prisma.sql`number < ${intOf(filter.before)}::int`);
  const search = readSearch(filter.text ?? '');
  if (search.kind !== 'anything') conditions.push(searchCondition(search));
  return rowsQuery({ where: Prisma.join(conditions, ' AND '), limit: filter.limit });
}

/** The largest number that the column holds. */
const intMax = 2_147_483_647;
function searchCondition(search: Exclude<HistorySearch, { kind: 'anything' }>): Prisma.Sql {
  if (search.kind === 'number') return Prisma.sql`number = ${intOf(search.number)}::int`;
  const part = `%${escapeLike(search.part)}%`;
  const named = Prisma.sql`reference ILIKE ${part} OR image_name ILIKE ${part}`;
  if (search.digestPrefix === null) return Prisma.sql`(${named})`;
  const beginning = `${search.digestPrefix}%`;
  const ofDigest = ['base_digest', 'index_digest', 'result_digest'].map(
    (column) => Prisma.sql`${Prisma.raw(column)} LIKE ${beginning}`,
  );
  return Prisma.sql`(${named} OR ${Prisma.join(ofDigest, ' OR ')})`;
}

function intOf(number: number): number {
  return Math.max(0, Math.min(intMax, Math.trunc(number) || 0));
}

/** The last build of the same image, or of the same reference without one, that came to an image before this number. */
export function buildBeforeQuery(build: {
  readonly workspaceId: string;
  readonly imageId: string | null;
  readonly reference: string;
  readonly number: number;
}): Prisma.Sql {
  const { workspaceId, imageId, reference, number } = build;
  const isSame =
    imageId === null
      ? Prisma.sql`image_id IS NULL AND reference = ${reference}`
      : Prisma.sql`image_id = ${imageId}::uuid`;
  return Prisma.sql`
    SELECT number FROM build
    WHERE workspace_id = ${workspaceId}::uuid AND ${isSame} AND number < ${number}::int AND state = 'succeeded'
    ORDER BY number DESC LIMIT 1`;
}
