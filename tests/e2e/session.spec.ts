import { expectEnded, saveRegistrySecret, signIn, startBuild } from './support/acts.ts';
import { registryHost, stage } from './support/stage.ts';
import { expect, test, withListeningPages } from './support/test.ts';

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

  test('the sign-in leads on to the page that was asked for, and to no other server', async ({
    page,
    request,
  }) => {
    const { owner } = stage();
    await page.goto('/secrets?q=none#here');
    await expect(page).toHaveURL(/\/sign-in\?next=/);
    const fill = async () => {
      await page.getByRole('textbox', { name: 'Email' }).fill(owner.email);
      await page.getByLabel('Password', { exact: true }).fill(owner.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await fill();
    await expect(page).toHaveURL(/\/secrets\?q=none#here$/);

    await page.context().clearCookies();
    await page.goto('/sign-in?next=/.//evil.test');
    await fill();
    await expect(page.getByRole('heading', { name: 'Builds', exact: true })).toBeVisible();

    await page.context().clearCookies();
    const log = '/api/builds/1/log.txt';
    expect((await request.get(log)).headers()['content-type']).toBe('application/json');
    const refused = page.waitForResponse((response) => response.url().endsWith(log));
    await page.evaluate((address) => window.location.assign(address), log);
    expect((await refused).status()).toBe(401);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await expect(page).toHaveURL('/sign-in?next=%2Fbuilds%2F1');
  });

  test('a sign-in that no server hears is told in the form', async ({ page, context }) => {
    await page.goto('/sign-in');
    const email = page.getByRole('textbox', { name: 'Email' });
    await email.fill(stage().owner.email);
    await page.getByLabel('Password', { exact: true }).fill(stage().owner.password);
    await context.setOffline(true);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert').filter({ hasText: 'did not answer' })).toBeVisible();
    await expect(email).toHaveValue(stage().owner.email);
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('heading', { name: 'Builds', exact: true })).toBeVisible();
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

test('what no server hears is told where it was asked, and the page stays', async ({ page, context }) => {
  await page.goto('/storage');
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Collect now' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Collect now' });
  await dialog.getByRole('button', { name: 'Collect now' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Nothing was collected. The server did not answer.');
  await context.setOffline(false);

  await page.goto('/settings');
  await context.setOffline(true);
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ines the second');
  await page.getByRole('button', { name: 'Save name' }).click();
  const account = page.getByRole('region', { name: 'Account' });
  await expect(account.getByRole('alert')).toContainText(
    'Your name was not saved. The server did not answer.',
  );
  const name = page.getByRole('textbox', { name: 'Your name' });
  await expect(name).toHaveValue('Ines the second');
  await context.setOffline(false);

  await name.fill(stage().owner.name);
  const answer = Promise.withResolvers<void>();
  await page.route('**/settings', async (route) => {
    await answer.promise;
    await route.continue();
  });
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(name).not.toBeEditable();
  answer.resolve();
  await expect(name).toBeEditable();
  await expect(name).toHaveValue(stage().owner.name);
});

test('an invited member joins in another browser, sees the builds, and cannot manage members', async ({
  page,
  browser,
}) => {
  await saveRegistrySecret(page, { name: 'for-member', host: registryHost });
  await startBuild(page, { reference: `${registryHost}/team/member:1.4`, secret: 'for-member' });
  await expectEnded(page, 'succeeded');

  await page.goto('/settings');
  await page.getByRole('textbox', { name: 'For whom' }).fill('Tomas');
  await page.getByRole('button', { name: 'Make invitation link' }).click();
  const link = (await page.getByText(/\/join\//).textContent()) ?? '';

  const theirs = withListeningPages(await browser.newContext({ storageState: { cookies: [], origins: [] } }));
  const member = await theirs.newPage();
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
