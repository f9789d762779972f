import { Prisma } from '#lib/db/client.ts';
import { escapeLike } from '#lib/db/like.ts';
import { rowsQuery } from './build-row.ts';
import type { BuildState } from './schema.ts';

export interface HistoryFilter {
  readonly workspaceId: string;
  readonly status?: BuildState | undefined;
  /** Part of a reference or of an image's name, the beginning of a digest (with or without `sha256:`), or `#123`. */
  readonly text?: string | undefined;
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
  if (filter.before !== undefined) conditions.push(Prisma.sql`number < ${intOf(filter.before)}::int`);
  const text = (filter.text ?? '').replaceAll('\0', '').trim().slice(0, searchTextMax).toWellFormed();
  if (text !== '') conditions.push(textCondition(text));
  return rowsQuery({ where: Prisma.join(conditions, ' AND '), limit: filter.limit });
}

/** A reference is at most 255 characters of name, 128 of tag and 71 of digest; what is longer matches nothing. */
const searchTextMax = 512;
/** The largest number that the column holds. */
const intMax = 2_147_483_647;
/** Fewer hex digits are more likely part of a name. */
const digestPrefix = /^(?:sha256:)?([0-9a-f]{4,64})$/i;

function textCondition(text: string): Prisma.Sql {
  const number = /^#(\d+)$/.exec(text)?.[1];
  if (number !== undefined) return Prisma.sql`number = ${intOf(Number(number))}::int`;
  const part = `%${escapeLike(text)}%`;
  const hex = digestPrefix.exec(text)?.[1]?.toLowerCase();
  const named = Prisma.sql`reference ILIKE ${part} OR image_name ILIKE ${part}`;
  if (hex === undefined) return Prisma.sql`(${named})`;
  const beginning = `sha256:${hex}%`;
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
