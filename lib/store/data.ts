import { Prisma, prisma } from '#lib/db/client.ts';
import type { ErrorReport } from '#lib/errors/report.ts';
import type { Digest } from '#lib/oci/digest.ts';
import type { Scope } from '#lib/teams/scope.ts';
import type { KnownImage } from './collect-plan.ts';
import { isHeld } from './held.ts';
import { collectionReasonSchema } from './schema.ts';
import type { WorkspaceUse } from './sharing.ts';
import type { CollectionRow, ImageBlob, StoreFacts } from './types.ts';

/** Every image of the records, of all workspaces, with what it needs. For collecting: no page may show it as it is. */
export async function readKnownImages(): Promise<readonly KnownImage[]> {
  return prisma().$queryRaw<KnownImage[]>`
    SELECT image.digest, image.used_at AS "usedAt", image.condemned_at IS NOT NULL AS "isCondemned",
           ${isHeld(Prisma.sql`image.digest`)} AS "isHeld",
           part.blobs
    FROM stored_image AS image
    CROSS JOIN LATERAL (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'digest', digest, 'kind', kind, 'position', position, 'sizeBytes', size_bytes
      )), '[]') AS blobs
      FROM stored_image_blob WHERE image_digest = image.digest
    ) AS part`;
}

/** Of some blobs those that an image needs which is not condemned. */
export async function neededAmong(digests: readonly Digest[]): Promise<ReadonlySet<Digest>> {
  if (digests.length === 0) return new Set();
  const rows = await prisma().$queryRaw<{ digest: Digest }[]>`
    SELECT DISTINCT part.digest FROM stored_image_blob AS part
    JOIN stored_image AS image ON image.digest = part.image_digest
    WHERE part.digest = ANY(${[...digests]}) AND image.condemned_at IS NULL`;
  return new Set(rows.map(({ digest }) => digest));
}

/** An image that some workspace built from, for whoever looks after the whole server. */
export interface BuiltImage {
  readonly digest: Digest;
  /** One of its references. */
  readonly reference: string;
  readonly blobs: readonly ImageBlob[];
}

/** Images that builds ended well with and that none is fetching again: all of their blobs ought to be in the store. */
export async function readBuiltImages(): Promise<readonly BuiltImage[]> {
  return prisma().$queryRaw<BuiltImage[]>`
    SELECT image.digest, min(use.reference) AS reference, (
      SELECT jsonb_agg(jsonb_build_object(
        'digest', digest, 'kind', kind, 'position', position, 'sizeBytes', size_bytes
      )) FROM stored_image_blob WHERE image_digest = image.digest
    ) AS blobs
    FROM stored_image AS image JOIN image_use AS use ON use.image_digest = image.digest
    WHERE image.condemned_at IS NULL AND NOT EXISTS (
      SELECT FROM image_hold AS hold JOIN build ON build.id = hold.build_id
      WHERE hold.image_digest = image.digest AND build.state IN ('queued', 'running')
    )
    GROUP BY image.digest`;
}

/** From which images a workspace built, under which references, and which of them its builds made. Newest first. */
export async function readUses(options: { readonly scope: Scope }): Promise<readonly WorkspaceUse[]> {
  return prisma().$queryRaw<WorkspaceUse[]>`
    SELECT use.image_digest AS "imageDigest", use.reference, use.used_at AS "usedAt", use.build_number AS "buildNumber",
           use.builds, use.fetched_bytes::float8 AS "fetchedBytes", use.reused_bytes::float8 AS "reusedBytes",
           -- What steps copy from has a reference of its own.
           CASE WHEN build.reference = use.reference AND build.base_digest <> use.image_digest THEN jsonb_build_object(
             'kind', CASE WHEN build.result_digest = use.image_digest THEN 'result' ELSE 'step' END,
             'imageName', build.image_name
           ) END AS made
    FROM image_use AS use
    LEFT JOIN build ON build.workspace_id = use.workspace_id AND build.number = use.build_number
    WHERE use.workspace_id = ${options.scope.workspaceId}::uuid
    ORDER BY use.used_at DESC`;
}

/** The store as a worker measured it last; null before the first time. The server's own facts: for owners. */
export async function readStoreFacts(): Promise<StoreFacts | null> {
  const row = await prisma().storeState.findUnique({ where: { id: 1 } });
  if (row === null) return null;
  return {
    layerBytes: Number(row.layerBytes),
    documentBytes: Number(row.documentBytes),
    looseBytes: Number(row.looseBytes),
    blobs: row.blobs,
    partialBytes: Number(row.partialBytes),
    partials: row.partials,
    oldestPartialAt: row.oldestPartialAt?.toISOString() ?? null,
    diskBytes: Number(row.diskBytes),
    freeBytes: Number(row.freeBytes),
    limits: { bytesMax: row.bytesMax === null ? null : Number(row.bytesMax), daysMax: row.daysMax },
    measuredAt: row.measuredAt.toISOString(),
    collectedAt: row.collectedAt?.toISOString() ?? null,
  };
}

/**
 * Of some blobs, a repository of a registry that gave each to the workspace, or took it from there: the newest. From there the
 * registry can mount it into another repository.
 */
export async function readMountSources(options: {
  readonly scope: Scope;
  /** host[:port] */
  readonly registry: string;
  readonly digests: readonly string[];
}): Promise<ReadonlyMap<string, string>> {
  const { scope, registry, digests } = options;
  const prefix = `${registry}/`;
  const rows = await prisma().$queryRaw<{ digest: string; repository: string }[]>`
    SELECT DISTINCT ON (digest) digest, repository FROM blob_source
    WHERE workspace_id = ${scope.workspaceId}::uuid AND digest = ANY(${[...digests]}) AND starts_with(repository, ${prefix})
    ORDER BY digest, confirmed_at DESC`;
  return new Map(rows.map(({ digest, repository }) => [digest, repository.slice(prefix.length)]));
}

/** Whether somebody asked for a collection that no worker has taken up. */
export async function isCollectionAsked(): Promise<boolean> {
  return (await prisma().collection.count({ where: { state: 'queued' } })) > 0;
}

/** The newest collections that were asked for or found something, newest first. */
export async function listCollections(options: {
  readonly limit: number;
}): Promise<readonly CollectionRow[]> {
  const rows = await prisma().collection.findMany({
    orderBy: { createdAt: 'desc' },
    take: options.limit,
  });
  return rows.map((row) => ({
    id: row.id,
    state: row.state,
    reason: collectionReasonSchema.parse(row.reason),
    requestedBy: row.requestedBy,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    images: row.images,
    blobs: row.blobs,
    partials: row.partials,
    freedBytes: Number(row.freedBytes),
    failure: row.error === null ? null : failureOf(row.error as unknown as ErrorReport),
  }));
}

function failureOf({ what, why, next }: ErrorReport): CollectionRow['failure'] {
  return { what, why, next };
}
