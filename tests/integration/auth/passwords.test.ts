import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { changePassword, resetPassword } from '#lib/auth/passwords.ts';
import { closeDatabase, configureDatabase } from '#lib/db/client.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { openAuth, openBrowser, owner, setUpOwner, type TestAuth, trySignIn, whoIs } from './people.ts';

let database: TestDatabase;
let auth: TestAuth;
let userId: string;
beforeEach(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  userId = (await setUpOwner()).userId;
  auth = await openAuth();
});
afterEach(async () => {
  await closeDatabase();
  await database.drop();
});

const newPassword = 'another fine password';

describe('resetting a password from the command line', () => {
  test('sets the new one and ends every session', async () => {
    const browsers = [await openBrowser({ auth, ...owner }), await openBrowser({ auth, ...owner })];
    await resetPassword({ email: ' Ines@example.com ', password: newPassword });
    for (const browser of browsers) expect(await whoIs(auth, browser)).toBeNull();
    expect(await trySignIn(auth, { password: owner.password })).toBe('WrongCredentialsError');
    expect(await trySignIn(auth, { password: newPassword })).toBe('in');
  });

  test('opens an account that wrong tries had closed', async () => {
    for (let index = 0; index < 6; index += 1) await trySignIn(auth, { password: 'wrong' });
    await resetPassword({ email: owner.email, password: newPassword });
    expect(await trySignIn(auth, { password: newPassword })).toBe('in');
  });

  test('refuses an email that nobody has, and a password that is too short', async () => {
    await expect(resetPassword({ email: 'b@example.com', password: newPassword })).rejects.toThrow(
      'This account does not exist',
    );
    await expect(resetPassword({ email: owner.email, password: 'short' })).rejects.toThrow(
      '12 characters or more',
    );
    expect(await trySignIn(auth, { password: owner.password })).toBe('in');
  });
});

describe('changing one’s password', () => {
  test('ends the other sessions and keeps this one', async () => {
    const here = await openBrowser({ auth, ...owner });
    const elsewhere = await openBrowser({ auth, ...owner });
    const sessionId = (await whoIs(auth, here))?.sessionId ?? '';
    await changePassword({ userId, sessionId, change: { currentPassword: owner.password, newPassword } });
    expect(await whoIs(auth, here)).not.toBeNull();
    expect(await whoIs(auth, elsewhere)).toBeNull();
    expect(await trySignIn(auth, { password: newPassword })).toBe('in');
  });

  test('needs the present one, and allows five guesses', async () => {
    const change = { currentPassword: 'not this one', newPassword };
    for (let index = 0; index < 5; index += 1) {
      await expect(changePassword({ userId, sessionId: 'any', change })).rejects.toThrow(
        'That is not your present password',
      );
    }
    await expect(
      changePassword({ userId, sessionId: 'any', change: { ...change, currentPassword: owner.password } }),
    ).rejects.toThrow('Too many tries');
    expect(await trySignIn(auth, { password: owner.password })).toBe('in');
  });
});
