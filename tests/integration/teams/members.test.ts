import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { findMembership, listMembers } from '#lib/teams/data.ts';
import { LastOwnerError, OwnerOnlyError } from '#lib/teams/errors.ts';
import { removeMember, renameWorkspace } from '#lib/teams/mutations.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { addMember, makeWorkspace } from './people.ts';

let database: TestDatabase;
let scope: Scope;
beforeEach(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  scope = await makeWorkspace('Halden Labs');
});
afterEach(async () => {
  await closeDatabase();
  await database.drop();
});

const idOf = (person: Scope) => person.userId ?? '';

describe('removing a member', () => {
  test('puts them out at once, with their sessions and an account that has no other workspace', async () => {
    const member = await addMember(scope);
    await prisma().session.create({
      data: {
        id: randomUUID(),
        token: randomUUID(),
        userId: idOf(member),
        expiresAt: new Date(Date.now() + 60_000),
      },
    });
    await removeMember({ scope, userId: idOf(member) });
    expect(await findMembership({ userId: idOf(member), workspaceId: scope.workspaceId })).toBeNull();
    expect(await prisma().session.count()).toBe(0);
    expect(await prisma().user.findUnique({ where: { id: idOf(member) } })).toBeNull();
  });

  test('keeps an account that is in another workspace too', async () => {
    const elsewhere = await makeWorkspace('Elsewhere');
    await prisma().member.create({
      data: { workspaceId: scope.workspaceId, userId: idOf(elsewhere), role: 'member' },
    });
    await removeMember({ scope, userId: idOf(elsewhere) });
    expect(await findMembership({ userId: idOf(elsewhere), workspaceId: scope.workspaceId })).toMatchObject({
      workspaceId: elsewhere.workspaceId,
      role: 'owner',
    });
  });

  test('is for owners alone', async () => {
    const member = await addMember(scope);
    const other = await addMember(scope);
    await expect(removeMember({ scope: member, userId: idOf(other) })).rejects.toThrow(OwnerOnlyError);
    expect(await listMembers({ scope })).toHaveLength(3);
  });

  test('never reaches into another workspace', async () => {
    const stranger = await makeWorkspace('Elsewhere');
    const member = await addMember(scope);
    await expect(removeMember({ scope: stranger, userId: idOf(member) })).rejects.toThrow(NotFoundError);
    expect(await listMembers({ scope: stranger })).toHaveLength(1);
    expect(await listMembers({ scope })).toHaveLength(2);
  });

  test('never takes the last owner, not even when two owners remove each other at once', async () => {
    await expect(removeMember({ scope, userId: idOf(scope) })).rejects.toThrow(LastOwnerError);
    const second = await addMember(scope, 'owner');
    const ends = await Promise.allSettled([
      removeMember({ scope, userId: idOf(second) }),
      removeMember({ scope: second, userId: idOf(scope) }),
    ]);
    expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1);
    expect((await listMembers({ scope })).filter((row) => row.role === 'owner')).toHaveLength(1);
  });
});

describe('a membership', () => {
  test('is found in the workspace asked for, else in the one joined first', async () => {
    const elsewhere = await makeWorkspace('Elsewhere');
    const userId = idOf(scope);
    await prisma().member.create({ data: { workspaceId: elsewhere.workspaceId, userId, role: 'member' } });
    expect(await findMembership({ userId, workspaceId: elsewhere.workspaceId })).toEqual({
      workspaceId: elsewhere.workspaceId,
      workspaceName: 'Elsewhere',
      role: 'member',
    });
    expect(await findMembership({ userId, workspaceId: null })).toMatchObject({
      workspaceName: 'Halden Labs',
    });
    expect(await findMembership({ userId, workspaceId: randomUUID() })).toMatchObject({
      workspaceName: 'Halden Labs',
    });
  });

  test('is nowhere for somebody who is in no workspace', async () => {
    expect(await findMembership({ userId: randomUUID(), workspaceId: scope.workspaceId })).toBeNull();
  });
});

test('only an owner renames the workspace', async () => {
  await expect(renameWorkspace({ scope: await addMember(scope), input: { name: 'Mine' } })).rejects.toThrow(
    OwnerOnlyError,
  );
  await renameWorkspace({ scope, input: { name: 'Halden Works' } });
  expect(await findMembership({ userId: idOf(scope), workspaceId: null })).toMatchObject({
    workspaceName: 'Halden Works',
  });
});
