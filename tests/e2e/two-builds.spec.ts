import type { Page } from '@playwright/test';
import { buildNumber, expectEnded, newImage, saveRegistrySecret } from './support/acts.ts';
import { scan } from './support/scan.ts';
import { registryHost } from './support/stage.ts';
import { expect, test } from './support/test.ts';

const reference = `${registryHost}/team/tools:1`;

test('an image is edited until it builds, and two of its builds are compared', async ({ page }) => {
  test.slow();
  await saveRegistrySecret(page, { name: 'compare-registry', host: registryHost });
  let first = 0;
  let failed = 0;
  let last = 0;

  await test.step('built a first time', async () => {
    await page.goto('/images');
    await page.getByRole('link', { name: newImage }).first().click();
    await page.getByRole('textbox', { name: 'Image name' }).fill('compared');
    await page.getByRole('textbox', { name: 'Image reference' }).fill(reference);
    await page.getByRole('combobox', { name: 'Secret' }).click();
    await page.getByRole('option', { name: 'compare-registry' }).click();
    await page.getByRole('button', { name: 'Add env' }).click();
    await page.getByRole('textbox', { name: 'Variable name' }).fill('MODE');
    await page.getByRole('textbox', { name: 'Value of MODE' }).fill('one');
    await page.getByRole('button', { name: 'Add run_commands' }).click();
    await page.getByRole('textbox', { name: 'Commands, one a line' }).fill('echo "$MODE" > /mode');
    await page.getByRole('button', { name: 'Save and build' }).click();
    await expectEnded(page, 'succeeded');
    first = buildNumber(page);
    await expect(page.getByRole('region', { name: 'Why' })).toContainText(
      'Rebuilt: The first build of these steps',
    );
    await expect(page.getByRole('region', { name: 'Contents' })).toContainText('0 packages');
    await expect(page.getByRole('table', { name: 'Size by step' })).toContainText('run_commands');
  });

  await test.step('fails after an edit, and its error shows the command, its exit code and its last lines', async () => {
    await edit(page, 'echo "$MODE" > /mode; echo last words; exit 41');
    await expectEnded(page, 'failed');
    failed = buildNumber(page);
    const fault = page.getByRole('alert', { name: 'A command ended with exit code 41' });
    await expect(fault).toContainText('exit 41');
    await expect(fault).toContainText('last words');
    await expect(page.getByRole('region', { name: 'Why' })).toContainText(`Last build #${first}`);
  });

  await test.step('builds again after another edit', async () => {
    await edit(page, 'echo "$MODE" > /mode; echo more > /more');
    await expectEnded(page, 'succeeded');
    last = buildNumber(page);
    const steps = page.getByRole('list', { name: 'Steps' }).getByRole('listitem');
    await expect(steps.nth(0)).toContainText(`when #${first} ran it`);
    await expect(steps.nth(1)).toContainText('Step 2: +echo "$MODE" > /mode; echo more > /more');
    expect(await scan(page)).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await test.step('compared from its page with the one that succeeded before', async () => {
    await page.getByRole('link', { name: `Compare with #${first}` }).click();
    await expect(page).toHaveURL(`/builds/compare?a=${first}&b=${last}`);
    await expect(page.getByRole('heading', { level: 1, name: `#${first} and #${last}` })).toBeVisible();
    const facts = page.getByRole('table', { name: 'Facts that differ' });
    await expect(facts.getByRole('row', { name: /Image compared r1 compared r3/ })).toBeVisible();
    const definition = page.getByRole('region', { name: 'Definition' });
    await expect(definition).toContainText('1 of 2 steps differ');
    await expect(definition).toContainText('Removed: RUN echo "$MODE" > /mode');
    await expect(definition).toContainText('Added: RUN echo "$MODE" > /mode; echo more > /more');
    await expect(page.getByRole('table', { name: 'Size by step' })).toContainText('Together');
    await expect(page.getByRole('table', { name: 'Time by stage' })).toContainText('Pull');
    expect(await scan(page)).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('link', { name: 'Swap' }).click();
    await expect(page.getByRole('heading', { level: 1, name: `#${last} and #${first}` })).toBeVisible();
  });

  await test.step('compared with one that failed, by what is known of it', async () => {
    await page.goto(`/builds/compare?a=${first}&b=${failed}`);
    await expect(page.getByRole('region', { name: 'Packages' })).toContainText(
      `#${failed} came to no image, so there are no packages to compare.`,
    );
    await expect(page.getByRole('region', { name: `To build ${failed}` })).toContainText('exit code 41');
  });

  await test.step('two are chosen on the page of the image, and stay so while it follows its builds', async () => {
    await page.goto('/images/compared');
    const trend = page.getByRole('slider', { name: 'Builds' });
    await expect(trend).toHaveAttribute(
      'aria-valuetext',
      new RegExp(`^#${last} succeeded, .*1 of 2 from the cache`),
    );
    await trend.press('ArrowLeft');
    await expect(trend).toHaveAttribute('aria-valuetext', new RegExp(`^#${failed} failed`));
    await expect(
      page.getByRole('list', { name: 'Cache hits by step' }).getByRole('listitem').first(),
    ).toContainText('2 of 3');
    expect(await scan(page)).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await trend.press('End');
    const from = page.getByRole('radio', { name: `From build ${failed}` });
    await from.check();
    const other = await page.context().newPage();
    await other.goto('/images/compared');
    await other.getByRole('button', { name: 'Build', exact: true }).click();
    await expectEnded(other, 'succeeded');
    await expect(trend).toHaveAttribute('aria-valuetext', new RegExp(`^#${buildNumber(other)} succeeded`));
    await expect(page.getByRole('radio', { name: `To build ${buildNumber(other)}` })).not.toBeChecked();
    await expect(page.getByRole('radio', { name: `To build ${last}` })).toBeChecked();
    await expect(from).toBeChecked();
    await other.close();
    await page.getByRole('button', { name: 'Compare two' }).click();
    await expect(page.getByRole('heading', { level: 1, name: `#${failed} and #${last}` })).toBeVisible();
  });

  await test.step('asked for by the palette, and by numbers', async () => {
    await page.goto(`/builds/${last}`);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search commands' }).fill('compare');
    await page.getByRole('option', { name: `Compare build #${last} with the one before` }).click();
    await expect(page.getByRole('heading', { level: 1, name: `#${first} and #${last}` })).toBeVisible();
    await page.goto('/builds/compare');
    await page.getByRole('textbox', { name: 'From build' }).fill(String(last));
    await page.getByRole('textbox', { name: 'To build' }).fill(String(last));
    await page.getByRole('button', { name: 'Compare builds' }).click();
    await expect(page.getByText(`Both are build #${last}, so nothing differs.`)).toBeVisible();
  });

  await test.step('a number of no build, or no number, is told at its field', async () => {
    await page.goto(`/builds/compare?a=${first}&b=999999`);
    const from = page.getByRole('textbox', { name: 'From build' });
    const to = page.getByRole('textbox', { name: 'To build' });
    await expect(to).toHaveAccessibleDescription(/There is no build #999999/);
    await expect(from).toHaveValue(String(first));
    await from.fill('garbage');
    await to.fill(String(last));
    await page.getByRole('button', { name: 'Compare builds' }).click();
    await expect(from).toHaveAccessibleDescription(/This is no number of a build/);
    await expect(to).not.toHaveAttribute('aria-invalid');
    await expect(to).toHaveValue(String(last));
  });
});

async function edit(page: Page, commands: string): Promise<void> {
  await page.goto('/images/compared');
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByRole('textbox', { name: 'Commands, one a line' }).fill(commands);
  await page.getByRole('button', { name: 'Save and build' }).click();
}
