import { randomUUID } from 'node:crypto';
import { transaction } from '#lib/db/client.ts';
import { mintScope } from '#lib/teams/mint-scope.ts';
import { createWorkspace } from '#lib/teams/mutations.ts';
import type { Scope } from '#lib/teams/scope.ts';

/** A workspace with its owner, straight into the database. */
export async function makeWorkspace(name: string): Promise<Scope> {
  const userId = randomUUID();
  const workspaceId = await transaction(async (tx) => {
    await tx.user.create({ data: { id: userId, name: `Owner of ${name}`, email: `${userId}@example.com` } });
    return createWorkspace({ tx, name, ownerId: userId });
  });
  return mintScope({ workspaceId, userId, userName: `Owner of ${name}`, role: 'owner' });
}

/** A further member of a workspace. */
export async function addMember(owner: Scope, role: 'owner' | 'member' = 'member'): Promise<Scope> {
  const userId = randomUUID();
  await transaction(async (tx) => {
    await tx.user.create({ data: { id: userId, name: 'Jonas Lind', email: `${userId}@example.com` } });
    await tx.member.create({ data: { workspaceId: owner.workspaceId, userId, role } });
  });
  return mintScope({ workspaceId: owner.workspaceId, userId, userName: 'Jonas Lind', role });
}
