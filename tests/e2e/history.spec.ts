import type { Page } from '@playwright/test';
import { expect, test } from './support/test.ts';

/** Pages that the server makes take this long to come, so that people are faster than they are. */
async function slowDown(page: Page, delayMs: number): Promise<void> {
  await page.route(
    (url) => url.searchParams.has('_rsc'),
    async (route) => {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await route.continue().catch(() => {
        // The page no longer wants it.
      });
    },
  );
}

test('a search keeps what is typed and chosen while answers to older ones come in', async ({ page }) => {
  await page.goto('/');
  await slowDown(page, 700);
  const search = page.getByRole('searchbox', { name: 'Search builds' });
  const failed = page.getByRole('group', { name: 'Status' }).getByRole('button', { name: 'Failed' });

  const asked = page.waitForRequest((request) => request.url().includes('q=te&'));
  await search.pressSequentially('te');
  await asked;
  await search.pressSequentially('am/application', { delay: 100 });
  await expect(page).toHaveURL(/\?q=team%2Fapplication$/);
  await expect(search).toHaveValue('team/application');

  await search.fill('needle');
  await failed.click();
  await search.press('End');
  await search.pressSequentially('s');
  await expect(page).toHaveURL(/\?status=failed&q=needles$/);
  await expect(failed).toHaveAttribute('aria-pressed', 'true');

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Builds' }).click();
  await expect(page).toHaveURL(/\/$/);
  await expect(search).toHaveValue('');
  await expect(failed).toHaveAttribute('aria-pressed', 'false');
});
