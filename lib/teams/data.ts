import { prisma } from '#lib/db/client.ts';
import { InvitationGoneError } from './errors.ts';
import { hashInvitationToken } from './invitation-token.ts';
import type { Scope } from './scope.ts';
import type { InvitationRow, MemberRow, Membership, OpenInvitation } from './types.ts';

/** Everybody in the workspace, owners first, then by when they joined. */
export async function listMembers(options: { readonly scope: Scope }): Promise<readonly MemberRow[]> {
  const rows = await prisma().member.findMany({
    where: { workspaceId: options.scope.workspaceId },
    include: { user: { select: { name: true, email: true } } },
    orderBy: [{ role: 'asc' }, { createdAt: 'asc' }],
  });
  return rows.map((row) => ({
    userId: row.userId,
    name: row.user.name,
    email: row.user.email,
    role: row.role,
    joinedAt: row.createdAt.toISOString(),
  }));
}

/** Links of the workspace that still let somebody in, newest first. */
export async function listInvitations(options: { readonly scope: Scope }): Promise<readonly InvitationRow[]> {
  const rows = await prisma().invitation.findMany({
    where: { workspaceId: options.scope.workspaceId, ...stillOpen() },
    orderBy: { createdAt: 'desc' },
  });
  const names = await namesOf(rows.map((row) => row.createdBy));
  return rows.map((row) => ({
    id: row.id,
    note: row.note,
    createdByName: names.get(row.createdBy) ?? 'Somebody who left',
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  }));
}

/** @throws InvitationGoneError for every token that lets nobody in. */
export async function findInvitation(options: { readonly token: string }): Promise<OpenInvitation> {
  const tokenHash = hashInvitationToken(options.token);
  if (tokenHash === null) throw new InvitationGoneError();
  const row = await prisma().invitation.findFirst({
    where: { tokenHash, ...stillOpen() },
    include: { workspace: { select: { name: true } } },
  });
  if (row === null) throw new InvitationGoneError();
  const names = await namesOf([row.createdBy]);
  return {
    workspaceName: row.workspace.name,
    createdByName: names.get(row.createdBy) ?? 'An owner',
    expiresAt: row.expiresAt.toISOString(),
  };
}

/**
 * The person's place in `workspaceId`, else in the workspace joined first; null in none. Asked at every request, so
 * that a removed member is out at once.
 */
export async function findMembership(options: {
  readonly userId: string;
  readonly workspaceId: string | null;
}): Promise<Membership | null> {
  const rows = await prisma().member.findMany({
    where: { userId: options.userId },
    include: { workspace: { select: { name: true } } },
    orderBy: { createdAt: 'asc' },
  });
  const row = rows.find((each) => each.workspaceId === options.workspaceId) ?? rows[0];
  if (row === undefined) return null;
  return { workspaceId: row.workspaceId, workspaceName: row.workspace.name, role: row.role };
}

/** The name of the workspace when there is but one: what the sign-in page may say to strangers. */
export async function findOnlyWorkspaceName(): Promise<string | null> {
  const rows = await prisma().workspace.findMany({ select: { name: true }, take: 2 });
  return rows.length === 1 ? (rows[0]?.name ?? null) : null;
}

/** The condition under which a link lets somebody in. */
export function stillOpen() {
  return { acceptedAt: null, revokedAt: null, expiresAt: { gt: new Date() } };
}

async function namesOf(userIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const users = await prisma().user.findMany({
    where: { id: { in: [...new Set(userIds)] } },
    select: { id: true, name: true },
  });
  return new Map(users.map((user) => [user.id, user.name]));
}
