import { buildNumber, expectEnded, saveRegistrySecret, startBuild } from './support/acts.ts';
import { registryHost } from './support/stage.ts';
import { expect, test } from './support/test.ts';

const reference = `${registryHost}/team/app:1.4`;

test('a private image is pulled live, kept in the history, and reused as a whole', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'halden-registry', host: registryHost });

  await test.step('the layers arrive while one watches', async () => {
    await startBuild(page, { reference, secret: 'halden-registry' });
    await expect(page.getByRole('heading', { name: reference })).toBeVisible();
    await expect(page.getByRole('list', { name: 'Stages' })).toBeVisible();
    await expect(page.getByRole('list', { name: 'Layers' }).getByRole('progressbar').first()).toBeVisible();
    await expectEnded(page, 'succeeded');
    await expect(page.getByRole('region', { name: 'Log' })).toContainText('team/app');
    await page.getByRole('button', { name: 'Show layers' }).click();
    await expect(page.getByRole('list', { name: 'Layers' }).getByText('Verified')).toHaveCount(4);
  });
  const first = buildNumber(page);

  await test.step('the history has it', async () => {
    await page.getByRole('link', { name: 'Builds', exact: true }).first().click();
    const row = page
      .getByRole('table', { name: 'Builds' })
      .getByRole('row')
      .filter({ hasText: `#${first}` });
    await expect(row).toContainText('Succeeded');
    await expect(row).toContainText('Ines Okafor');
  });

  await test.step('a second build fetches nothing', async () => {
    await startBuild(page, { reference, secret: 'halden-registry' });
    await expectEnded(page, 'succeeded');
    expect(buildNumber(page)).toBe(first + 1);
    await page.getByRole('button', { name: 'Show layers' }).click();
    await expect(page.getByRole('list', { name: 'Layers' }).getByText('Reused')).toHaveCount(4);
  });
});

test('the build page names the version of the secret that it used', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'facts-registry', host: registryHost });
  await startBuild(page, { reference, secret: 'facts-registry' });
  await expectEnded(page, 'succeeded');
  const facts = page.getByRole('complementary', { name: 'Facts' });
  await expect(facts).toContainText('facts-registry');
  await expect(facts.getByRole('button', { name: 'Copy base digest' })).toBeVisible();
});
