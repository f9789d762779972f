import { randomBytes, randomUUID } from 'node:crypto';
import { prisma, type Transaction } from '#lib/db/client.ts';
import { EmailTakenError, TooManyTriesError } from './errors.ts';
import type { TryRule } from './tries.ts';

/**
 * Counts one try under a key, atomically, and returns how many are left.
 *
 * @throws TooManyTriesError when none was left. Tries during the pause do not make it longer.
 */
export async function takeTry(options: { readonly key: string; readonly rule: TryRule }): Promise<number> {
  const { max, pauseMs } = options.rule;
  const nowMs = Date.now();
  const rows = await prisma().$queryRaw<{ count: number; last_request: bigint }[]>`
    INSERT INTO rate_limit AS counted (id, key, count, last_request)
    VALUES (${randomUUID()}, ${options.key}, 1, ${nowMs})
    ON CONFLICT (key) DO UPDATE SET
      count = CASE WHEN counted.last_request <= ${nowMs - pauseMs} THEN 1
                   ELSE LEAST(counted.count + 1, ${max + 1}) END,
      last_request = CASE WHEN counted.last_request <= ${nowMs - pauseMs} OR counted.count + 1 = ${max}
                          THEN ${nowMs} ELSE counted.last_request END
    RETURNING count, last_request`;
  const row = rows[0];
  if (row === undefined) throw new Error('The count of tries was not kept');
  if (row.count > max) throw new TooManyTriesError({ waitMs: Number(row.last_request) + pauseMs - nowMs });
  return max - row.count;
}

/** Takes back a try that turned out right, so that signing in often is no offence. */
export async function giveBackTry(options: { readonly key: string }): Promise<void> {
  await prisma().rateLimit.updateMany({
    where: { key: options.key, count: { gt: 0 } },
    data: { count: { decrement: 1 } },
  });
}

/** Starts the count under a key afresh, and drops counts that no pause can need any more. */
export async function forgetTries(options: { readonly key: string }): Promise<void> {
  await prisma().rateLimit.deleteMany({
    where: { OR: [{ key: options.key }, { lastRequest: { lt: Date.now() - triesKeptMs } }] },
  });
}

/** Makes an account that signs in with email and password. Returns its id. @throws EmailTakenError */
export async function createAccount(options: {
  readonly tx: Transaction;
  readonly name: string;
  readonly email: string;
  readonly passwordHash: string;
}): Promise<string> {
  const { tx, name, email, passwordHash } = options;
  const id = randomUUID();
  // Not a unique violation caught afterwards: that would break the transaction that the caller goes on with.
  const { count } = await tx.user.createMany({ data: { id, name, email }, skipDuplicates: true });
  if (count === 0) throw new EmailTakenError();
  await tx.account.create({
    data: { id: randomUUID(), accountId: id, providerId: 'credential', userId: id, password: passwordHash },
  });
  return id;
}

/** Replaces the password and ends the person's sessions, all of them or all but one. */
export async function replacePassword(options: {
  readonly userId: string;
  readonly passwordHash: string;
  readonly keptSessionId?: string;
}): Promise<void> {
  const { userId, passwordHash, keptSessionId } = options;
  await prisma().$transaction([
    prisma().account.updateMany({
      where: { userId, providerId: 'credential' },
      data: { password: passwordHash },
    }),
    prisma().session.deleteMany({
      where: { userId, ...(keptSessionId === undefined ? {} : { id: { not: keptSessionId } }) },
    }),
  ]);
}

export async function renameUser(options: { readonly userId: string; readonly name: string }): Promise<void> {
  await prisma().user.update({ where: { id: options.userId }, data: { name: options.name } });
}

/** Puts a new code's hash in the place of the one before. */
export async function storeSetUpCode(options: { readonly codeHash: Uint8Array<ArrayBuffer> }): Promise<void> {
  const { codeHash } = options;
  await prisma().setUpCode.upsert({
    where: { id: 1 },
    create: { codeHash },
    update: { codeHash, createdAt: new Date() },
  });
}

/** What session cookies are signed with: made once, shared by all web processes. */
export async function cookieSecret(): Promise<string> {
  await prisma().cookieSecret.createMany({
    data: { value: randomBytes(32).toString('base64url') },
    skipDuplicates: true,
  });
  const { value } = await prisma().cookieSecret.findUniqueOrThrow({ where: { id: 1 } });
  return value;
}

/** Longer than any pause. */
const triesKeptMs = 24 * 3600 * 1000;
