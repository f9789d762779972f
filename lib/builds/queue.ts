import { Prisma, prisma, type Transaction, transaction } from '#lib/db/client.ts';
import { type ErrorReport, reportError } from '#lib/errors/report.ts';
import type { CachePolicy } from '#lib/images/step-plan.ts';
import { type Delivery, holdImage, recordDelivery, recordImageUse } from '#lib/store/mutations.ts';
import type { HeldImage } from '#lib/store/types.ts';
import { BuildLostError, LeaseLostError } from './errors.ts';
import { type Appended, appendEvents } from './events.ts';
import type { BuildEvent } from './schema.ts';
import { stateAfterLoss } from './state.ts';
import { workerSilenceMs } from './workers.ts';

/** The channel that wakes workers: `claim` when a build is queued, `cancel BUILD_ID` when one is to stop. */
export const workChannel = 'slipway_work';

/** How long a build belongs to a worker that says nothing. With the reaper's pace it bounds how long a loss goes unseen. */
export const leaseMs = 6_000;
/** How often a lease is renewed: three may fail before it ends. */
export const renewEveryMs = 1_500;
/** How often each worker looks for leases that ended. */
export const reapEveryMs = 1_000;

/** A build and the attempt at it that a claim began. */
export interface Claim {
  readonly id: string;
  readonly workspaceId: string;
  readonly number: number;
  readonly reference: string;
  readonly platform: string;
  readonly secretId: string | null;
  readonly secretName: string | null;
  readonly secretVersionId: string | null;
  readonly secretVersion: number | null;
  readonly secretWhy: string | null;
  readonly imageId: string | null;
  /** StoredSteps; null for a plain pull. */
  readonly steps: unknown;
  readonly cachePolicy: CachePolicy;
  readonly requesterName: string;
  readonly attempt: number;
  /** Every write of this attempt names it, and fails once the build has a newer one. */
  readonly epoch: number;
  /** The number of the newest event: that this attempt began. */
  readonly head: number;
}

/** Which attempt writes. */
export type AttemptRef = Pick<Claim, 'id' | 'epoch'>;

/**
 * Takes the oldest queued build for a worker, or null when there is none that another worker is not just taking. A worker without an
 * engine leaves builds with steps to those that have one; where none has, it takes them too, and says what is missing.
 */
export async function claimBuild(options: {
  readonly workerId: string;
  /** True where it is not said. */
  readonly hasEngine?: boolean;
}): Promise<Claim | null> {
  const isFitting = (options.hasEngine ?? true) ? Prisma.sql`true` : isForAnybody;
  return transaction(async (tx) => {
    const [found] = await tx.$queryRaw<Claim[]>`
      SELECT id, workspace_id AS "workspaceId", number, reference, platform, secret_id AS "secretId",
             secret_name AS "secretName", secret_version_id AS "secretVersionId", secret_version AS "secretVersion",
             secret_why AS "secretWhy", image_id AS "imageId", steps, cache_policy AS "cachePolicy", requester_name AS "requesterName", attempt + 1 AS attempt,
             epoch + 1 AS epoch, event_head + 1 AS head
      FROM build WHERE state = 'queued' AND ${isFitting} ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`;
    if (found === undefined) return null;
    await appendEvents(tx, {
      buildId: found.id,
      from: ['queued'],
      events: [{ kind: 'state', state: 'running', attempt: found.attempt }],
      set: [
        Prisma.sql`epoch = ${found.epoch}::int`,
        Prisma.sql`attempt = ${found.attempt}::int`,
        Prisma.sql`worker_id = ${options.workerId}::uuid`,
        Prisma.sql`lease_until = now() + ${leaseMs}::int * interval '1 millisecond'`,
      ],
    });
    return found;
  });
}

/**
 * Keeps an attempt's build for another `leaseMs`, and says whether somebody asked for it to stop.
 *
 * @throws LeaseLostError when the build is no longer this attempt's.
 */
export async function renewLease(
  attempt: AttemptRef,
): Promise<{ readonly cancelRequestedBy: string | null }> {
  const [row] = await prisma().$queryRaw<{ cancelRequestedBy: string | null }[]>`
    UPDATE build SET lease_until = now() + ${leaseMs}::int * interval '1 millisecond'
    WHERE id = ${attempt.id}::uuid AND epoch = ${attempt.epoch}::int AND state = 'running'
    RETURNING cancel_requested_by AS "cancelRequestedBy"`;
  if (row === undefined) throw new LeaseLostError();
  return row;
}

/**
 * Appends what an attempt says after the event number `after`, once: when an earlier try reached the database and its
 * answer did not come back, this one finds it done.
 *
 * @throws LeaseLostError when the build is no longer this attempt's; then nothing was written.
 */
export async function writeAttempt(
  attempt: AttemptRef,
  options: { readonly events: readonly BuildEvent[]; readonly after: number },
): Promise<Appended> {
  const { events, after } = options;
  const appended = await appendEvents(prisma(), {
    buildId: attempt.id,
    epoch: attempt.epoch,
    after,
    from: ['running'],
    events,
  });
  if (appended !== null) return appended;
  const [row] = await prisma().$queryRaw<Appended[]>`
    SELECT event_head AS head, log_lines AS "logLines" FROM build
    WHERE id = ${attempt.id}::uuid AND epoch = ${attempt.epoch}::int AND event_head > ${after}::int`;
  if (row === undefined) throw new LeaseLostError();
  return row;
}

/**
 * Ends an attempt that failed or was cancelled.
 *
 * @throws LeaseLostError when the build is no longer this attempt's; then nothing was written.
 */
export async function endAttempt(
  attempt: AttemptRef & Pick<Claim, 'attempt'>,
  end:
    | { readonly state: 'failed'; readonly error: ErrorReport }
    | { readonly state: 'cancelled'; readonly by: string },
): Promise<void> {
  const common = { kind: 'state', attempt: attempt.attempt } as const;
  const event: BuildEvent =
    end.state === 'failed'
      ? { ...common, state: 'failed', error: end.error }
      : { ...common, state: 'cancelled', cause: `Cancelled by ${end.by}` };
  await append(prisma(), attempt, [event]);
}

/**
 * Ends an attempt well: its end, what the store holds now and from where this workspace may use it, together.
 *
 * @throws LeaseLostError when the build is no longer this attempt's; then nothing was written.
 */
export async function succeedAttempt(
  attempt: AttemptRef & Pick<Claim, 'attempt' | 'workspaceId'>,
  delivery: Omit<Delivery, 'workspaceId'>,
): Promise<void> {
  await transaction(async (tx) => {
    await append(tx, attempt, [{ kind: 'state', state: 'succeeded', attempt: attempt.attempt }]);
    await recordDelivery(tx, { ...delivery, workspaceId: attempt.workspaceId });
    await recordImageUse(tx, attempt.id);
  });
}

/**
 * Keeps the image that an attempt needs from being collected until its build has ended. The attempt looks what of the
 * image is in the store only after this.
 *
 * @throws LeaseLostError when the build is no longer this attempt's; then nothing was written.
 */
export async function holdForAttempt(attempt: AttemptRef, image: HeldImage): Promise<void> {
  await writeForAttempt(attempt, (tx) => holdImage(tx, { buildId: attempt.id, image }));
}

/**
 * Writes something of an attempt that lies beside its build: what a step made, what was learnt of an image. The build stays this
 * attempt's until that is committed.
 *
 * @throws LeaseLostError when the build is no longer this attempt's; then nothing was written.
 */
export async function writeForAttempt(
  attempt: AttemptRef,
  write: (tx: Transaction) => Promise<void>,
): Promise<void> {
  await transaction(async (tx) => {
    await holdAttempt(tx, attempt);
    await write(tx);
  });
}

/**
 * Gives a build back that its worker did not finish because the worker stops. It is no loss, and no worker need wait.
 * If somebody asked for it to stop, it ends here: nobody needs to take it up for that.
 *
 * @throws LeaseLostError when the build is no longer this attempt's.
 */
export async function releaseAttempt(attempt: AttemptRef & Pick<Claim, 'attempt'>): Promise<void> {
  await transaction(async (tx) => {
    const { cancelRequestedBy } = await holdAttempt(tx, attempt);
    const common = { kind: 'state', attempt: attempt.attempt } as const;
    if (cancelRequestedBy !== null) {
      const cause = `Cancelled by ${cancelRequestedBy}`;
      await append(tx, attempt, [{ ...common, state: 'cancelled', cause }]);
      return;
    }
    const cause = 'The worker stopped; the build goes on with the next one';
    await append(tx, attempt, [{ ...common, state: 'queued', cause }]);
    await wakeWorkers(tx);
  });
}

/**
 * Records that the process of an attempt was lost: the build is queued again, or fails when that happened too often.
 *
 * @throws LeaseLostError when the build is no longer this attempt's.
 */
export async function loseAttempt(attempt: AttemptRef, options: { readonly what: string }): Promise<void> {
  await transaction(async (tx) => {
    await endLost(tx, await holdAttempt(tx, attempt), options.what);
  });
}

/**
 * Takes running builds from workers whose lease ended. Any number of workers may do this at once.
 *
 * @returns the number of builds that were queued again, failed or cancelled.
 */
export async function reapLostBuilds(): Promise<number> {
  return transaction(async (tx) => {
    const lost = await tx.$queryRaw<HeldRow[]>`
      SELECT ${heldColumns} FROM build
      WHERE state = 'running' AND lease_until < now()
      ORDER BY id LIMIT ${reapedAtOnceMax}::int FOR UPDATE SKIP LOCKED`;
    for (const row of lost) await endLost(tx, row, 'The worker was lost');
    return lost.length;
  });
}

/** Of some blobs those that the same repository already delivered to the same workspace. */
export async function knownBlobs(
  source: Pick<Delivery, 'workspaceId' | 'repository'>,
  digests: readonly string[],
): Promise<string[]> {
  const rows = await prisma().$queryRaw<{ digest: string }[]>`
    SELECT digest FROM blob_source
    WHERE workspace_id = ${source.workspaceId}::uuid AND repository = ${source.repository}
      AND digest = ANY(${[...digests]})`;
  return rows.map(({ digest }) => digest);
}

/** Tells workers, when the transaction commits, that a build waits. */
export async function wakeWorkers(db: Pick<Transaction, '$queryRaw'>): Promise<void> {
  await db.$queryRaw`SELECT pg_notify(${workChannel}, 'claim')::text AS notified`;
}

/** A build that needs no engine, or that no worker with one is there for. */
const isForAnybody = Prisma.sql`(
  steps IS NULL OR NOT EXISTS (
    SELECT FROM worker
    WHERE seen_at > now() - ${workerSilenceMs}::int * interval '1 millisecond' AND engine->'facts' <> 'null'::jsonb
  )
)`;

/** A transaction of the reaper holds its locks no longer than this many appends. */
const reapedAtOnceMax = 50;

const heldColumns = Prisma.sql`id, attempt, losses, cancel_requested_by AS "cancelRequestedBy"`;

interface HeldRow {
  readonly id: string;
  readonly attempt: number;
  readonly losses: number;
  readonly cancelRequestedBy: string | null;
}

/** Locks the row, so that nobody asks for it to stop between the look and the end. */
async function holdAttempt(tx: Transaction, attempt: AttemptRef): Promise<HeldRow> {
  const [row] = await tx.$queryRaw<HeldRow[]>`
    SELECT ${heldColumns} FROM build
    WHERE id = ${attempt.id}::uuid AND epoch = ${attempt.epoch}::int AND state = 'running' FOR UPDATE`;
  if (row === undefined) throw new LeaseLostError();
  return row;
}

/** The row is locked by the caller. */
async function endLost(tx: Transaction, lost: HeldRow, what: string): Promise<void> {
  const losses = lost.losses + 1;
  const state = stateAfterLoss({ losses, isCancelRequested: lost.cancelRequestedBy !== null });
  const cause = state === 'cancelled' ? `Cancelled by ${lost.cancelRequestedBy}` : what;
  await appendEvents(tx, {
    buildId: lost.id,
    from: ['running'],
    events: [
      {
        kind: 'state',
        state,
        attempt: lost.attempt,
        cause,
        ...(state === 'failed' ? { error: reportError(new BuildLostError({ what })) } : {}),
      },
    ],
    set: [Prisma.sql`losses = ${losses}::int`],
  });
  if (state === 'queued') await wakeWorkers(tx);
}

async function append(
  db: Pick<Transaction, '$queryRaw'>,
  attempt: AttemptRef,
  events: readonly BuildEvent[],
): Promise<Appended> {
  const appended = await appendEvents(db, {
    buildId: attempt.id,
    epoch: attempt.epoch,
    from: ['running'],
    events,
  });
  if (appended === null) throw new LeaseLostError();
  return appended;
}
