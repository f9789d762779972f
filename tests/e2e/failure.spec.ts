import { checksOf, expectEnded, expectFailedAt, saveRegistrySecret, startBuild } from './support/acts.ts';
import { registryHost } from './support/stage.ts';
import { expect, test } from './support/test.ts';

test('a wrong tag ends in an error that says what, why and what next', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'wrong-tag', host: registryHost });
  await startBuild(page, { reference: `${registryHost}/team/app:9.9`, secret: 'wrong-tag' });
  const alert = page.getByRole('alert').filter({ hasText: '9.9' });
  await expect(alert).toBeVisible();
  await expectEnded(page, 'failed');
  await expect(page.getByRole('list', { name: 'Stages' })).toContainText('Not reached');
  await expect(page.getByRole('list', { name: 'Evidence' })).toContainText('Sign-in');
  await page.getByRole('button', { name: 'Check access again' }).click();
  await expectFailedAt(checksOf(page, 'Access check'), 'Manifest');

  await page.reload();
  await expect(page.getByRole('heading', { name: `${registryHost}/team/app:9.9` })).toBeVisible();
  await expectEnded(page, 'failed');
});

test('a wrong password is told apart from a missing image, and never shown', async ({ page }) => {
  await saveRegistrySecret(page, {
    name: 'wrong-password',
    host: registryHost,
    password: 'not-the-right-password',
  });
  await startBuild(page, { reference: `${registryHost}/team/app:1.4`, secret: 'wrong-password' });
  await expectEnded(page, 'failed');
  await expect(page.getByRole('alert').filter({ hasText: 'wrong-password' })).toBeVisible();
  expect(await page.content()).not.toContain('not-the-right-password');
});

test('a secret is not sent to a host that it is not bound to', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'elsewhere', host: 'registry.elsewhere.test' });
  await page.goto(
    `/builds/new?reference=${encodeURIComponent(`${registryHost}/team/app:1.4`)}&secret=elsewhere`,
  );
  await page.getByRole('button', { name: 'Start build' }).click();
  await expect(page.getByText('registry.elsewhere.test').first()).toBeVisible();
  await expect(page.getByText('Succeeded')).toHaveCount(0);
});
