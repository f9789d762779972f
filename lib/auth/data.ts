import { prisma } from '#lib/db/client.ts';
import type { FoundSession } from './types.ts';

/** Whether an account exists. Until then nothing but the set-up page answers. */
export async function isSetUp(): Promise<boolean> {
  return (await prisma().user.findFirst({ select: { id: true } })) !== null;
}

/** Whether a session still opens a workspace: neither signed out, over, nor of somebody who was removed. */
export async function isSessionOpen(options: {
  readonly sessionId: string;
  readonly workspaceId: string;
}): Promise<boolean> {
  const { sessionId, workspaceId } = options;
  const session = await prisma().session.findFirst({
    where: {
      id: sessionId,
      expiresAt: { gt: new Date() },
      user: { memberships: { some: { workspaceId } } },
    },
    select: { id: true },
  });
  return session !== null;
}

/** A session that has not ended, and whose it is. */
export async function findSession(options: { readonly sessionId: string }): Promise<FoundSession | null> {
  const { sessionId } = options;
  const row = await prisma().session.findFirst({
    where: { id: sessionId, expiresAt: { gt: new Date() } },
    include: { user: true },
  });
  if (row === null) return null;
  const { user, ...session } = row;
  return { user, session };
}

/** The hash of the set-up code that works now; null when there is none. */
export async function findSetUpCodeHash(): Promise<Uint8Array | null> {
  const row = await prisma().setUpCode.findUnique({ where: { id: 1 } });
  return row?.codeHash ?? null;
}

/** Tries counted under a key; 0 when the pause after them is over. */
export async function countTries(options: {
  readonly key: string;
  readonly pauseMs: number;
}): Promise<number> {
  const row = await prisma().rateLimit.findUnique({ where: { key: options.key } });
  if (row === null || Number(row.lastRequest) <= Date.now() - options.pauseMs) return 0;
  return row.count;
}

export async function findPasswordHash(options: { readonly userId: string }): Promise<string | null> {
  const row = await prisma().account.findFirst({
    where: { userId: options.userId, providerId: 'credential' },
  });
  return row?.password ?? null;
}

export async function findUserId(options: { readonly email: string }): Promise<string | null> {
  const row = await prisma().user.findUnique({ where: { email: options.email }, select: { id: true } });
  return row?.id ?? null;
}
