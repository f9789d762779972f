import { expectEnded, saveRegistrySecret, startBuild } from './support/acts.ts';
import { scan } from './support/scan.ts';
import { registryHost } from './support/stage.ts';
import { expect, test } from './support/test.ts';

const reference = `${registryHost}/team/stored:1.4`;

test('the storage page shows what is here and what is shared, and an owner collects', async ({ page }) => {
  test.slow();
  await saveRegistrySecret(page, { name: 'storage-registry', host: registryHost });
  await startBuild(page, { reference, secret: 'storage-registry' });
  await expectEnded(page, 'succeeded');

  await test.step('from the sidebar, with the image and its layers', async () => {
    await page.getByRole('link', { name: 'Storage', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Storage', exact: true })).toBeVisible();
    const row = page.getByRole('table', { name: 'Images' }).getByRole('row').filter({ hasText: 'stored' });
    await expect(row).toContainText('Stays');
    await row.getByRole('button', { name: `Layers of ${reference}` }).click();
    const layers = page.getByRole('list', { name: `Layers of ${reference}` }).getByRole('listitem');
    await expect(layers).toHaveCount(2);
    await expect(layers.first()).toContainText('Only here');
    const facts = page.getByRole('complementary', { name: 'Facts' });
    await expect(facts.getByText('Saved on disk')).toBeVisible();
    await expect(facts.getByText('30 days unused')).toBeVisible();
    expect(await scan(page)).toEqual([]);
  });

  await test.step('the figures are those of the disk, once a worker has measured', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await expect(async () => {
      await page.reload();
      await expect(page.getByText(/^[1-9]\d* blobs$/)).toBeVisible({ timeout: 1_000 });
    }).toPass();
  });

  await test.step('collecting says before what is kept, and after what was freed', async () => {
    await page.getByRole('button', { name: 'Collect now' }).click();
    const dialog = page.getByRole('alertdialog', { name: 'Collect now' });
    await expect(dialog).toContainText('Every image within the limits is kept');
    await expect(dialog.getByRole('button', { name: 'Keep everything' })).toBeFocused();
    expect(await scan(page)).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await dialog.getByRole('button', { name: 'Collect now' }).click();
    const collections = page.getByRole('list', { name: 'Last collections' });
    await expect(collections.getByRole('listitem').first()).toContainText('Asked for by Ines Okafor');
    await expect(collections.getByRole('listitem').first()).toContainText('Succeeded');
    await expect(page.getByRole('table', { name: 'Images' })).toContainText('stored');
  });

  await test.step('by keyboard and palette', async () => {
    await page.goto('/');
    await page.getByRole('heading', { name: 'Builds', exact: true }).click();
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await expect(page).toHaveURL(/\/storage$/);
    await page.goto('/');
    await page.keyboard.press('Control+k');
    const palette = page.getByRole('dialog', { name: 'Command palette' });
    await expect(palette.getByRole('option', { name: reference }).first()).toBeVisible();
    await page.route('**/api/search?q=go*', () => {
      // Never answered: what was found before is all that the palette has when Enter comes.
    });
    await palette.getByRole('combobox', { name: 'Search commands' }).fill('go to storage');
    await expect(palette.getByRole('option')).toHaveCount(1);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/storage$/);
    await page.unroute('**/api/search?q=go*');
  });

  await test.step('what one went to in the palette stays chosen when more is found', async () => {
    const isChosen = Promise.withResolvers<void>();
    const secrets = [{ name: 'storage-registry', type: 'registry' }];
    const builds = [7, 8, 9].map((number) => ({ number, reference: `stored:${number}`, state: 'succeeded' }));
    await page.route('**/api/search?*', async (route) => {
      const isTyped = new URL(route.request().url()).searchParams.get('q') !== '';
      if (isTyped) await isChosen.promise;
      await route.fulfill({ json: { builds: isTyped ? builds : [], images: [], secrets } });
    });
    await page.keyboard.press('Control+k');
    const palette = page.getByRole('dialog', { name: 'Command palette' });
    await expect(palette.getByRole('option', { name: 'storage-registry' })).toBeVisible();
    await palette.getByRole('combobox', { name: 'Search commands' }).fill('stor');
    await expect(palette.getByRole('option')).toHaveCount(2);
    await page.keyboard.press('ArrowUp');
    const secret = palette.getByRole('option', { name: 'storage-registry' });
    await expect(secret).toHaveAttribute('aria-selected', 'true');
    isChosen.resolve();
    await expect(palette.getByRole('option', { name: 'stored:9' })).toBeVisible();
    await expect(secret).toHaveAttribute('aria-selected', 'true');
    await expect(palette.getByRole('option').first()).toHaveAccessibleName('Go to storage');
    await page.keyboard.press('Escape');
    await page.unroute('**/api/search?*');
  });

  await test.step('on a small screen from the settings', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto('/settings');
    await page.getByRole('main').getByRole('link', { name: 'Storage' }).click();
    await expect(page.getByRole('heading', { name: 'Storage', exact: true })).toBeVisible();
    await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link')).toHaveCount(4);
  });
});
