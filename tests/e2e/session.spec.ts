import { saveRegistrySecret, signIn, startBuild } from './support/acts.ts';
import { registryHost, stage } from './support/stage.ts';
import { expect, listening, test } from './support/test.ts';

test.describe('without a session', () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test('every page leads to the sign-in, and every stream is refused', async ({ page, request }) => {
    for (const path of ['/', '/builds/1', '/builds/new', '/secrets', '/secrets/new', '/settings']) {
      await page.goto(path);
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    }
    for (const path of ['/api/builds/live', '/api/builds/1/events', '/api/builds/1/log?from=1&limit=10']) {
      expect((await request.get(path)).status()).toBe(401);
    }
    const check = await request.post('/api/preflights', { data: { reference: 'python' } });
    expect(check.status()).toBe(401);
  });

  test('a wrong password is refused, the right one opens, signing out closes', async ({ page }) => {
    const { owner } = stage();
    await page.goto('/sign-in');
    await page.getByRole('textbox', { name: 'Email' }).fill(owner.email);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert').filter({ hasText: 'do not match' })).toBeVisible();

    await signIn(page, owner);
    await page.goto('/settings');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await page.goto('/secrets');
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  });
});

test('an invited member joins in another browser, sees the builds, and cannot manage members', async ({
  page,
  browser,
}) => {
  await saveRegistrySecret(page, { name: 'for-member', host: registryHost });
  await startBuild(page, { reference: `${registryHost}/team/member:1.4`, secret: 'for-member' });
  await expect(page.getByText('Succeeded').first()).toBeVisible();

  await page.goto('/settings');
  await page.getByRole('textbox', { name: 'For whom' }).fill('Tomas');
  await page.getByRole('button', { name: 'Make invitation link' }).click();
  const link = (await page.getByText(/\/join\//).textContent()) ?? '';

  const theirs = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const member = listening(await theirs.newPage());
  await member.goto(link);
  await member.getByRole('textbox', { name: 'Your name' }).fill('Tomas Lindqvist');
  await member.getByRole('textbox', { name: 'Email' }).fill('tomas@halden.test');
  await member.getByLabel('Password', { exact: true }).fill('a password of his own');
  await member.getByRole('button', { name: /^Join/ }).click();

  await expect(member.getByRole('heading', { name: 'Builds', exact: true })).toBeVisible();
  await expect(member.getByRole('table', { name: 'Builds' })).toContainText('team/member');
  await member.goto('/secrets');
  await expect(member.getByRole('table', { name: 'Secrets' })).toContainText('for-member');
  await member.goto('/settings');
  await expect(member.getByRole('button', { name: 'Make invitation link' })).toHaveCount(0);

  await member.goto(link);
  await expect(member.getByRole('button', { name: /^Join/ })).toHaveCount(0);
  await theirs.close();
});
