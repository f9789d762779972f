import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isSetUp } from '#lib/auth/data.ts';
import { SetUpDoneError, TooManyTriesError, WrongSetUpCodeError } from '#lib/auth/errors.ts';
import { createOwner, ensureSetUpCode } from '#lib/auth/set-up.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { addressOf, openAuth, openBrowser, owner, whoIs } from './people.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
});
afterEach(async () => {
  await closeDatabase();
  await database.drop();
});

const address = addressOf('192.0.2.1');
const wrong = 'AAAABBBBCCCC';

async function makeCode(): Promise<string> {
  return ((await ensureSetUpCode()) ?? '').replaceAll('-', '');
}

describe('setting the server up', () => {
  test('makes the owner and the workspace with the code, and uses it up', async () => {
    const code = await makeCode();
    expect(await isSetUp()).toBe(false);
    await createOwner({ input: { ...owner, code }, address });

    expect(await isSetUp()).toBe(true);
    const auth = await openAuth();
    const session = await whoIs(auth, await openBrowser({ auth, ...owner }));
    expect(session).toMatchObject({
      scope: { role: 'owner', userName: 'Ines Okafor' },
      email: 'ines@example.com',
      workspaceName: "Ines's workspace",
    });
    expect(await prisma().setUpCode.count()).toBe(0);
    expect(await ensureSetUpCode()).toBeNull();
    await expect(createOwner({ input: { ...owner, email: 'b@example.com', code }, address })).rejects.toThrow(
      SetUpDoneError,
    );
  });

  test('refuses a wrong code and makes nothing', async () => {
    await makeCode();
    await expect(createOwner({ input: { ...owner, code: wrong }, address })).rejects.toThrow(
      WrongSetUpCodeError,
    );
    expect(await isSetUp()).toBe(false);
    expect(await prisma().workspace.count()).toBe(0);
  });

  test('refuses every code when none was ever made', async () => {
    await expect(createOwner({ input: { ...owner, code: wrong }, address })).rejects.toThrow(
      WrongSetUpCodeError,
    );
  });

  test('takes only the code of the newest start', async () => {
    const first = await makeCode();
    const second = await makeCode();
    await expect(createOwner({ input: { ...owner, code: first }, address })).rejects.toThrow(
      WrongSetUpCodeError,
    );
    await createOwner({ input: { ...owner, code: second }, address });
    expect(await isSetUp()).toBe(true);
  });

  test('lets one of many that race win, and leaves nothing of the others', async () => {
    const code = await makeCode();
    const racers = Array.from({ length: 6 }, (_, index) =>
      createOwner({ input: { ...owner, email: `racer-${index}@example.com`, code }, address }),
    );
    const ends = await Promise.allSettled(racers);
    expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1);
    for (const end of ends) {
      if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(SetUpDoneError);
    }
    expect(await prisma().user.count()).toBe(1);
    expect(await prisma().workspace.count()).toBe(1);
    expect(await prisma().member.count()).toBe(1);
  });

  test('stops guessing from one address, even with the right code, and says how long', async () => {
    const code = await makeCode();
    for (let index = 0; index < 10; index += 1) {
      await expect(createOwner({ input: { ...owner, code: wrong }, address })).rejects.toThrow(
        WrongSetUpCodeError,
      );
    }
    const refused = await createOwner({ input: { ...owner, code }, address }).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(TooManyTriesError);
    expect((refused as TooManyTriesError).advice.next).toBe('Wait 5 minutes, then try again.');
    await createOwner({ input: { ...owner, code }, address: addressOf('198.51.100.9') });
    expect(await isSetUp()).toBe(true);
  });

  test('keeps neither the code nor the password where the database can be read', async () => {
    const code = await makeCode();
    const hash = Buffer.from((await prisma().setUpCode.findUniqueOrThrow({ where: { id: 1 } })).codeHash);
    expect(hash.toString('latin1')).not.toContain(code);
    await createOwner({ input: { ...owner, code }, address });
    const account = await prisma().account.findFirstOrThrow();
    expect(account.password).not.toContain(owner.password);
    expect(account.password).toMatch(/^[0-9a-f]+:[0-9a-f]{128}$/);
  });
});
