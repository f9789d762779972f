import { Prisma, prisma } from '#lib/db/client.ts';
import { containing } from '#lib/db/like.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { mediaTypes } from '#lib/oci/media-types.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { findUserNames, nameOfUser, type UserNames } from '#lib/teams/user-names.ts';
import { contentsFormat, type ImageContents, imageContentsSchema } from './contents.ts';
import { definitionChanges } from './definition-changes.ts';
import { builtStepsOf, type Definition, keptDefinitionSchema } from './schema.ts';
import { stepHits } from './step-hits.ts';
import type { ImageBuild, ImageDetail, ImageRow, ImageTrend, RevisionRow, TrendBuild } from './types.ts';

/** The workspace's images by name; `search` looks in names. */
export async function listImages(options: {
  readonly scope: Scope;
  readonly search?: string | undefined;
}): Promise<readonly ImageRow[]> {
  const { scope, search = '' } = options;
  const images = await prisma().image.findMany({
    where: { workspaceId: scope.workspaceId, name: containing(search) },
    include: { revisions: { ...newestFirst, take: 1 } },
    orderBy: { name: 'asc' },
    take: imagesShown,
  });
  const ids = images.map(({ id }) => id);
  const [names, builds] = await Promise.all([userNames(images), lastBuilds(ids)]);
  return images.map((image) => ({ ...toRow(image, names), lastBuild: builds.get(image.id) ?? null }));
}

/** The first `limit` images, by name, whose name holds a text. */
export async function findImagesByName(options: {
  readonly scope: Scope;
  readonly text: string;
  readonly limit: number;
}): Promise<readonly { readonly name: string }[]> {
  return prisma().image.findMany({
    where: { workspaceId: options.scope.workspaceId, name: containing(options.text) },
    select: { name: true },
    orderBy: { name: 'asc' },
    take: options.limit,
  });
}

/** How many images the workspace has. */
export async function countImages(options: { readonly scope: Scope }): Promise<number> {
  return prisma().image.count({ where: { workspaceId: options.scope.workspaceId } });
}

/** @throws NotFoundError when the workspace has no image of this name. */
export async function getImage(options: {
  readonly scope: Scope;
  readonly name: string;
}): Promise<ImageDetail> {
  const { scope, name } = options;
  const image = await prisma().image.findUnique({
    where: { workspaceId_name: { workspaceId: scope.workspaceId, name } },
    include: { revisions: { ...newestFirst, take: 1 } },
  });
  if (image === null) throw new NotFoundError('image');
  const [names, builds] = await Promise.all([
    userNames([image]),
    prisma().build.findMany({
      where: { imageId: image.id },
      select: buildColumns,
      orderBy: { number: 'desc' },
      take: buildsShown + 1,
    }),
  ]);
  const [newest] = image.revisions;
  if (newest === undefined) throw new Error(`Image ${image.id} has no revision`);
  return {
    ...toRow(image, names),
    definition: readDefinition(newest.definition),
    builds: builds.slice(0, buildsShown).map(toBuild),
    hasOlderBuilds: builds.length > buildsShown,
  };
}

/** What its edits changed, newest first, the newest fifty. `image` is one of the workspace. */
export async function listRevisions(image: Pick<ImageDetail, 'id'>): Promise<readonly RevisionRow[]> {
  const stored = await prisma().imageRevision.findMany({
    where: { imageId: image.id },
    ...newestFirst,
    // One more, for what changed in the oldest of them.
    take: revisionsShown + 1,
  });
  const names = await userNames([{ revisions: stored }]);
  const definitions = stored.map(({ definition }) => readDefinition(definition));
  return stored.slice(0, revisionsShown).map(({ number, createdAt, createdBy }, at) => {
    const [definition, before] = [definitions[at] as Definition, definitions[at + 1]];
    return {
      number,
      definition,
      changes: before === undefined ? null : definitionChanges(before, definition),
      createdAt: createdAt.toISOString(),
      createdByName: nameOfUser(createdBy, names),
    };
  });
}

/** @throws NotFoundError when the workspace has no image of this name, or that no such revision. */
export async function readRevision(options: {
  readonly scope: Scope;
  readonly name: string;
  readonly number: number;
}): Promise<Definition> {
  const { scope, name, number } = options;
  const revision = await prisma().imageRevision.findFirst({
    where: { number, image: { workspaceId: scope.workspaceId, name } },
    select: { definition: true },
  });
  if (revision === null) throw new NotFoundError('revision');
  return readDefinition(revision.definition);
}

/** How the builds of an image went, for its page. `image` is one of the workspace. */
export async function readTrend(image: Pick<ImageDetail, 'id' | 'definition'>): Promise<ImageTrend> {
  const builds = await prisma().$queryRaw<StoredTrendBuild[]>(trendQuery(image.id));
  const numbers = new Set(builds.flatMap(({ imageRevision }) => imageRevision ?? []));
  const revisions = await prisma().imageRevision.findMany({
    where: { imageId: image.id, number: { in: [...numbers] } },
    select: { number: true, definition: true },
  });
  const stepsOf = new Map(
    revisions.map(({ number, definition }) => [number, builtStepsOf(readDefinition(definition))]),
  );
  return {
    builds: builds.map(toTrendBuild).toReversed(),
    steps: stepHits({
      steps: builtStepsOf(image.definition),
      builds: builds.map(({ imageRevision, stepsCached }) => ({
        steps: stepsOf.get(imageRevision ?? 0) ?? [],
        stepsCached,
      })),
    }),
  };
}

/** A result that is kept, and what making it cost the build that did. */
interface FoundResult {
  readonly key: string;
  readonly manifest: Descriptor;
  readonly addedBytes: number;
  readonly tookMs: number;
  readonly buildNumber: number;
}

/** The results that are kept under these keys. That they are asked for is noted: what nobody asks for is collected first. */
export async function findStepResults(options: {
  readonly scope: Scope;
  readonly keys: readonly string[];
}): Promise<readonly FoundResult[]> {
  const { scope, keys } = options;
  const rows = await prisma().$queryRaw<
    (Omit<FoundResult, 'manifest'> & { readonly digest: Digest; readonly sizeBytes: number })[]
  >`
    UPDATE step_result SET last_used_at = now()
    WHERE workspace_id = ${scope.workspaceId}::uuid AND key = ANY(${[...keys]}::text[])
    RETURNING key, manifest_digest AS digest, manifest_bytes AS "sizeBytes", added_bytes::float8 AS "addedBytes",
              took_ms AS "tookMs", build_number AS "buildNumber"`;
  return rows.map(({ digest, sizeBytes, ...result }) => ({
    ...result,
    manifest: { mediaType: mediaTypes.ociManifest, digest, sizeBytes },
  }));
}

/** What was learnt of an image of the workspace, by the digest of its manifest. Null where nothing was, or less than is now. */
export async function findContents(options: {
  readonly scope: Scope;
  readonly digest: string;
}): Promise<ImageContents | null> {
  const { scope, digest } = options;
  const row = await prisma().imageContents.findUnique({
    where: { workspaceId_digest: { workspaceId: scope.workspaceId, digest } },
  });
  if (row === null || row.format !== contentsFormat) return null;
  return imageContentsSchema.parse(row.contents);
}

/** The list is one page. */
const imagesShown = 1_000;
const revisionsShown = 50;
const buildsShown = 50;
/** As many bars as a page has room for. */
const trendBuildsMax = 200;

const newestFirst = { orderBy: { number: 'desc' } } as const satisfies Prisma.Image$revisionsArgs;

const buildColumns = {
  number: true,
  state: true,
  imageRevision: true,
  createdAt: true,
  startedAt: true,
  endedAt: true,
  resultDigest: true,
  resultBytes: true,
  stepCount: true,
  stepsCached: true,
} as const satisfies Prisma.BuildSelect;

/** The newest builds of an image, as far as its trends show them. */
export function trendQuery(imageId: string): Prisma.Sql {
  return Prisma.sql`
    SELECT number, state::text AS state, image_revision AS "imageRevision", created_at AS "createdAt",
           (extract(epoch FROM GREATEST(ended_at - started_at, interval '0')) * 1000)::float8 AS "tookMs",
           pull_ms AS "pullMs", steps_ms AS "stepsMs", step_count AS "stepCount", steps_cached AS "stepsCached",
           COALESCE(result_bytes, CASE WHEN state = 'succeeded' THEN total_bytes END)::float8 AS "sizeBytes"
    FROM build WHERE image_id = ${imageId}::uuid ORDER BY number DESC LIMIT ${trendBuildsMax}::int`;
}

interface StoredTrendBuild extends Omit<TrendBuild, 'createdAt'> {
  readonly imageRevision: number | null;
  readonly createdAt: Date;
}

type StoredImage = Prisma.ImageGetPayload<{ include: { revisions: typeof newestFirst } }>;
type StoredRevision = StoredImage['revisions'][number];
type StoredBuild = Prisma.BuildGetPayload<{ select: typeof buildColumns }>;
function toRow(image: StoredImage, names: UserNames): Omit<ImageRow, 'lastBuild'> {
  const [newest] = image.revisions;
  if (newest === undefined) throw new Error(`Image ${image.id} has no revision`);
  const { reference, steps } = readDefinition(newest.definition);
  return {
    id: image.id,
    name: image.name,
    revision: image.revisionNumber,
    reference,
    stepCount: steps.length,
    createdAt: image.createdAt.toISOString(),
    changedAt: newest.createdAt.toISOString(),
    changedByName: nameOfUser(newest.createdBy, names),
  };
}

function toTrendBuild({ imageRevision: _, createdAt, ...build }: StoredTrendBuild): TrendBuild {
  return { ...build, createdAt: createdAt.toISOString() };
}

/** What this server wrote it need not doubt, but an older one may have written it. */
function readDefinition(stored: unknown): Definition {
  return keptDefinitionSchema.parse(stored);
}

function toBuild({ imageRevision, resultBytes, ...build }: StoredBuild): ImageBuild {
  return {
    ...build,
    revision: imageRevision,
    createdAt: build.createdAt.toISOString(),
    startedAt: build.startedAt?.toISOString() ?? null,
    endedAt: build.endedAt?.toISOString() ?? null,
    resultBytes: resultBytes === null ? null : Number(resultBytes),
  };
}

/** The newest build of each image. By an index for each, however many builds they have. */
async function lastBuilds(imageIds: readonly string[]): Promise<ReadonlyMap<string, ImageBuild>> {
  const newest = await prisma().$queryRaw<{ id: string }[]>`
    SELECT build.id
    FROM unnest(${[...imageIds]}::uuid[]) AS image (id)
    CROSS JOIN LATERAL (
      SELECT build.id FROM build WHERE build.image_id = image.id ORDER BY build.number DESC LIMIT 1
    ) AS build`;
  const builds = await prisma().build.findMany({
    where: { id: { in: newest.map(({ id }) => id) } },
    select: { ...buildColumns, imageId: true },
  });
  return new Map(builds.map(({ imageId, ...build }) => [imageId ?? '', toBuild(build)]));
}

function userNames(images: readonly { readonly revisions: readonly StoredRevision[] }[]): Promise<UserNames> {
  const ids = images.flatMap(({ revisions }) => revisions.map(({ createdBy }) => createdBy));
  return findUserNames(ids);
}
