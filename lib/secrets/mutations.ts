import { Prisma, prisma, type Transaction, transaction } from '#lib/db/client.ts';
import { InputError } from '#lib/errors/input.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import type { Scope } from '#lib/teams/scope.ts';
import type { SealingPublicKey } from '#lib/vault/seal.ts';
import { anonymous, toStored } from './data.ts';
import { SecretInUseError } from './errors.ts';
import { patternsProblem } from './repository-pattern.ts';
import { secretsMax } from './schema.ts';
import type { SealedSecret, SealedVersion } from './sealed-secret.ts';
import type { StoredVersion, VersionReport } from './types.ts';

/** Workers listen here: a version waits to be opened and checked. The payload is its id. */
export const pendingChannel = 'slipway_secret';
/** Pages may listen here: a worker has reported. The payload is the id of the secret. */
export const checkedChannel = 'slipway_secret_checked';

/**
 * Saves a new secret with its first version, and has a worker check it.
 *
 * @throws InputError naming the field, when the name is taken; without one when the page's key is out of date.
 */
export async function saveSecret(options: {
  readonly scope: Scope;
  readonly input: SealedSecret;
}): Promise<void> {
  const { scope, input } = options;
  const { id, name, type, host, repositories } = input;
  const { workspaceId } = scope;
  try {
    await transaction(async (tx) => {
      const count = await tx.secret.count({ where: { workspaceId } });
      if (count >= secretsMax) throw tooMany();
      const createdBy = authorOf(scope);
      await tx.secret.create({
        data: { id, workspaceId, name, type, host, repositories, versionNumber: 1, createdBy },
      });
      await addVersion(tx, { secretId: id, number: 1, createdBy, version: input });
    });
  } catch (error) {
    if (!isTaken(error)) throw error;
    const namesake = await prisma().secret.findUnique({ where: { workspaceId_name: { workspaceId, name } } });
    throw namesake === null ? outOfDate() : nameTaken(name);
  }
}

/**
 * Gives a secret new values, as its next version. Builds that start from now on use it; those that are queued keep theirs.
 * The host may change with the values, the type may not.
 *
 * @throws NotFoundError when the workspace has no such secret.
 * @throws InputError when it is of another type, or the page's key is out of date.
 */
export async function replaceValues(options: {
  readonly scope: Scope;
  readonly id: string;
  readonly input: SealedVersion;
}): Promise<{ readonly number: number }> {
  const { scope, id, input } = options;
  try {
    return await transaction(async (tx) => {
      // Not FOR UPDATE: a build that starts meanwhile holds the row against deletion only, and reads the version before.
      const [secret] = await tx.$queryRaw<{ type: string; number: number }[]>`
        SELECT type::text AS type, version_number AS number FROM secret
        WHERE id::text = ${id} AND workspace_id = ${scope.workspaceId}::uuid FOR NO KEY UPDATE`;
      if (secret === undefined) throw new NotFoundError('secret');
      if (secret.type !== input.type) throw outOfDate();
      const number = secret.number + 1;
      await addVersion(tx, { secretId: id, number, createdBy: authorOf(scope), version: input });
      await tx.secret.update({ where: { id }, data: { versionNumber: number, host: input.host } });
      return { number };
    });
  } catch (error) {
    throw isTaken(error) ? outOfDate() : error;
  }
}

/**
 * Says for which repositories a secret is. Its values stay as they are; builds that are queued keep the secret they have.
 *
 * @throws NotFoundError when the workspace has no such secret.
 * @throws InputError when a pattern is none, or names a host that the secret never goes to.
 */
export async function saveRepositories(options: {
  readonly scope: Scope;
  readonly id: string;
  readonly repositories: readonly string[];
}): Promise<void> {
  const { scope, id } = options;
  const repositories = [...options.repositories];
  const where = { id, workspaceId: scope.workspaceId };
  const binding = await prisma().secret.findUnique({ where, select: { type: true, host: true } });
  if (binding === null) throw new NotFoundError('secret');
  const problem = patternsProblem({ patterns: repositories, binding });
  if (problem !== undefined) throw notForIt(problem);
  const { count } = await prisma().secret.updateMany({ where, data: { repositories } });
  if (count === 0) throw new NotFoundError('secret');
}

/**
 * Deletes a secret with all its versions. A build that starts at the same time either sees it gone or keeps it: both lock its row.
 *
 * @throws NotFoundError when the workspace has no such secret.
 * @throws SecretInUseError while builds that use it are queued or running.
 */
export async function deleteSecret(options: { readonly scope: Scope; readonly id: string }): Promise<void> {
  const { scope, id } = options;
  const { workspaceId } = scope;
  await transaction(async (tx) => {
    const [secret] = await tx.$queryRaw<{ name: string }[]>`
      SELECT name FROM secret WHERE id::text = ${id} AND workspace_id = ${workspaceId}::uuid FOR UPDATE`;
    if (secret === undefined) throw new NotFoundError('secret');
    const builds = await tx.build.findMany({
      where: {
        workspaceId,
        state: { in: ['queued', 'running'] },
        OR: [{ secretId: id }, { steps: { path: ['secrets'], array_contains: [{ id }] } }],
      },
      select: { number: true },
      orderBy: { number: 'asc' },
      take: buildsNamed,
    });
    const buildNumbers = builds.map(({ number }) => number);
    if (buildNumbers.length > 0) throw new SecretInUseError({ name: secret.name, buildNumbers });
    await tx.pullAllowance.deleteMany({ where: { workspaceId, credential: id } });
    await tx.secret.delete({ where: { id } });
  });
}

/** Makes a key the one that pages seal with. Workers do so at their start, each with the newest of its keyring. */
export async function publishSealingKey({ id, publicKey }: SealingPublicKey): Promise<void> {
  // The newest publication counts: after a key file came back from a backup, the older key is the one that opens.
  const createdAt = new Date();
  await prisma().sealingKey.upsert({
    where: { id },
    create: { id, publicKey: new Uint8Array(publicKey), createdAt },
    update: { createdAt },
  });
}

/**
 * Takes the oldest version that waits to be checked, has `check` look at it and writes down what it found. The row stays
 * locked in between, so that no two workers check the same one; if this one dies, the lock ends with it.
 *
 * @returns false when none waits that no other worker has taken
 */
export async function reportPendingVersion(options: {
  readonly check: (stored: StoredVersion) => Promise<VersionReport>;
}): Promise<boolean> {
  return transaction(async (tx) => {
    const [row] = await tx.$queryRaw<Parameters<typeof toStored>[0][]>`
      SELECT version.id, secret.workspace_id AS "workspaceId", version.secret_id AS "secretId", secret.type::text AS type,
             version.keys, version.facts, version.key_id AS "keyId", version.sealed
      FROM secret_version AS version JOIN secret ON secret.id = version.secret_id
      WHERE version.state = 'pending'
      ORDER BY version.created_at LIMIT 1
      FOR UPDATE OF version SKIP LOCKED`;
    if (row === undefined) return false;
    const { state, findings } = await options.check(toStored(row));
    await tx.secretVersion.update({
      where: { id: row.id },
      data: { state, findings: [...findings], checkedAt: new Date() },
    });
    await notify(tx, { channel: checkedChannel, payload: row.secretId });
    return true;
  });
}

/** Notes that a build has used the secret. Nothing happens when it has been deleted since. */
export async function markSecretUsed(options: {
  readonly scope: Scope;
  readonly id: string;
  readonly buildNumber: number;
}): Promise<void> {
  const { scope, id, buildNumber } = options;
  await prisma().secret.updateMany({
    where: { id, workspaceId: scope.workspaceId },
    data: { lastUsedAt: new Date(), lastUsedBuild: buildNumber },
  });
}

/**
 * Notes what a registry just said of a credential: how many pulls it has left. `secretId` is null for asking without one.
 * Where an older word arrives after a newer one, the newer stays.
 */
export async function rememberAllowance(options: {
  readonly scope: Scope;
  readonly registry: string;
  readonly secretId: string | null;
  readonly allowance: {
    readonly limit: number;
    readonly remaining: number;
    readonly windowSeconds?: number | undefined;
  };
  readonly seenAt?: Date;
}): Promise<void> {
  const { scope, registry, secretId, seenAt = new Date() } = options;
  const { limit, remaining, windowSeconds = null } = options.allowance;
  // A registry may say any number; the columns hold those of 32 bits.
  const counts = [limit, remaining, windowSeconds].map((count) => count && Math.min(count, countMax));
  await prisma().$executeRaw`
    INSERT INTO pull_allowance AS known
      (workspace_id, registry, credential, "limit", remaining, window_seconds, seen_at)
    VALUES (${scope.workspaceId}::uuid, ${registry}, ${secretId ?? anonymous}, ${counts[0]}::int, ${counts[1]}::int,
      ${counts[2]}::int, ${seenAt}::timestamptz)
    ON CONFLICT (workspace_id, registry, credential) DO UPDATE
    SET "limit" = excluded."limit", remaining = excluded.remaining, window_seconds = excluded.window_seconds,
      seen_at = excluded.seen_at
    WHERE known.seen_at <= excluded.seen_at`;
}

/** The largest number of a Postgres integer. */
const countMax = 2_147_483_647;

/** Builds that a refusal names: enough to go and look. */
const buildsNamed = 10;

async function addVersion(
  tx: Transaction,
  options: {
    readonly secretId: string;
    readonly number: number;
    readonly createdBy: string;
    readonly version: SealedVersion;
  },
): Promise<void> {
  const { secretId, number, createdBy, version } = options;
  const { versionId: id, keyId, sealed, keys, facts } = version;
  const isKnown = (await tx.sealingKey.count({ where: { id: keyId } })) > 0;
  if (!isKnown) throw outOfDate();
  await tx.secretVersion.create({ data: { id, secretId, number, keyId, sealed, keys, facts, createdBy } });
  await notify(tx, { channel: pendingChannel, payload: id });
}

/** Reaches listeners when the transaction is committed, and not before. */
async function notify(
  tx: Transaction,
  { channel, payload }: { readonly channel: string; readonly payload: string },
): Promise<void> {
  await tx.$queryRaw`SELECT pg_notify(${channel}, ${payload})::text AS notified`;
}

function authorOf({ userId }: Scope): string {
  if (userId === null) throw new Error('Only a person saves secrets');
  return userId;
}

/** P2002 is Prisma's code for a unique constraint. https://www.prisma.io/docs/orm/reference/error-reference#p2002 */
function isTaken(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}

function nameTaken(name: string): InputError {
  return new InputError(
    {
      what: 'The secret was not saved',
      why: `This workspace has a secret named ${name} already.`,
      next: 'Choose another name, or replace the values of that one.',
    },
    { name: `The name ${name} is taken. Choose another.` },
  );
}

function notForIt(problem: string): InputError {
  return new InputError(
    { what: 'The repositories were not saved', why: problem, next: 'Change them, then save again.' },
    { repositories: problem },
  );
}

/** An id that is in use, a key that was never published, another type: nothing that a current page sends. */
function outOfDate(): InputError {
  return new InputError({
    what: 'The secret was not saved',
    why: 'This page is older than what is on the server.',
    next: 'Reload the page and enter the values again.',
  });
}

function tooMany(): InputError {
  return new InputError({
    what: 'The secret was not saved',
    why: `A workspace holds at most ${secretsMax} secrets.`,
    next: 'Delete one that no build uses.',
  });
}
