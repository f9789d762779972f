import { LeaseLostError } from '#lib/builds/errors.ts';
import { stateAfterLoss } from '#lib/builds/state.ts';
import { Prisma, prisma, type Transaction, transaction } from '#lib/db/client.ts';
import { type ErrorReport, reportError } from '#lib/errors/report.ts';
import { recordDelivery } from '#lib/store/mutations.ts';
import { PushLostError } from './errors.ts';
import type { PushProgress } from './schema.ts';
import type { PushClaim, Pushed } from './types.ts';

/** The channel that wakes workers: `claim` when a push is queued, `cancel PUSH_ID` when one is to stop. */
export const workChannel = 'slipway_push_work';
/** The channel on which followers hear that a push of a build has changed. The payload is the build's id. */
export const pushChannel = 'slipway_push';

/** As for builds: with the reaper's pace it bounds how long a loss goes unseen. */
export const leaseMs = 6_000;
export const renewEveryMs = 1_500;

/** Which attempt writes. */
export type PushRef = Pick<PushClaim, 'id' | 'epoch'>;

/**
 * Takes the oldest push whose build has succeeded, or null when there is none that another worker is not just taking. A push that was
 * asked for with its build waits in the same row until then, so that nothing has to be done when the build ends, and nothing can be lost.
 */
export async function claimPush(options: { readonly workerId: string }): Promise<PushClaim | null> {
  const [claim] = await prisma().$queryRaw<(PushClaim & { readonly notified: string })[]>`
    WITH next AS MATERIALIZED (
      SELECT push.id, build.number FROM push JOIN build ON build.id = push.build_id
      WHERE push.state = 'queued' AND build.state = 'succeeded'
      ORDER BY push.id LIMIT 1 FOR UPDATE OF push SKIP LOCKED
    ), claimed AS (
      UPDATE push SET state = 'running', epoch = epoch + 1, attempt = attempt + 1, worker_id = ${options.workerId}::uuid,
        cause = NULL, started_at = coalesce(started_at, now()), lease_until = ${leaseEnd}
      FROM next WHERE push.id = next.id
      RETURNING push.*, next.number
    )
    SELECT id, workspace_id AS "workspaceId", build_id AS "buildId", number AS "buildNumber", reference, secret_id AS "secretId",
           secret_version_id AS "secretVersionId", trigger, requester_name AS "requesterName", attempt, epoch, ${said} AS notified
    FROM claimed`;
  if (claim === undefined) return null;
  const { notified, ...rest } = claim;
  return rest;
}

/**
 * Keeps an attempt's push for another `leaseMs`, and says whether somebody asked for it to stop.
 * @throws LeaseLostError when the push is no longer this attempt's.
 */
export async function renewPush(ref: PushRef): Promise<{ readonly cancelRequestedBy: string | null }> {
  const [row] = await prisma().$queryRaw<{ cancelRequestedBy: string | null }[]>`
    UPDATE push SET lease_until = ${leaseEnd} WHERE ${isRunning(ref)}
    RETURNING cancel_requested_by AS "cancelRequestedBy"`;
  if (row === undefined) throw new LeaseLostError();
  return row;
}

/** Writes how far a push is. @throws LeaseLostError when it is no longer this attempt's; then nothing was written. */
export async function writePush(ref: PushRef, progress: PushProgress): Promise<void> {
  await update(
    prisma(),
    ref,
    Prisma.sql`progress = ${JSON.stringify(progress)}::jsonb, lease_until = ${leaseEnd}`,
  );
}

/** Ends an attempt that failed or was cancelled. @throws LeaseLostError as `writePush` does */
export async function endPush(
  ref: PushRef,
  end:
    | { readonly state: 'failed'; readonly error: ErrorReport }
    | { readonly state: 'cancelled'; readonly by: string },
): Promise<void> {
  await update(prisma(), ref, endOf(end));
}

/**
 * Ends an attempt well. What the registry has now in the target's repository is this workspace's to use there, as if it had been pulled
 * from it: the next build from it need not fetch it, and the next push to a neighbour mounts it.
 * @throws LeaseLostError as `writePush` does
 */
export async function succeedPush(
  ref: PushRef & Pick<PushClaim, 'workspaceId'>,
  done: {
    readonly pushed: Pushed;
    /** host/repository */
    readonly repository: string;
    readonly blobs: readonly { readonly digest: string; readonly sizeBytes: number }[];
  },
): Promise<void> {
  const { digest, sentBytes, mountedBytes, presentBytes } = done.pushed;
  await transaction(async (tx) => {
    await update(
      tx,
      ref,
      Prisma.sql`state = 'succeeded', ended_at = now(), digest = ${digest}, sent_bytes = ${sentBytes}::bigint,
        mounted_bytes = ${mountedBytes}::bigint, present_bytes = ${presentBytes}::bigint`,
    );
    await recordDelivery(tx, { ...done, workspaceId: ref.workspaceId });
  });
}

/** Gives a push back, for a worker that stops. If somebody asked for it to stop, it ends here. @throws LeaseLostError */
export async function releasePush(ref: PushRef): Promise<void> {
  await transaction(async (tx) => {
    const { cancelRequestedBy } = await holdRow(tx, ref);
    const end =
      cancelRequestedBy === null
        ? Prisma.sql`state = 'queued', cause = ${'The worker stopped; the push goes on with the next one'}`
        : endOf({ state: 'cancelled', by: cancelRequestedBy });
    await update(tx, ref, end);
    await wakePushers(tx);
  });
}

/** Records that the process of a push was lost: it is queued again, or fails when that happened too often. @throws LeaseLostError */
export async function losePush(ref: PushRef, options: { readonly what: string }): Promise<void> {
  await transaction(async (tx) => {
    await endLost(tx, await holdRow(tx, ref), options.what);
  });
}

/**
 * Takes pushes from workers whose lease ended, and ends those whose build came to nothing. Any number of workers may do this at once.
 * @returns how many changed.
 */
export async function reapPushes(): Promise<number> {
  return transaction(async (tx) => {
    const lost = await tx.$queryRaw<HeldRow[]>`
      SELECT ${heldColumns} FROM push WHERE state = 'running' AND lease_until < now()
      ORDER BY id LIMIT ${reapedAtOnceMax}::int FOR UPDATE SKIP LOCKED`;
    for (const row of lost) await endLost(tx, row, 'The worker was lost');
    const idle = await tx.$queryRaw<unknown[]>`
      WITH next AS MATERIALIZED (
        SELECT push.id, build.number FROM push JOIN build ON build.id = push.build_id
        WHERE push.state = 'queued' AND build.state IN ('failed', 'cancelled')
        ORDER BY push.id LIMIT ${reapedAtOnceMax}::int FOR UPDATE OF push SKIP LOCKED
      ), written AS (
        UPDATE push SET state = 'cancelled', ended_at = now(), cause = 'Build #' || next.number || ' came to no image'
        FROM next WHERE push.id = next.id RETURNING build_id
      )
      SELECT ${said} AS notified FROM written`;
    return lost.length + idle.length;
  });
}

/** Tells workers, when the transaction commits, that a push waits. */
export async function wakePushers(db: Pick<Transaction, '$queryRaw'>): Promise<void> {
  await db.$queryRaw`SELECT pg_notify(${workChannel}, 'claim')::text AS notified`;
}

/** A transaction of the reaper holds its locks no longer than this many writes. */
const reapedAtOnceMax = 50;

const leaseEnd = Prisma.sql`now() + ${leaseMs}::int * interval '1 millisecond'`;
const said = Prisma.sql`pg_notify(${pushChannel}, build_id::text)::text`;
const heldColumns = Prisma.sql`id, epoch, losses, cancel_requested_by AS "cancelRequestedBy"`;

interface HeldRow extends PushRef {
  readonly losses: number;
  readonly cancelRequestedBy: string | null;
}

function isRunning({ id, epoch }: PushRef): Prisma.Sql {
  return Prisma.sql`id = ${id}::uuid AND epoch = ${epoch}::int AND state = 'running'`;
}

function endOf(
  end:
    | { readonly state: 'failed'; readonly error: ErrorReport }
    | { readonly state: 'cancelled'; readonly by: string },
): Prisma.Sql {
  const common = Prisma.sql`ended_at = now(), state = ${end.state}::push_state`;
  return end.state === 'failed'
    ? Prisma.sql`${common}, error = ${JSON.stringify(end.error)}::jsonb`
    : Prisma.sql`${common}, cause = ${`Cancelled by ${end.by}`}`;
}

/** One statement, so that followers are told of what was written and of nothing else. */
async function update(
  db: Pick<Transaction, '$queryRaw'>,
  ref: PushRef,
  assignments: Prisma.Sql,
): Promise<void> {
  const rows = await db.$queryRaw<unknown[]>`
    WITH written AS (UPDATE push SET ${assignments} WHERE ${isRunning(ref)} RETURNING build_id)
    SELECT ${said} AS notified FROM written`;
  if (rows.length === 0) throw new LeaseLostError();
}

/** Locks the row, so that nobody asks for it to stop between the look and the end. */
async function holdRow(tx: Transaction, ref: PushRef): Promise<HeldRow> {
  const [row] = await tx.$queryRaw<
    HeldRow[]
  >`SELECT ${heldColumns} FROM push WHERE ${isRunning(ref)} FOR UPDATE`;
  if (row === undefined) throw new LeaseLostError();
  return row;
}

/** The row is locked by the caller. */
async function endLost(tx: Transaction, row: HeldRow, what: string): Promise<void> {
  const { cancelRequestedBy } = row;
  const losses = row.losses + 1;
  const state = stateAfterLoss({ losses, isCancelRequested: cancelRequestedBy !== null });
  const counted = Prisma.sql`losses = ${losses}::int`;
  if (cancelRequestedBy !== null) {
    await update(tx, row, Prisma.sql`${counted}, ${endOf({ state: 'cancelled', by: cancelRequestedBy })}`);
  } else if (state === 'queued') {
    await update(tx, row, Prisma.sql`${counted}, state = 'queued', cause = ${what}`);
    await wakePushers(tx);
  } else {
    const error = reportError(new PushLostError({ what }));
    await update(tx, row, Prisma.sql`${counted}, ${endOf({ state: 'failed', error })}`);
  }
}
