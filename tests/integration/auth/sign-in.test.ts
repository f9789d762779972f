import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isSessionOpen } from '#lib/auth/data.ts';
import { signIn } from '#lib/auth/sign-in.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import type { SlipwayError } from '#lib/errors/slipway-error.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import {
  from,
  openAuth,
  openBrowser,
  origin,
  owner,
  postSignIn,
  setUpOwner,
  type TestAuth,
  trySignIn,
  whoIs,
} from './people.ts';

let database: TestDatabase;
let auth: TestAuth;
beforeEach(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  await setUpOwner();
  auth = await openAuth();
});
afterEach(async () => {
  await closeDatabase();
  await database.drop();
});

/** Lets every pause have passed. */
async function waitOut(): Promise<void> {
  await prisma().rateLimit.updateMany({ data: { lastRequest: Date.now() - 5 * 60_000 } });
}

describe('signing in', () => {
  test('opens a session that is kept in Postgres and ends with sign-out', async () => {
    const browser = await openBrowser({ auth, ...owner });
    expect(await prisma().session.findFirst()).toMatchObject({ ipAddress: '192.0.2.1', userAgent: 'a test' });
    expect(await whoIs(auth, browser)).not.toBeNull();
    await auth.api.signOut({ headers: browser });
    expect(await prisma().session.count()).toBe(0);
    expect(await whoIs(auth, browser)).toBeNull();
  });

  test.each<[string, () => Promise<unknown>]>([
    ['a sign-out', () => prisma().session.deleteMany()],
    ['its end', () => prisma().session.updateMany({ data: { expiresAt: new Date() } })],
    ['the removal of its member', () => prisma().member.deleteMany()],
  ])('opens a session for streams until %s', async (_, end) => {
    await openBrowser({ auth, ...owner });
    const { id: sessionId } = await prisma().session.findFirstOrThrow();
    const { id: workspaceId } = await prisma().workspace.findFirstOrThrow();
    expect(await isSessionOpen({ sessionId, workspaceId })).toBe(true);
    expect(await isSessionOpen({ sessionId, workspaceId: randomUUID() })).toBe(false);
    await end();
    expect(await isSessionOpen({ sessionId, workspaceId })).toBe(false);
  });

  test('takes the email in any case', async () => {
    expect(await trySignIn(auth, { email: 'Ines@Example.com', password: owner.password })).toBe('in');
  });

  test('refuses a session cookie whose signature was made up', async () => {
    const browser = await openBrowser({ auth, ...owner });
    const cookie = browser.get('cookie') ?? '';
    const forged = from('192.0.2.1', { cookie: cookie.replace(/\.[^.;]+$/, `.${'A'.repeat(43)}%3D`) });
    expect(await whoIs(auth, forged)).toBeNull();
  });

  test('refuses a session after its end', async () => {
    const browser = await openBrowser({ auth, ...owner });
    await prisma().session.updateMany({ data: { expiresAt: new Date(Date.now() - 1000) } });
    expect(await whoIs(auth, browser)).toBeNull();
  });

  test.each([
    ['http://slipway.test:3000', false],
    ['https://slipway.test', true],
  ])('keeps the cookie from scripts and other sites at %s', async (url, isSecure) => {
    const response = await (await openAuth(url)).handler(
      new Request(`${url}/api/auth/sign-in/email`, {
        method: 'POST',
        headers: from('192.0.2.1', { 'content-type': 'application/json', origin: url }),
        body: JSON.stringify({ email: owner.email, password: owner.password }),
      }),
    );
    const cookie = response.headers.getSetCookie().find((line) => line.includes('session_token=')) ?? '';
    expect(cookie).toMatch(/; HttpOnly/i);
    expect(cookie).toMatch(/; SameSite=Lax/i);
    expect(/; Secure/i.test(cookie)).toBe(isSecure);
  });

  test('refuses a post from a page of another origin', async () => {
    const response = await auth.handler(
      new Request(`${origin}/api/auth/sign-in/email`, {
        method: 'POST',
        headers: from('192.0.2.1', {
          'content-type': 'application/json',
          origin: 'https://evil.example',
          cookie: 'a=b',
        }),
        body: JSON.stringify({ email: owner.email, password: owner.password }),
      }),
    );
    expect(response.status).toBe(403);
    expect(await prisma().session.count()).toBe(0);
  });
});

describe('wrong passwords', () => {
  test('are answered as unknown emails are, with the tries that are left', async () => {
    const advice = (email: string) =>
      signIn({ auth, input: { email, password: 'not this one' }, headers: from('192.0.2.1') }).catch(
        (error: SlipwayError) => error.advice,
      );
    const known = await advice(owner.email);
    expect(known).toMatchObject({
      what: 'That email and password do not match',
      why: '4 tries left before a pause of 5 minutes.',
    });
    expect(await advice('nobody@example.com')).toEqual(known);
  });

  test('close the account after five, for the right password too, wherever they come from', async () => {
    for (let index = 0; index < 5; index += 1) {
      const address = `198.51.100.${index}`;
      expect(await trySignIn(auth, { password: 'wrong', address })).toBe('WrongCredentialsError');
    }
    expect(await trySignIn(auth, { password: owner.password, address: '203.0.113.1' })).toBe(
      'TooManyTriesError',
    );
    const response = await postSignIn({ auth, ...owner, address: '203.0.113.1' });
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({
      message: 'Too many tries. Wait 5 minutes, then try again.',
    });
    await waitOut();
    expect(await trySignIn(auth, { password: owner.password })).toBe('in');
  });

  test('close the account exactly after five when they come all at once', async () => {
    const ends = await Promise.all(Array.from({ length: 12 }, () => trySignIn(auth, { password: 'wrong' })));
    expect(ends.filter((end) => end === 'WrongCredentialsError')).toHaveLength(5);
    expect(ends.filter((end) => end === 'TooManyTriesError')).toHaveLength(7);
  });

  test('do not make the pause longer while it lasts', async () => {
    for (let index = 0; index < 5; index += 1) await trySignIn(auth, { password: 'wrong' });
    await prisma().rateLimit.updateMany({ data: { lastRequest: Date.now() - 4 * 60_000 } });
    const refused = await signIn({ auth, input: owner, headers: from('192.0.2.1') }).catch(
      (error: SlipwayError) => error.advice,
    );
    expect(refused).toMatchObject({ next: 'Wait 1 minute, then try again.' });
  });

  test('are forgotten when the right one comes', async () => {
    for (let index = 0; index < 4; index += 1) await trySignIn(auth, { password: 'wrong' });
    expect(await trySignIn(auth, { password: owner.password })).toBe('in');
    for (let index = 0; index < 4; index += 1) await trySignIn(auth, { password: 'wrong' });
    expect(await trySignIn(auth, { password: owner.password })).toBe('in');
  });

  test('close an address after thirty accounts, and only that address', async () => {
    for (let index = 0; index < 30; index += 1) {
      await trySignIn(auth, {
        email: `guess-${index}@example.com`,
        password: 'wrong',
        address: '198.51.100.7',
      });
    }
    const { password } = owner;
    expect(await trySignIn(auth, { password, address: '198.51.100.7' })).toBe('TooManyTriesError');
    expect(await trySignIn(auth, { password, address: '198.51.100.8' })).toBe('in');
  });

  test('never reach the database as typed, emails included', async () => {
    await trySignIn(auth, { email: 'my-password-in-the-wrong-field@example.com', password: 'wrong' });
    const rows = JSON.stringify(await prisma().rateLimit.findMany({ select: { key: true } }));
    expect(rows).not.toContain('my-password');
  });
});

test('signing in often from one address is no offence', async () => {
  for (let index = 0; index < 35; index += 1) {
    expect(await trySignIn(auth, { password: owner.password })).toBe('in');
  }
});

test('nobody signs up by the library’s own endpoint', async () => {
  const response = await auth.handler(
    new Request(`${origin}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: from('192.0.2.1', { 'content-type': 'application/json', origin }),
      body: JSON.stringify({ name: 'Mallory', email: 'mallory@example.com', password: 'a long enough one' }),
    }),
  );
  expect(response.status).toBe(400);
  expect(await prisma().user.count()).toBe(1);
});
