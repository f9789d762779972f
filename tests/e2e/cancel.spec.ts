import { buildNumber, cancelBuild, saveRegistrySecret, startBuild } from './support/acts.ts';
import { slowHost } from './support/stage.ts';
import { expect, test } from './support/test.ts';

test('cancelling a running pull ends it at once', async ({ page }) => {
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
  await expect(page.getByText('Cancelled').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Cancel build' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Re-run' })).toBeVisible();
});

test('a build that no worker has a slot for says so, and begins when one is free', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'far-line', host: slowHost });
  const build = { reference: `${slowHost}/slow/line:1.4`, secret: 'far-line' };
  const running: string[] = [];
  for (let slot = 0; slot < 2; slot += 1) {
    await startBuild(page, build);
    running.push(page.url());
    await expect(page.getByRole('list', { name: 'Layers' })).toBeVisible();
  }
  await startBuild(page, build);
  await expect(page.getByText('Next in line. 1 worker: 2 of 2 slots busy.')).toBeVisible();
  const queued = page.url();
  for (const url of running) {
    await page.goto(url);
    await cancelBuild(page);
  }
  await page.goto(queued);
  await expect(page.getByRole('list', { name: 'Layers' })).toBeVisible();
  await expect(page.getByText('in line')).toBeHidden();
  await cancelBuild(page);
});
