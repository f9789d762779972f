import { hostname } from 'node:os';
import { Prisma, prisma, type Transaction, transaction } from '#lib/db/client.ts';
import type { ErrorReport } from '#lib/errors/report.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { requireOwner } from '#lib/teams/require-owner.ts';
import type { Scope } from '#lib/teams/scope.ts';
import type { KnownImage } from './collect-plan.ts';
import { isHeld } from './held.ts';
import type { CollectionReason } from './schema.ts';
import type { CollectionTally, HeldImage, RecordedImage, StoreFacts } from './types.ts';

/** The channel that tells workers that a collection was asked for. */
export const storeChannel = 'slipway_store';

/**
 * Says that a build needs an image, before the build looks what of it is here. From the moment this is committed until
 * the build has ended no collection destroys any of its blobs; one that was about to is told so (README.md, Collection).
 */
export async function holdImage(
  tx: Transaction,
  options: { readonly buildId: string; readonly image: HeldImage },
): Promise<void> {
  const { buildId, image } = options;
  await tx.$executeRaw`
    INSERT INTO stored_image (digest) VALUES (${image.digest})
    ON CONFLICT (digest) DO UPDATE SET used_at = now(), condemned_at = NULL`;
  await insertBlobs(tx, [image]);
  await tx.$executeRaw`
    INSERT INTO image_hold (build_id, image_digest, reference)
    VALUES (${buildId}::uuid, ${image.digest}, ${image.reference ?? null})
    ON CONFLICT (build_id, image_digest) DO UPDATE SET held_at = now()`;
}

/** Says that a build ended well with the images that it held, what its steps made among them: from now on its workspace has them. */
export async function recordImageUse(tx: Transaction, buildId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE stored_image SET used_at = now(), condemned_at = NULL
    FROM image_hold AS hold WHERE hold.build_id = ${buildId}::uuid AND hold.image_digest = stored_image.digest`;
  await tx.$executeRaw`
    INSERT INTO image_use
      (workspace_id, image_digest, reference, build_number, fetched_bytes, reused_bytes)
    SELECT build.workspace_id, hold.image_digest, coalesce(hold.reference, build.reference), build.number,
           -- Bytes came for the base alone.
           CASE WHEN hold.image_digest = build.base_digest THEN coalesce(build.fetched_bytes, 0) ELSE 0 END,
           CASE WHEN hold.image_digest = build.base_digest THEN coalesce(build.reused_bytes, 0) ELSE 0 END
    FROM build JOIN image_hold AS hold ON hold.build_id = build.id
    WHERE build.id = ${buildId}::uuid
    ON CONFLICT (workspace_id, image_digest, reference) DO UPDATE SET
      used_at = now(),
      build_number = greatest(image_use.build_number, excluded.build_number),
      builds = image_use.builds + 1,
      fetched_bytes = image_use.fetched_bytes + excluded.fetched_bytes,
      reused_bytes = image_use.reused_bytes + excluded.reused_bytes`;
}

/** The blobs of an image that its registry delivered, or confirmed, while it was pulled, or took while it was pushed. */
export interface Delivery {
  readonly workspaceId: string;
  /** host/repository */
  readonly repository: string;
  readonly blobs: readonly { readonly digest: string; readonly sizeBytes: number }[];
}

/**
 * Notes from where a workspace was given blobs: there it may use them unfetched. In the order of the digests, so that two that share
 * layers wait for each other and never in a circle.
 */
export async function recordDelivery(tx: Transaction, delivery: Delivery): Promise<void> {
  const blobs = JSON.stringify(delivery.blobs.map(({ digest, sizeBytes }) => ({ digest, size: sizeBytes })));
  await tx.$executeRaw`
    INSERT INTO blob (digest, size_bytes)
    SELECT DISTINCT digest, size FROM jsonb_to_recordset(${blobs}::jsonb) AS row(digest text, size bigint)
    ORDER BY digest
    ON CONFLICT (digest) DO NOTHING`;
  await tx.$executeRaw`
    INSERT INTO blob_source (workspace_id, digest, repository)
    SELECT DISTINCT ${delivery.workspaceId}::uuid, digest, ${delivery.repository}
    FROM jsonb_to_recordset(${blobs}::jsonb) AS row(digest text)
    ORDER BY digest
    ON CONFLICT (workspace_id, digest, repository) DO UPDATE SET confirmed_at = now()`;
}

/**
 * Takes images into the records that lie in the store and are not in them: of builds before there were records, or of a
 * database that was restored. Who built from them, and through which index, is read from the builds.
 */
export async function adoptImages(
  images: readonly (RecordedImage & { readonly usedAt: Date })[],
): Promise<void> {
  if (images.length === 0) return;
  const digests = images.map(({ digest }) => digest);
  const rows = JSON.stringify(images.map(({ digest, usedAt }) => ({ digest, used_at: usedAt })));
  await transaction(async (tx) => {
    await tx.$executeRaw`
      INSERT INTO stored_image (digest, used_at)
      SELECT found.digest, greatest(found.used_at, max(build.ended_at))
      FROM jsonb_to_recordset(${rows}::jsonb) AS found(digest text, used_at timestamptz)
      LEFT JOIN build ON build.base_digest = found.digest AND build.state = 'succeeded'
      GROUP BY found.digest, found.used_at
      ON CONFLICT (digest) DO NOTHING`;
    await insertBlobs(tx, images);
    await tx.$executeRaw`
      INSERT INTO stored_image_blob (image_digest, digest, kind, position, size_bytes)
      SELECT DISTINCT build.base_digest, build.index_digest, 'index', 0, blob.size_bytes
      FROM build JOIN blob ON blob.digest = build.index_digest
      WHERE build.base_digest = ANY(${digests}) AND build.state = 'succeeded'
      ON CONFLICT DO NOTHING`;
    await tx.$executeRaw`
      INSERT INTO image_use
        (workspace_id, image_digest, reference, used_at, build_number, builds, fetched_bytes, reused_bytes)
      SELECT workspace_id, base_digest, reference, max(ended_at), max(number), count(*)::int,
             coalesce(sum(fetched_bytes), 0), coalesce(sum(reused_bytes), 0)
      FROM build WHERE base_digest = ANY(${digests}) AND state = 'succeeded'
      GROUP BY workspace_id, base_digest, reference
      ON CONFLICT DO NOTHING`;
  });
}

/**
 * Decides that images go, those that were not needed since they were looked at. Any build may take that back until
 * their blobs are gone.
 * @returns the digests of those that were condemned
 */
export async function condemnImages(images: readonly KnownImage[]): Promise<ReadonlySet<Digest>> {
  const rows = JSON.stringify(images.map(({ digest, usedAt }) => ({ digest, used_at: usedAt })));
  const condemned = await prisma().$queryRaw<{ digest: Digest }[]>`
    UPDATE stored_image SET condemned_at = now()
    FROM jsonb_to_recordset(${rows}::jsonb) AS victim(digest text, used_at timestamptz)
    WHERE stored_image.digest = victim.digest AND stored_image.used_at = victim.used_at
      AND NOT ${isHeld(Prisma.sql`stored_image.digest`)}
    RETURNING stored_image.digest`;
  return new Set(condemned.map(({ digest }) => digest));
}

/**
 * Removes the records of images that are still condemned now that their blobs are gone, and of blobs that no image has.
 * @returns how many images that were
 */
export async function forgetImages(options: {
  readonly images: readonly Digest[];
  readonly blobs: readonly Digest[];
}): Promise<number> {
  return transaction(async (tx) => {
    const images = await tx.$executeRaw`
      DELETE FROM stored_image WHERE digest = ANY(${[...options.images]}) AND condemned_at IS NOT NULL`;
    await tx.$executeRaw`
      DELETE FROM blob WHERE digest = ANY(${[...options.blobs]})
        AND NOT EXISTS (SELECT FROM stored_image_blob AS part WHERE part.digest = blob.digest)`;
    await tx.$executeRaw`
      DELETE FROM image_hold USING build
      WHERE build.id = image_hold.build_id AND build.state NOT IN ('queued', 'running')`;
    await tx.$executeRaw`DELETE FROM image_loan WHERE until < now()`;
    return images;
  });
}

/**
 * Asks for a collection, now. One that waits already is enough.
 * @throws OwnerOnlyError
 */
export async function requestCollection(options: { readonly scope: Scope }): Promise<void> {
  const { scope } = options;
  requireOwner(scope);
  await prisma().$transaction([
    prisma().$executeRaw`
      INSERT INTO collection (id, reason, requested_by)
      VALUES (gen_random_uuid(), 'asked', ${scope.userName})
      ON CONFLICT (state) WHERE state = 'queued' DO NOTHING`,
    prisma().$queryRaw`SELECT pg_notify(${storeChannel}, 'collect')::text AS notified`,
  ]);
}

/** Takes up the collection that was asked for, if there is one. The caller holds the store's lock. */
export async function beginAsked(): Promise<{ readonly id: string } | null> {
  const [row] = await prisma().$queryRaw<{ id: string }[]>`
    UPDATE collection SET state = 'running', started_at = now(), hostname = ${hostname()}
    WHERE state = 'queued' RETURNING id`;
  return row ?? null;
}

/** Records a collection that nobody had to ask for. The caller holds the store's lock. */
export async function beginCollection(options: {
  readonly reason: CollectionReason;
  readonly requestedBy: string | null;
}): Promise<{ readonly id: string }> {
  return prisma().collection.create({
    data: { ...options, state: 'running', startedAt: new Date(), hostname: hostname() },
    select: { id: true },
  });
}

/** Brings the record of a collection that runs up to date. */
export async function tellCollection(id: string, tally: CollectionTally): Promise<void> {
  await prisma().collection.updateMany({ where: { id, state: 'running' }, data: rowOf(tally) });
}

/** Ends the record of a collection, well without `error`. */
export async function endCollection(
  id: string,
  end: { readonly tally: CollectionTally; readonly error?: ErrorReport },
): Promise<void> {
  const { tally, error } = end;
  await prisma().collection.update({
    where: { id },
    data: {
      ...rowOf(tally),
      state: error === undefined ? 'done' : 'failed',
      endedAt: new Date(),
      ...(error === undefined ? {} : { error: error as unknown as Prisma.InputJsonValue }),
    },
  });
  await prisma().$executeRaw`
    DELETE FROM collection WHERE id IN (
      SELECT id FROM collection ORDER BY created_at DESC OFFSET ${collectionsKept}::int
    )`;
}

/** Ends what a process left that is no more. The caller holds the store's lock, so no collection runs. */
export async function endInterrupted(error: ErrorReport): Promise<void> {
  await prisma().collection.updateMany({
    where: { state: 'running' },
    data: { state: 'failed', endedAt: new Date(), error: error as unknown as Prisma.InputJsonValue },
  });
}

/** Keeps what a worker measured. `hasCollected`: a collection has just ended. */
export async function saveStoreState(
  facts: Omit<StoreFacts, 'measuredAt' | 'collectedAt'> & { readonly hasCollected: boolean },
): Promise<void> {
  const { limits, hasCollected, oldestPartialAt, ...figures } = facts;
  const data = {
    ...figures,
    ...limits,
    oldestPartialAt: oldestPartialAt === null ? null : new Date(oldestPartialAt),
    measuredAt: new Date(),
    ...(hasCollected ? { collectedAt: new Date() } : {}),
  };
  await prisma().storeState.upsert({ where: { id: 1 }, create: { id: 1, ...data }, update: data });
}

/** What people look back on. */
const collectionsKept = 200;

function rowOf({ images, blobs, partials, freedBytes }: CollectionTally) {
  return { images, blobs, partials, freedBytes: BigInt(freedBytes) };
}

async function insertBlobs(tx: Transaction, images: readonly RecordedImage[]): Promise<void> {
  const rows = images.flatMap(({ digest: image, blobs }) => blobs.map((blob) => ({ image, ...blob })));
  await tx.$executeRaw`
    INSERT INTO stored_image_blob (image_digest, digest, kind, position, size_bytes)
    SELECT image, digest, kind, position, "sizeBytes"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS blob(image text, digest text, kind text, position int, "sizeBytes" bigint)
    ON CONFLICT DO NOTHING`;
}
