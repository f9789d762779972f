import { z } from 'zod';
import { prisma, type Transaction, transaction } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { stillOpen } from './data.ts';
import { AlreadyMemberError, InvitationGoneError, LastOwnerError } from './errors.ts';
import { hashInvitationToken, makeInvitationToken } from './invitation-token.ts';
import { requireOwner } from './require-owner.ts';
import type { InvitationInput, WorkspaceInput } from './schema.ts';
import type { Scope } from './scope.ts';

/**
 * Makes a link that lets one person in, for seven days. The token is returned and kept nowhere.
 *
 * @throws OwnerOnlyError
 */
export async function invite(options: {
  readonly scope: Scope;
  readonly input: InvitationInput;
}): Promise<{ readonly token: string; readonly expiresAt: string }> {
  const { scope, input } = options;
  requireOwner(scope);
  const token = makeInvitationToken();
  const tokenHash = hashInvitationToken(token);
  if (scope.userId === null || tokenHash === null)
    throw new Error('An invitation needs a person and a token');
  const expiresAt = new Date(Date.now() + invitationLifeMs);
  await prisma().invitation.create({
    data: { workspaceId: scope.workspaceId, tokenHash, note: input.note, createdBy: scope.userId, expiresAt },
  });
  return { token, expiresAt: expiresAt.toISOString() };
}

/**
 * @throws OwnerOnlyError
 * @throws NotFoundError when the workspace has no such open invitation.
 */
export async function revokeInvitation(options: {
  readonly scope: Scope;
  readonly id: string;
}): Promise<void> {
  requireOwner(options.scope);
  // Of an object that a client sent instead, Prisma would make a condition that fits more than one.
  const { data: id } = z.uuid().safeParse(options.id);
  if (id === undefined) throw new NotFoundError('invitation');
  const { count } = await prisma().invitation.updateMany({
    where: { id, workspaceId: options.scope.workspaceId, ...stillOpen() },
    data: { revokedAt: new Date() },
  });
  if (count === 0) throw new NotFoundError('invitation');
}

/**
 * Takes a person out of the workspace, at once. An account that is in no workspace afterwards is deleted with its
 * sessions: it could do nothing, and its email would stand in the way of a new invitation.
 *
 * @throws OwnerOnlyError
 * @throws LastOwnerError
 * @throws NotFoundError when the workspace has no such member.
 */
export async function removeMember(options: {
  readonly scope: Scope;
  readonly userId: string;
}): Promise<void> {
  const { scope, userId } = options;
  requireOwner(scope);
  await transaction(async (tx) => {
    // Two owners who remove each other at once must not both succeed.
    await tx.$queryRaw`SELECT 1 FROM workspace WHERE id = ${scope.workspaceId}::uuid FOR UPDATE`;
    const members = await tx.member.findMany({ where: { workspaceId: scope.workspaceId } });
    const member = members.find((each) => each.userId === userId);
    if (member === undefined) throw new NotFoundError('member');
    const owners = members.filter((each) => each.role === 'owner');
    if (member.role === 'owner' && owners.length === 1) throw new LastOwnerError();
    await tx.member.delete({ where: { workspaceId_userId: { workspaceId: scope.workspaceId, userId } } });
    if ((await tx.member.count({ where: { userId } })) === 0) await tx.user.delete({ where: { id: userId } });
  });
}

/** @throws OwnerOnlyError */
export async function renameWorkspace(options: {
  readonly scope: Scope;
  readonly input: WorkspaceInput;
}): Promise<void> {
  requireOwner(options.scope);
  await prisma().workspace.update({
    where: { id: options.scope.workspaceId },
    data: { name: options.input.name },
  });
}

/** Makes a workspace and its owner's place in it. Returns its id. */
export async function createWorkspace(options: {
  readonly tx: Transaction;
  readonly name: string;
  readonly ownerId: string;
}): Promise<string> {
  const { id } = await options.tx.workspace.create({
    data: { name: options.name, members: { create: { userId: options.ownerId, role: 'owner' } } },
  });
  return id;
}

/**
 * Uses a link up and makes the person a member. Of two that use one link at once, one gets in: the second waits
 * for the first one's row lock and then finds the link used. Returns the workspace's id.
 *
 * @throws InvitationGoneError
 * @throws AlreadyMemberError
 */
export async function claimInvitation(options: {
  readonly tx: Transaction;
  readonly token: string;
  readonly userId: string;
}): Promise<string> {
  const { tx, token, userId } = options;
  const tokenHash = hashInvitationToken(token);
  if (tokenHash === null) throw new InvitationGoneError();
  const [invitation] = await tx.invitation.updateManyAndReturn({
    where: { tokenHash, ...stillOpen() },
    data: { acceptedAt: new Date(), acceptedBy: userId },
  });
  if (invitation === undefined) throw new InvitationGoneError();
  const { workspaceId } = invitation;
  if ((await tx.member.count({ where: { workspaceId, userId } })) > 0) throw new AlreadyMemberError();
  await tx.member.create({ data: { workspaceId, userId, role: 'member' } });
  return workspaceId;
}

const invitationLifeMs = 7 * 24 * 3600 * 1000;
