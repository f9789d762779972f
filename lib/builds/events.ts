import { Prisma, type Transaction } from '#lib/db/client.ts';
import { assignmentsOf, patchOf } from './row-patch.ts';
import { type BuildEvent, type BuildState, type NumberedEvent, numberedEventSchema } from './schema.ts';
import { countLines } from './view.ts';

/** The channel on which each append says `BUILD_ID NUMBER`: that build, and the number of its newest event. */
export const buildChannel = 'slipway_build';

export interface Append {
  readonly buildId: string;
  /** The attempt that writes; absent for whoever holds the row's lock and no attempt (a request, the reaper). */
  readonly epoch?: number;
  /** The number of the newest event, when the writer knows it: so that trying again cannot say a thing twice. */
  readonly after?: number;
  /** States in which this may be written. */
  readonly from: readonly BuildState[];
  readonly events: readonly BuildEvent[];
  /** Further assignments to the build row, with the events or not at all. */
  readonly set?: readonly Prisma.Sql[];
}

export interface Appended {
  /** The number of the newest event. */
  readonly head: number;
  readonly logLines: number;
}

/**
 * Appends events to a build and brings its row up to date, in one statement: the update of the row takes its lock, and
 * the numbers are given under it, so they have no gaps and no twins. Of progress the stream keeps the newest alone.
 *
 * @returns null when the build is not in one of `from`, not at `after`, or another attempt's; then nothing was written.
 */
export async function appendEvents(
  db: Pick<Transaction, '$queryRaw'>,
  append: Append,
): Promise<Appended | null> {
  const events = withoutStaleProgress(append.events);
  const rows = rowsOf(events);
  const lines = rows.reduce((sum, row) => sum + (row.line_count ?? 0), 0);
  const assignments = [
    Prisma.sql`event_head = event_head + ${rows.length}::int`,
    Prisma.sql`log_lines = log_lines + ${lines}::int`,
    ...assignmentsOf(patchOf(events)),
    ...(append.set ?? []),
  ];
  const ofAttempt = append.epoch === undefined ? Prisma.empty : Prisma.sql`AND epoch = ${append.epoch}::int`;
  const atHead =
    append.after === undefined ? Prisma.empty : Prisma.sql`AND event_head = ${append.after}::int`;
  const found = await db.$queryRaw<{ head: number; logLines: number }[]>`
    WITH head AS (
      UPDATE build SET ${Prisma.join(assignments, ', ')}
      WHERE id = ${append.buildId}::uuid AND state = ANY(${[...append.from]}::build_state[])
        ${ofAttempt} ${atHead}
      RETURNING id, event_head, log_lines
    ), replaced AS (
      DELETE FROM build_event USING head
      WHERE build_id = head.id AND kind = 'progress' AND ${rows.some((row) => row.kind === 'progress')}
    ), added AS (
      INSERT INTO build_event (build_id, number, kind, stage, data, first_line, line_count)
      SELECT head.id, head.event_head - ${rows.length}::int + row.ordinal, row.kind, row.stage, row.data,
             head.log_lines - ${lines}::int + row.first_line, row.line_count
      FROM head, jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        AS row(ordinal int, kind text, stage text, data jsonb, first_line int, line_count int)
    )
    SELECT event_head AS "head", log_lines AS "logLines",
           pg_notify(${buildChannel}, id::text || ' ' || event_head)::text AS notified
    FROM head`;
  const [row] = found;
  return row === undefined ? null : { head: row.head, logLines: row.logLines };
}

/** Events after a number, oldest first, at most `limit` of them. Numbers that progress gave up are absent. */
export async function readEvents(
  db: Pick<Transaction, '$queryRaw'>,
  range: { readonly buildId: string; readonly after: number; readonly limit: number },
): Promise<NumberedEvent[]> {
  const rows = await db.$queryRaw<EventRow[]>`
    SELECT number, at, data, first_line AS "firstLine"
    FROM build_event
    WHERE build_id = ${range.buildId}::uuid AND number > ${range.after}::int
    ORDER BY number
    LIMIT ${range.limit}::int`;
  return rows.map(eventOfRow);
}

export interface EventRow {
  readonly number: number;
  readonly at: Date;
  readonly data: unknown;
  readonly firstLine: number | null;
}

/** A stored event as it is streamed. What this server wrote it need not doubt, but an older one may have written it. */
export function eventOfRow(row: EventRow): NumberedEvent {
  const data = row.data as object;
  return numberedEventSchema.parse({
    number: row.number,
    at: row.at.toISOString(),
    event: row.firstLine === null ? data : { ...data, firstLine: row.firstLine },
  });
}

interface NewRow {
  readonly ordinal: number;
  readonly kind: BuildEvent['kind'];
  readonly stage: string | null;
  readonly data: BuildEvent;
  /** Counted from the first line of this batch, from 1. */
  readonly first_line: number | null;
  readonly line_count: number | null;
}

function rowsOf(events: readonly BuildEvent[]): NewRow[] {
  let lines = 0;
  return events.map((event, position) => {
    const lineCount = event.kind === 'log' ? countLines(event.text) : null;
    const firstLine = lineCount === null ? null : lines + 1;
    lines += lineCount ?? 0;
    return {
      ordinal: position + 1,
      kind: event.kind,
      stage: 'stage' in event ? event.stage : null,
      data: event,
      first_line: firstLine,
      line_count: lineCount,
    };
  });
}

function withoutStaleProgress(events: readonly BuildEvent[]): readonly BuildEvent[] {
  const newest = events.findLastIndex((event) => event.kind === 'progress');
  return events.filter((event, position) => event.kind !== 'progress' || position === newest);
}
