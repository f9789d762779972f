import { expectEnded, newImage, saveRegistrySecret, startBuild } from './support/acts.ts';
import { registryHost } from './support/stage.ts';
import { expect, test } from './support/test.ts';

const reference = `${registryHost}/team/tools:1`;
const target = `${registryHost}/copies/tools:1.0`;

test('the image of a build is pushed by hand', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'pushing', host: registryHost });

  await test.step('by hand, from the page of a build', async () => {
    await startBuild(page, { reference, secret: 'pushing' });
    await page.getByRole('button', { name: 'Push', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Target' }).fill(target);
    // One that opens the target is there without being chosen; of several it may be another.
    const secrets = dialog.getByRole('combobox', { name: 'Secret' });
    await expect(secrets).toContainText(registryHost);
    await secrets.click();
    await page.getByRole('option', { name: 'pushing' }).click();
    await dialog.getByRole('button', { name: 'Push image' }).click();
    const pushes = page.getByRole('region', { name: 'Pushes' });
    await expect(pushes.getByText('Succeeded')).toBeVisible();
    await expect(pushes).toContainText(/(sent|mounted)/);
    await expect(pushes.getByRole('button', { name: 'Copy digest of the pushed image' })).toBeVisible();
    const shown = (await pushes.locator('code', { hasText: 'sha256:' }).first().textContent()) ?? '';
    expect(shown.replaceAll(/\s/g, '')).not.toBe('');
  });

  await test.step('again it begins with the last target, and sends nothing', async () => {
    await page.reload();
    await page.getByRole('button', { name: 'Push', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('textbox', { name: 'Target' })).toHaveValue(target);
    await dialog.getByRole('button', { name: 'Push image' }).click();
    const newest = page.getByRole('region', { name: 'Pushes' }).getByRole('listitem').first();
    await expect(newest.getByText('Succeeded')).toBeVisible();
    await expect(newest).toContainText('there already');
  });

  await test.step('a target that the secret does not open says so at the field', async () => {
    await page.getByRole('button', { name: 'Push', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Target' }).fill('ghcr.io/team/tools:1.0');
    const secrets = dialog.getByRole('combobox', { name: 'Secret' });
    await expect(secrets).toHaveText('None');
    await secrets.click();
    await page.getByRole('option', { name: 'pushing' }).click();
    await expect(dialog.getByText(/It is bound to .* and is sent nowhere else/)).toBeVisible();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
  });
});

test('an image goes to its target with each build, and a push that is refused harms none', async ({
  page,
}) => {
  await saveRegistrySecret(page, { name: 'shipping', host: registryHost });

  await test.step('an image with a target is pushed when its build has succeeded', async () => {
    await page.goto('/images');
    await page.getByRole('link', { name: newImage }).first().click();
    await page.getByRole('textbox', { name: 'Image name' }).fill('shipped');
    await page.getByRole('textbox', { name: 'Image reference' }).fill(reference);
    await page.getByRole('combobox', { name: 'Secret' }).click();
    await page.getByRole('option', { name: 'shipping' }).click();
    await page.getByRole('button', { name: 'Save and build' }).click();
    await expectEnded(page, 'succeeded');
    await page.goto('/images/shipped');
    await page.getByRole('button', { name: 'Set a target' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Target' }).fill(`${registryHost}/released/tools:latest`);
    await dialog.getByRole('button', { name: 'Save target' }).click();
    await expect(page.getByText(/^After each build that succeeds, with the secret/)).toBeVisible();
    await page.getByRole('button', { name: 'Build', exact: true }).click();
    const pushes = page.getByRole('region', { name: 'Pushes' });
    await expect(pushes.getByText('Succeeded')).toBeVisible();
    await expect(pushes).toContainText('with the build of');
  });

  await test.step('a push that is refused says what to do, and the build stays succeeded', async () => {
    await saveRegistrySecret(page, { name: 'no-good', host: registryHost, password: 'not-the-password' });
    await page.goto('/images/shipped');
    await page.getByRole('button', { name: 'Push', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'Secret' }).click();
    await page.getByRole('option', { name: 'no-good' }).click();
    await dialog.getByRole('button', { name: 'Push image' }).click();
    await expect(page).toHaveURL(/\/builds\/\d+$/);
    const pushes = page.getByRole('region', { name: 'Pushes' });
    await expect(pushes.getByText(/refused the sign-in/).first()).toBeVisible();
    await expect(pushes.getByRole('button', { name: 'Push again' })).toBeVisible();
    await expectEnded(page, 'succeeded');
  });
});
