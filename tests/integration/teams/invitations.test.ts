import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmailTakenError } from '#lib/auth/errors.ts';
import { joinWorkspace } from '#lib/auth/join.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { findInvitation, listInvitations, listMembers } from '#lib/teams/data.ts';
import { InvitationGoneError, OwnerOnlyError } from '#lib/teams/errors.ts';
import { invite, revokeInvitation } from '#lib/teams/mutations.ts';
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

const input = { note: 'Jonas, platform team' };
const account = (email: string) => ({ name: 'Jonas Lind', email, password: 'a long enough one' });

async function onlyInvitationId(): Promise<string> {
  const [row] = await listInvitations({ scope });
  return row?.id ?? '';
}

describe('an invitation', () => {
  test('lets one person in as a member, once', async () => {
    const { token } = await invite({ scope, input });
    expect(await findInvitation({ token })).toMatchObject({
      workspaceName: 'Halden Labs',
      createdByName: 'Owner of Halden Labs',
    });
    await joinWorkspace({ token, account: account('jonas@example.com') });
    expect((await listMembers({ scope })).map(({ email, role }) => ({ email, role }))).toContainEqual({
      email: 'jonas@example.com',
      role: 'member',
    });
    expect(await listInvitations({ scope })).toEqual([]);
    await expect(findInvitation({ token })).rejects.toThrow(InvitationGoneError);
    await expect(joinWorkspace({ token, account: account('second@example.com') })).rejects.toThrow(
      InvitationGoneError,
    );
    expect(await prisma().user.count()).toBe(2);
  });

  test('lets one of many in who use it at once, and leaves no account of the others', async () => {
    const { token } = await invite({ scope, input });
    const ends = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) =>
        joinWorkspace({ token, account: account(`racer-${index}@example.com`) }),
      ),
    );
    expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1);
    expect(await prisma().user.count()).toBe(2);
  });

  test('ends after seven days', async () => {
    const { token, expiresAt } = await invite({ scope, input });
    const days = (Date.parse(expiresAt) - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(7, 3);
    await prisma().invitation.updateMany({ data: { expiresAt: new Date(Date.now() - 1) } });
    await expect(joinWorkspace({ token, account: account('late@example.com') })).rejects.toThrow(
      InvitationGoneError,
    );
    expect(await listInvitations({ scope })).toEqual([]);
  });

  test('ends when it is revoked', async () => {
    const { token } = await invite({ scope, input });
    await revokeInvitation({ scope, id: await onlyInvitationId() });
    await expect(joinWorkspace({ token, account: account('jonas@example.com') })).rejects.toThrow(
      InvitationGoneError,
    );
    expect(await prisma().user.count()).toBe(1);
  });

  test.each([['no id'], [{ not: null }], [{ contains: '' }]])('is not revoked by %j', async (id) => {
    await invite({ scope, input });
    await expect(revokeInvitation({ scope, id: id as string })).rejects.toThrow(NotFoundError);
    expect(await listInvitations({ scope })).toHaveLength(1);
  });

  test('stays good when the email is taken', async () => {
    const { token } = await invite({ scope, input });
    const taken = (await listMembers({ scope }))[0]?.email ?? '';
    await expect(joinWorkspace({ token, account: account(taken) })).rejects.toThrow(EmailTakenError);
    await joinWorkspace({ token, account: account('jonas@example.com') });
    expect(await prisma().member.count()).toBe(2);
  });

  test('is stored as a hash: the database lets nobody in', async () => {
    const { token } = await invite({ scope, input });
    const row = await prisma().invitation.findFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain(token);
    expect(Buffer.from(row.tokenHash).includes(Buffer.from(token, 'base64url'))).toBe(false);
  });

  test.each(['', 'x', '../../etc/passwd', 'A'.repeat(43), 'A'.repeat(100_000)])(
    'cannot be made up: %.20j',
    async (token) => {
      await expect(findInvitation({ token })).rejects.toThrow(InvitationGoneError);
    },
  );
});

describe('who may invite', () => {
  test('is an owner, no member', async () => {
    const member = await addMember(scope);
    await expect(invite({ scope: member, input })).rejects.toThrow(OwnerOnlyError);
    await invite({ scope, input });
    const id = await onlyInvitationId();
    await expect(revokeInvitation({ scope: member, id })).rejects.toThrow(OwnerOnlyError);
    expect(await listInvitations({ scope })).toHaveLength(1);
  });

  test('is nobody of another workspace: its invitations are not found', async () => {
    const stranger = await makeWorkspace('Elsewhere');
    await invite({ scope, input });
    const id = await onlyInvitationId();
    await expect(revokeInvitation({ scope: stranger, id })).rejects.toThrow(NotFoundError);
    expect(await listInvitations({ scope: stranger })).toEqual([]);
    expect(await listInvitations({ scope })).toHaveLength(1);
  });
});
