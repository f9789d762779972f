import { expect, test } from '@playwright/test';
import { buildNumber, saveRegistrySecret, startBuild } from './support/acts.ts';
import { slowHost } from './support/stage.ts';

test('cancelling a running pull ends it within a second or two', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'far-cancel', host: slowHost });
  await startBuild(page, { reference: `${slowHost}/slow/cancel:1.4`, secret: 'far-cancel' });
  await expect(page.getByRole('list', { name: 'Layers' }).getByRole('progressbar').first()).toBeVisible();
  const number = buildNumber(page);

  await page.getByRole('button', { name: 'Cancel build' }).click();
  const dialog = page.getByRole('alertdialog', { name: `Cancel build ${number}` });
  await dialog.getByRole('button', { name: 'Keep running' }).click();
  await expect(dialog).toBeHidden();

  await page.getByRole('button', { name: 'Cancel build' }).click();
  await dialog.getByRole('button', { name: 'Cancel build' }).click();
  await expect(page.getByText('Cancelled').first()).toBeVisible({ timeout: 3000 });
  await expect(page.getByRole('button', { name: 'Cancel build' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Re-run' })).toBeVisible();
});
