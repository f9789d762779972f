import { Prisma, prisma, type Transaction, transaction } from '#lib/db/client.ts';
import { reportError } from '#lib/errors/report.ts';
import type { SlipwayError } from '#lib/errors/slipway-error.ts';
import { toStored } from '#lib/secrets/data.ts';
import type { SecretType } from '#lib/secrets/schema.ts';
import { checksOf } from './data.ts';
import { CheckLostError, NoWorkerTookError } from './errors.ts';
import type { PreflightCheck, PreflightView } from './schema.ts';
import type { PreflightClaim, PreflightRef } from './types.ts';
import { failChecks } from './view.ts';

/** The channel that wakes workers: `claim` when a check is queued, `abandon ID` when nobody waits for one any more. */
export const workChannel = 'slipway_preflight_work';
/** The channel on which followers hear that a check has changed. The payload is its id. */
export const preflightChannel = 'slipway_preflight';

/** How long a check belongs to a worker that says nothing. It is not given to another: whoever waits can ask again. */
export const leaseMs = 4_000;
/** How often a lease is renewed: two may fail before it ends. */
export const renewEveryMs = 1_000;
/** How long a check may wait for a worker. */
const queuedMaxMs = 30_000;
/** How long rows are kept: as long as refused credentials are not tried again. */
const keptFor = '1 day';

/** Takes the oldest queued check for a worker, or null when there is none that another worker is not just taking. */
export async function claimPreflight(options: { readonly workerId: string }): Promise<PreflightClaim | null> {
  const [row] = await prisma().$queryRaw<ClaimedRow[]>`
    WITH next AS MATERIALIZED (
      SELECT id FROM preflight WHERE state = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE preflight SET state = 'running', worker_id = ${options.workerId}::uuid, lease_until = ${leaseEnd}
      FROM next WHERE preflight.id = next.id
      RETURNING preflight.*
    )
    SELECT id, workspace_id AS "workspaceId", worker_id AS "workerId", reference, platform, secret_id AS "secretId",
           secret_version_id AS "versionId", draft, draft_sealed AS sealed, ${said} AS notified
    FROM claimed`;
  if (row === undefined) return null;
  const { draft, sealed, notified, ...claim } = row;
  if (draft === null || sealed === null) return { ...claim, draft: null };
  const { versionId: id, ...version } = draft;
  return { ...claim, draft: toStored({ ...version, id, workspaceId: claim.workspaceId, sealed }) };
}

/** Keeps a check for another `leaseMs`. False when it is no longer this worker's: it was abandoned, or ended. */
export async function renewPreflight({ id, workerId }: PreflightRef): Promise<boolean> {
  const count = await prisma().$executeRaw`
    UPDATE preflight SET lease_until = ${leaseEnd} WHERE ${isRunning({ id, workerId })}`;
  return count > 0;
}

/** Writes what was found so far. False when the check is no longer this worker's; then nothing was written. */
export async function writePreflight(
  ref: PreflightRef,
  view: Pick<PreflightView, 'checks' | 'allowance'>,
): Promise<boolean> {
  return update(ref, Prisma.sql`${found(view)}, lease_until = ${leaseEnd}`);
}

/** Ends a check, and forgets its draft. False when it is no longer this worker's; then nothing was written. */
export async function endPreflight(
  ref: PreflightRef,
  end: Pick<PreflightView, 'checks' | 'allowance'> & {
    /** The registry, or its cloud, refused the credentials as such. */
    readonly isRefused: boolean;
  },
): Promise<boolean> {
  return update(ref, Prisma.sql`${found(end)}, is_refused = ${end.isRefused}, ${ended}`);
}

/** Gives a check back, for a worker that stops: another one begins it anew. */
export async function releasePreflight(ref: PreflightRef): Promise<void> {
  await update(
    ref,
    Prisma.sql`state = 'queued', checks = '[]', allowance = NULL, worker_id = NULL, lease_until = NULL`,
  );
  await prisma().$queryRaw`SELECT pg_notify(${workChannel}, 'claim')::text AS notified`;
}

/**
 * Ends checks whose worker was lost, and those that no worker took. Any number of processes may do this at once.
 *
 * @param options.id that one alone, for whoever follows it
 * @returns how many ended.
 */
export async function endOverduePreflights(options: { readonly id?: string } = {}): Promise<number> {
  const only = options.id === undefined ? Prisma.empty : Prisma.sql`AND id = ${options.id}::uuid`;
  return transaction(async (tx) => {
    const rows = await tx.$queryRaw<{ id: string; state: string; checks: Prisma.JsonValue }[]>`
      SELECT id, state::text AS state, checks FROM preflight
      WHERE ((state = 'running' AND lease_until < now())
          OR (state = 'queued' AND created_at < now() - ${queuedMaxMs}::int * interval '1 millisecond')) ${only}
      ORDER BY id LIMIT ${endedAtOnceMax}::int FOR UPDATE SKIP LOCKED`;
    for (const { id, state, checks } of rows) {
      const error = state === 'queued' ? new NoWorkerTookError({ afterMs: queuedMaxMs }) : workerLost();
      await endLocked(tx, { id, checks: failChecks(checksOf(checks), { problem: reportError(error) }) });
    }
    return rows.length;
  });
}

/** Deletes checks that are of no more use. */
export async function forgetOldPreflights(): Promise<void> {
  await prisma()
    .$executeRaw`DELETE FROM preflight WHERE created_at < now() - ${keptFor}::interval AND ended_at IS NOT NULL`;
}

/** A transaction that ends checks holds its locks no longer than this many writes. */
const endedAtOnceMax = 50;

const leaseEnd = Prisma.sql`now() + ${leaseMs}::int * interval '1 millisecond'`;
const ended = Prisma.sql`state = 'ended', ended_at = now(), draft = NULL, draft_sealed = NULL`;
const said = Prisma.sql`pg_notify(${preflightChannel}, id::text)::text`;

function isRunning({ id, workerId }: PreflightRef): Prisma.Sql {
  return Prisma.sql`id = ${id}::uuid AND worker_id = ${workerId}::uuid AND state = 'running'`;
}

function found({ checks, allowance }: Pick<PreflightView, 'checks' | 'allowance'>): Prisma.Sql {
  const counts = allowance === undefined ? null : JSON.stringify(allowance);
  return Prisma.sql`checks = ${JSON.stringify(checks)}::jsonb, allowance = ${counts}::jsonb`;
}

/** One statement, so that followers are told of what was written and of nothing else. */
async function update(ref: PreflightRef, assignments: Prisma.Sql): Promise<boolean> {
  const rows = await prisma().$queryRaw<unknown[]>`
    WITH written AS (UPDATE preflight SET ${assignments} WHERE ${isRunning(ref)} RETURNING id)
    SELECT ${said} AS notified FROM written`;
  return rows.length > 0;
}

async function endLocked(
  tx: Transaction,
  { id, checks }: { readonly id: string; readonly checks: readonly PreflightCheck[] },
): Promise<void> {
  await tx.$queryRaw`
    WITH written AS (
      UPDATE preflight SET checks = ${JSON.stringify(checks)}::jsonb, ${ended} WHERE id = ${id}::uuid RETURNING id
    )
    SELECT ${said} AS notified FROM written`;
}

function workerLost(): SlipwayError {
  return new CheckLostError({ what: 'The worker that made this check was lost' });
}

interface ClaimedRow extends Omit<PreflightClaim, 'draft'> {
  readonly draft: {
    readonly type: SecretType;
    readonly secretId: string;
    readonly versionId: string;
    readonly keyId: string;
    readonly keys: readonly string[];
    readonly facts: Readonly<Record<string, string>>;
  } | null;
  readonly sealed: Uint8Array | null;
  readonly notified: string;
}
