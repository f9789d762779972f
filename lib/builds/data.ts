import { Prisma, prisma } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { definedBy } from '#lib/images/schema.ts';
import type { EarlierBuild } from '#lib/images/why.ts';
import type { Digest } from '#lib/oci/digest.ts';
import type { LastProven } from '#lib/pull/stand-in.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { buildKey, buildRowOf, findRow, headOfRow, readRows, type StoredRow } from './build-row.ts';
import { type EventRow, eventOfRow } from './events.ts';
import { buildBeforeQuery, type HistoryFilter, historyQuery } from './history-query.ts';
import { readLines } from './log/log-lines.ts';
import type { StageName } from './schema.ts';
import { type StoredSteps, storedStepsSchema } from './stored-steps.ts';
import type { BuildHead, BuildRecipe, BuildRow, BuildView, LogLine } from './types.ts';
import { emptyView, foldEvents, type NumberedLines } from './view.ts';

/** Most rows of one page of the history. */
const pageRowsMax = 200;
/** Lines that come with a build's page; older ones are fetched as the reader scrolls up. */
export const tailLinesMax = 500;

/** The number before which the next, older page begins. */
export type BuildCursor = number;

/**
 * One page of the workspace's builds, newest first.
 *
 * @param options.text part of a reference or of an image's name, the beginning of a digest, or `#123`.
 */
export async function listBuilds(
  options: { readonly scope: Scope; readonly before?: BuildCursor | undefined } & Omit<
    HistoryFilter,
    'workspaceId' | 'before'
  >,
): Promise<{ readonly rows: BuildRow[]; readonly next: BuildCursor | null }> {
  const { scope, ...filter } = options;
  const limit = Math.max(1, Math.min(filter.limit, pageRowsMax));
  const query = historyQuery({ ...filter, workspaceId: scope.workspaceId, limit: limit + 1 });
  const rows = await prisma().$queryRaw<StoredRow[]>(query);
  const page = rows.slice(0, limit).map(buildRowOf);
  return { rows: page, next: rows.length > limit ? (page.at(-1)?.number ?? null) : null };
}

/** Builds by state. `all` counts every build that the workspace ever had, as their numbers do. */
export async function countBuilds(options: {
  readonly scope: Scope;
}): Promise<Readonly<Record<'all' | 'running' | 'failed' | 'queued', number>>> {
  const { workspaceId } = options.scope;
  const [counts] = await prisma().$queryRaw<
    { all: number; running: number; failed: number; queued: number }[]
  >`
    SELECT build_number AS "all",
      (SELECT count(*)::int FROM build WHERE workspace_id = workspace.id AND state = 'running') AS running,
      (SELECT count(*)::int FROM build WHERE workspace_id = workspace.id AND state = 'failed') AS failed,
      (SELECT count(*)::int FROM build WHERE workspace_id = workspace.id AND state = 'queued') AS queued
    FROM workspace WHERE id = ${workspaceId}::uuid`;
  return counts ?? { all: 0, running: 0, failed: 0, queued: 0 };
}

/**
 * A build as its page shows it first: what it is, the fold of its events so far, and the last lines of its log.
 * Whoever goes on to follow it does so after `view.head`.
 *
 * @throws NotFoundError when the workspace has no such build.
 */
export async function getBuild(options: { readonly scope: Scope; readonly number: number }): Promise<{
  readonly head: BuildHead;
  readonly view: BuildView;
  readonly tail: LogLine[];
  /** Who asked for it to stop while it ran; it may have ended since. Null when nobody did. */
  readonly cancelRequestedBy: string | null;
}> {
  const row = await findRow(prisma(), options);
  const [view, request] = await Promise.all([
    readView(row),
    prisma().build.findUnique({ where: { id: row.id }, select: { cancelRequestedBy: true } }),
  ]);
  const tail = await readLines(prisma(), {
    buildId: row.id,
    fromLine: view.logLines - tailLinesMax + 1,
    toLine: view.logLines,
  });
  return { head: headOfRow(row), view, tail, cancelRequestedBy: request?.cancelRequestedBy ?? null };
}

/**
 * A build without its log: what it is, and the fold of its other events. What a comparison and the next build's page need.
 *
 * @throws NotFoundError when the workspace has no such build.
 */
export async function outlineBuild(options: { readonly scope: Scope; readonly number: number }): Promise<{
  readonly head: BuildHead;
  readonly view: BuildView;
  readonly stored: StoredSteps;
  readonly cachePolicy: string;
}> {
  const row = await findRow(prisma(), options);
  const [events, definition] = await Promise.all([
    readQuietEvents(row),
    prisma().build.findUniqueOrThrow({ where: { id: row.id }, select: { steps: true, cachePolicy: true } }),
  ]);
  const stored = storedStepsSchema.nullable().parse(definition.steps) ?? { steps: [], secrets: [] };
  const view = foldEvents(emptyView, events.map(eventOfRow));
  return { head: headOfRow(row), view, stored, cachePolicy: definition.cachePolicy };
}

/** @throws NotFoundError when the workspace has no such build. */
export async function readRecipe(options: {
  readonly scope: Scope;
  readonly number: number;
}): Promise<BuildRecipe> {
  const build = await prisma().build.findUnique({
    where: buildKey(options),
    select: {
      reference: true,
      platform: true,
      secretName: true,
      steps: true,
      imageId: true,
      imageName: true,
    },
  });
  if (build === null) throw new NotFoundError('build');
  const { reference, platform, secretName, steps, imageId, imageName } = build;
  const stored = storedStepsSchema.nullable().parse(steps)?.steps ?? [];
  return {
    reference,
    platform,
    secret: secretName,
    ...definedBy(stored),
    imageName: imageId === null ? null : imageName,
  };
}

/**
 * The number of the last build before this one that came to an image: of the same image or, without one, of the same reference.
 * Null for the first, and for a build that the workspace does not have.
 */
export async function findBuildBefore(options: {
  readonly scope: Scope;
  readonly number: number;
}): Promise<number | null> {
  const { scope, number } = options;
  const { workspaceId } = scope;
  const build = await prisma().build.findUnique({
    where: { workspaceId_number: { workspaceId, number } },
    select: { imageId: true, reference: true },
  });
  if (build === null) return null;
  const [before] = await prisma().$queryRaw<{ number: number }[]>(
    buildBeforeQuery({ ...build, workspaceId, number }),
  );
  return before?.number ?? null;
}

/**
 * Where a build stands, for whoever is going to follow it.
 *
 * @throws NotFoundError when the workspace has no such build.
 */
export async function findBuild(options: {
  readonly scope: Scope;
  readonly number: number;
}): Promise<Pick<StoredRow, 'id' | 'state' | 'eventHead'>> {
  return findRow(prisma(), options);
}

/**
 * The last build before this one that came to a result from steps: of the same image or, without one, of the same
 * reference. It is what tells why a step runs again.
 */
export async function earlierBuild(options: {
  readonly scope: Scope;
  readonly number: number;
  readonly imageId: string | null;
  readonly reference: string;
}): Promise<EarlierBuild | null> {
  const { scope, number, imageId, reference } = options;
  const build = await prisma().build.findFirst({
    where: {
      workspaceId: scope.workspaceId,
      number: { lt: number },
      ...(imageId === null ? { reference, imageId: null } : { imageId }),
      resultDigest: { not: null },
    },
    select: { number: true, steps: true, baseDigest: true, platform: true, pythonDigest: true },
    orderBy: { number: 'desc' },
  });
  const stored = storedStepsSchema.safeParse(build?.steps);
  if (build === null || !stored.success) return null;
  return {
    number: build.number,
    steps: stored.data.steps,
    base: { digest: build.baseDigest ?? '', platform: build.platform },
    secretIds: new Map(stored.data.secrets.map(({ name, id }) => [name, id])),
    pythonDigest: build.pythonDigest,
  };
}

/** The numbers of the builds before (older) and after (newer) one, for the arrows of its page. */
export async function neighbours(options: {
  readonly scope: Scope;
  readonly number: number;
}): Promise<{ readonly previous: number | null; readonly next: number | null }> {
  const { scope, number } = options;
  const [row] = await prisma().$queryRaw<{ previous: number | null; next: number | null }[]>`
    SELECT (SELECT max(number) FROM build
            WHERE workspace_id = ${scope.workspaceId}::uuid AND number < ${number}::int) AS previous,
           (SELECT min(number) FROM build
            WHERE workspace_id = ${scope.workspaceId}::uuid AND number > ${number}::int) AS next`;
  return row ?? { previous: null, next: null };
}

/** Builds under way, newest first. */
export async function runningBuilds(options: { readonly scope: Scope }): Promise<BuildRow[]> {
  const where = Prisma.sql`workspace_id = ${options.scope.workspaceId}::uuid AND state = 'running'`;
  return (await readRows(prisma(), { where, limit: runningRowsMax })).map(buildRowOf);
}

/**
 * What a reference meant when the same credentials (one version of a secret, or none) last got it for this platform from its
 * registry, if that was within `withinHours`. A build that a stand-in was served to proved nothing, and a refusal since then
 * ends what was proved before it.
 */
export async function lastProven(options: {
  readonly scope: Scope;
  /** The whole normalised reference. */
  readonly reference: string;
  readonly platform: string;
  readonly secretVersionId: string | null;
  readonly withinHours: number;
}): Promise<LastProven | null> {
  const { scope, reference, platform, secretVersionId, withinHours } = options;
  const [row] = await prisma().$queryRaw<{ digest: Digest; sizeBytes: bigint; provenAt: Date }[]>`
    SELECT blob.digest, blob.size_bytes AS "sizeBytes", LEAST(build.started_at, build.ended_at) AS "provenAt"
    FROM build JOIN blob ON blob.digest = COALESCE(build.index_digest, build.base_digest)
    WHERE workspace_id = ${scope.workspaceId}::uuid AND reference = ${reference} AND platform = ${platform}
      AND secret_version_id IS NOT DISTINCT FROM ${secretVersionId}::uuid AND state = 'succeeded'
      AND LEAST(started_at, ended_at) > now() - ${withinHours}::float8 * interval '1 hour'
      AND NOT EXISTS (
        SELECT 1 FROM build_event AS event
        WHERE event.build_id = build.id AND event.kind = 'facts'
          AND event.data->'facts'->'served'->>'why' = 'registry_down')
      AND NOT EXISTS (
        SELECT 1 FROM build AS refused
        WHERE refused.workspace_id = build.workspace_id AND refused.reference = build.reference
          AND refused.number > build.number AND refused.state = 'failed'
          AND refused.secret_version_id IS NOT DISTINCT FROM build.secret_version_id
          AND refused.error->>'kind' IN ('denied', 'not_found'))
    ORDER BY number DESC LIMIT 1`;
  return row === undefined
    ? null
    : { digest: row.digest, sizeBytes: Number(row.sizeBytes), provenAt: row.provenAt.toISOString() };
}

/** More than any set of workers runs for one workspace and a sidebar shows. */
const runningRowsMax = 50;

/**
 * The fold of the events up to the row's head, without reading the log's text. What is appended meanwhile stays out, so
 * that nobody resumes after an event that went unread.
 */
async function readView(row: Pick<StoredRow, 'id' | 'eventHead'>): Promise<BuildView> {
  const [events, lines] = await Promise.all([
    readQuietEvents(row),
    prisma().$queryRaw<LinesRow[]>`
      SELECT max(number) AS number, stage, min(first_line) AS "firstLine", sum(line_count)::int AS "lineCount"
      FROM (
        SELECT number, kind, stage, first_line, line_count,
               count(*) FILTER (WHERE kind <> 'log') OVER (ORDER BY number) AS stretch
        FROM build_event WHERE build_id = ${row.id}::uuid AND number <= ${row.eventHead}::int
      ) AS event
      WHERE kind = 'log' GROUP BY stretch, stage`,
  ]);
  const inputs = [...events.map(eventOfRow), ...lines.map(numberedLinesOf)];
  const view = foldEvents(
    emptyView,
    inputs.toSorted((a, b) => a.number - b.number),
  );
  return { ...view, head: row.eventHead };
}

/** All events but those of the log. */
async function readQuietEvents(row: Pick<StoredRow, 'id' | 'eventHead'>): Promise<EventRow[]> {
  return prisma().$queryRaw<EventRow[]>`
    SELECT number, at, data, first_line AS "firstLine" FROM build_event
    WHERE build_id = ${row.id}::uuid AND number <= ${row.eventHead}::int AND kind <> 'log' ORDER BY number`;
}

interface LinesRow {
  readonly number: number;
  readonly stage: StageName;
  readonly firstLine: number;
  readonly lineCount: number;
}

function numberedLinesOf({ number, ...lines }: LinesRow): NumberedLines {
  return { number, lines };
}
