import { stage } from './support/stage.ts';
import { expect, test } from './support/test.ts';

test('the owner is made with the code that the start printed, and with no other', async ({ page }) => {
  const { setUpCode, owner, ownerState } = stage();
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Create the owner' })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Set-up' })).toBeVisible();

  await page.getByRole('textbox', { name: 'Set-up code' }).fill('AAAA-AAAA-AAAA');
  await page.getByRole('textbox', { name: 'Your name' }).fill(owner.name);
  await page.getByRole('textbox', { name: 'Email' }).fill(owner.email);
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await page.getByRole('button', { name: 'Create owner and continue' }).click();
  await expect(page.getByRole('textbox', { name: 'Set-up code' })).toHaveAttribute('aria-invalid', 'true');

  await page.getByRole('textbox', { name: 'Set-up code' }).fill(setUpCode);
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await page.getByRole('button', { name: 'Create owner and continue' }).click();
  await expect(page.getByRole('heading', { name: 'Builds', exact: true })).toBeVisible();
  await expect(page.getByText('Nothing on the slip yet')).toBeVisible();
  await page.context().storageState({ path: ownerState });
});

test('afterwards nobody can set up again', async ({ page }) => {
  await page.goto('/set-up');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});
