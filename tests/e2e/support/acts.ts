import { expect, type Locator, type Page } from '@playwright/test';
import { type Account, stage } from './stage.ts';

/** What people do on more than one page, by the labels and roles that the interface promises and nothing else. */

/** What leads to the form of a new image: it invites to the first, and is a button above the list of those that are there. */
export const newImage = /^(?:New|Define an) image$/;

export async function signIn(page: Page, account: Account): Promise<void> {
  await page.goto('/sign-in');
  await page.getByRole('textbox', { name: 'Email' }).fill(account.email);
  await page.getByLabel('Password', { exact: true }).fill(account.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Builds', exact: true })).toBeVisible();
}

/** Saves the test registry's account as a secret for `host` and waits until the worker has taken it. */
export async function saveRegistrySecret(
  page: Page,
  options: { readonly name: string; readonly host: string; readonly password?: string },
): Promise<void> {
  const { username, password } = stage().registryAccount;
  await page.goto('/secrets');
  await page.getByRole('link', { name: 'New secret' }).click();
  await page.getByRole('radio', { name: 'Other registry' }).check();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(options.name);
  await page.getByRole('textbox', { name: 'Registry host' }).fill(options.host);
  await page.getByRole('textbox', { name: 'Username' }).fill(username);
  await page.getByLabel('Password or token').fill(options.password ?? password);
  await page.getByRole('button', { name: 'Save secret' }).click();
  await expect(page.getByRole('heading', { name: options.name, exact: true })).toBeVisible();
  await expect(page.getByText('Accepted').first()).toBeVisible();
}

/** Starts a build and comes back on its page. */
export async function startBuild(
  page: Page,
  options: { readonly reference: string; readonly secret?: string },
): Promise<void> {
  await page.goto('/');
  await page.getByRole('link', { name: 'New build' }).first().click();
  await page.getByRole('textbox', { name: 'Image reference' }).fill(options.reference);
  if (options.secret !== undefined) {
    await page.getByRole('combobox', { name: 'Secret' }).click();
    await page.getByRole('option', { name: options.secret }).click();
  }
  await page.getByRole('button', { name: 'Start build' }).click();
  await expect(page).toHaveURL(/\/builds\/\d+$/);
}

/** The region of a page in which checks of a preflight are shown: "Preflight", "Check", "Test", "Access check". */
export function checksOf(page: Page, name: string): Locator {
  return page.getByRole('region', { name, exact: true });
}

/** Waits until the checks have ended, none of them failed. What would cost a pull is not tested. */
export async function expectPassed(checks: Locator): Promise<void> {
  await expect(checks.getByText(/^[6-9] of 9 checked/)).toBeVisible();
  await expect(checks).not.toHaveAttribute('aria-busy', 'true');
  await expect(checks.getByText('failed at')).toHaveCount(0);
}

/** Waits until a check has failed. */
export async function expectFailedAt(checks: Locator, at: string): Promise<void> {
  await expect(checks.getByText(`failed at ${at}`)).toBeVisible();
}

/** The number of the build whose page is open. */
export function buildNumber(page: Page): number {
  const number = /\/builds\/(\d+)/.exec(page.url())?.[1];
  if (number === undefined) throw new Error(`${page.url()} is no build`);
  return Number(number);
}

/**
 * Waits until the build whose page is open, or opens, has ended so. Its tab says that of the build alone; on the page a stage may say of
 * itself that it failed while the build has yet to end.
 */
export async function expectEnded(page: Page, state: 'succeeded' | 'failed' | 'cancelled'): Promise<void> {
  await expect(page).toHaveURL(/\/builds\/\d+$/);
  await expect(page).toHaveTitle(new RegExp(`#${buildNumber(page)} ${state} · Slipway$`));
}

/** Cancels the build whose page is open, so that it does not keep a slot from the next test. */
export async function cancelBuild(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Cancel build' }).click();
  const dialog = page.getByRole('alertdialog', { name: `Cancel build ${buildNumber(page)}` });
  await dialog.getByRole('button', { name: 'Cancel build' }).click();
  await expectEnded(page, 'cancelled');
}
