import { Prisma, type Transaction } from '#lib/db/client.ts';
import type { StageName } from '../schema.ts';
import type { LogLine } from '../types.ts';

/** Most text of one answer: a page shows a few hundred lines, and fetches as it scrolls. */
export const logBytesMax = 1024 * 1024;

/** A stored stretch of log. */
export interface LogChunk {
  readonly firstLine: number;
  readonly lineCount: number;
  readonly at: Date;
  readonly stage: StageName;
  readonly level: LogLine['level'];
  readonly text: string;
}

export interface LineRange {
  readonly buildId: string;
  readonly fromLine: number;
  /** The last line wanted. */
  readonly toLine: number;
}

/** The stored chunks that hold a range of lines, in order, read a few at a time: memory does not grow with the range. */
export async function* readChunks(
  db: Pick<Transaction, '$queryRaw'>,
  range: LineRange,
): AsyncGenerator<LogChunk> {
  let from = Math.max(1, range.fromLine);
  while (from <= range.toLine) {
    const chunks = await db.$queryRaw<LogChunk[]>(chunksQuery({ ...range, fromLine: from }));
    yield* chunks;
    const last = chunks.at(-1);
    if (last === undefined) return;
    from = last.firstLine + last.lineCount;
  }
}

/** The lines of a range, as far as `logBytesMax` goes; at least one where there is one. */
export async function readLines(db: Pick<Transaction, '$queryRaw'>, range: LineRange): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  let bytes = 0;
  for await (const chunk of readChunks(db, range)) {
    for (const line of linesOf(chunk, range)) {
      bytes += line.text.length;
      if (lines.length > 0 && bytes > logBytesMax) return lines;
      lines.push(line);
    }
  }
  return lines;
}

/** The lines of a chunk that lie in a range. */
function linesOf(chunk: LogChunk, range: Pick<LineRange, 'fromLine' | 'toLine'>): LogLine[] {
  const at = chunk.at.toISOString();
  return chunk.text.split('\n').flatMap((text, position) => {
    const line = chunk.firstLine + position;
    if (line < range.fromLine || line > range.toLine) return [];
    return [{ line, at, stage: chunk.stage, level: chunk.level, text }];
  });
}

/** At most this many chunks of 64 KiB are in memory for one reader. */
const chunksAtOnce = 16;

function chunksQuery({ buildId, fromLine, toLine }: LineRange): Prisma.Sql {
  return Prisma.sql`
    SELECT first_line AS "firstLine", line_count AS "lineCount", at, stage,
           data->>'level' AS level, data->>'text' AS text
    FROM build_event
    WHERE build_id = ${buildId}::uuid AND kind = 'log' AND first_line <= ${toLine}::int
      AND first_line >= COALESCE((
        SELECT max(first_line) FROM build_event WHERE build_id = ${buildId}::uuid AND first_line <= ${fromLine}::int
      ), 1)
    ORDER BY first_line
    LIMIT ${chunksAtOnce}::int`;
}
