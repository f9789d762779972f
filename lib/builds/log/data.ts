import { prisma } from '#lib/db/client.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { findRow, type StoredRow } from '../build-row.ts';
import type { StageName } from '../schema.ts';
import type { LogLine } from '../types.ts';
import { controlSequencePattern, stripAnsi } from './ansi.ts';
import { readChunks, readLines } from './log-lines.ts';

/** Most lines of one answer: a page shows a few hundred, and fetches as it scrolls. */
const linesMax = 2_000;
/** Matches of one search: "1 of 10,000" is as good as more. */
export const logMatchesMax = 10_000;
/** Longest text that is searched for. */
const searchMax = 1_000;

/**
 * Lines of the log from `fromLine` (from 1), at most `limit` and at most `logBytesMax` of text, at least one line when
 * there is one. Fewer than `limit` need not mean the end: ask again after the last.
 *
 * @throws NotFoundError when the workspace has no such build.
 */
export async function readLog(options: {
  readonly scope: Scope;
  readonly number: number;
  readonly fromLine: number;
  readonly limit: number;
}): Promise<LogLine[]> {
  const row = await findRow(prisma(), options);
  const fromLine = Math.max(1, options.fromLine);
  const limit = Math.max(1, Math.min(options.limit, linesMax));
  return readLines(prisma(), {
    buildId: row.id,
    fromLine,
    toLine: Math.min(row.logLines, fromLine + limit - 1),
  });
}

export interface LogMatches {
  readonly matches: readonly { readonly line: number; readonly stage: StageName }[];
  /** False when there are more than `logMatchesMax`. */
  readonly isComplete: boolean;
}

/**
 * Every line that holds `query`, whatever the case of its letters (of those beyond ASCII where the database's locale
 * knows them) and whatever its colours.
 *
 * @throws NotFoundError when the workspace has no such build.
 */
export async function searchLog(options: {
  readonly scope: Scope;
  readonly number: number;
  readonly query: string;
}): Promise<LogMatches> {
  const row = await findRow(prisma(), options);
  const query = options.query.replaceAll('\0', '').toWellFormed().slice(0, searchMax);
  if (query === '') return { matches: [], isComplete: true };
  const matches = await prisma().$queryRaw<{ line: number; stage: StageName }[]>`
    SELECT (first_line + line.ordinal - 1)::int AS line, stage
    FROM build_event
    CROSS JOIN LATERAL (
      SELECT CASE WHEN strpos(data->>'text', chr(27)) = 0 THEN data->>'text'
                  ELSE regexp_replace(data->>'text', ${controlSequencePattern}, '', 'g') END AS text
    ) AS plain
    CROSS JOIN LATERAL unnest(string_to_array(plain.text, chr(10))) WITH ORDINALITY AS line(text, ordinal)
    WHERE build_id = ${row.id}::uuid AND kind = 'log'
      AND strpos(lower(plain.text), lower(${query})) > 0 AND strpos(lower(line.text), lower(${query})) > 0
    ORDER BY 1
    LIMIT ${logMatchesMax + 1}::int`;
  return { matches: matches.slice(0, logMatchesMax), isComplete: matches.length <= logMatchesMax };
}

/**
 * The log so far as plain text, chunk by chunk, each ending with a line end.
 *
 * @throws NotFoundError when the workspace has no such build.
 */
export async function downloadLog(options: {
  readonly scope: Scope;
  readonly number: number;
}): Promise<AsyncGenerator<string>> {
  const row = await findRow(prisma(), options);
  return plainText(row);
}

async function* plainText(row: Pick<StoredRow, 'id' | 'logLines'>): AsyncGenerator<string> {
  for await (const chunk of readChunks(prisma(), { buildId: row.id, fromLine: 1, toLine: row.logLines })) {
    yield `${stripAnsi(chunk.text)}\n`;
  }
}
