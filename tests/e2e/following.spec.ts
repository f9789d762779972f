import type { Page } from '@playwright/test';
import { findProcess } from '#tests/support/slipway.ts';
import { cancelBuild, saveRegistrySecret, startBuild } from './support/acts.ts';
import { slowHost, stage } from './support/stage.ts';
import { expect, test, withListeningPages } from './support/test.ts';

/** The share that the first moving layer shows, in percent. */
async function progressOf(page: Page): Promise<number> {
  const bar = page.getByRole('list', { name: 'Layers' }).getByRole('progressbar').first();
  await expect(bar).toBeVisible();
  return Number(await bar.getAttribute('aria-valuenow'));
}

async function startSlowBuild(page: Page, name: string): Promise<void> {
  await saveRegistrySecret(page, { name: `far-${name}`, host: slowHost });
  await startBuild(page, { reference: `${slowHost}/slow/${name}:1.4`, secret: `far-${name}` });
  await expect.poll(() => progressOf(page)).toBeGreaterThan(2);
}

test('a reload in the middle of a pull loses nothing and goes on', async ({ page }) => {
  await startSlowBuild(page, 'reload');
  const before = await progressOf(page);
  await page.reload();
  expect(await progressOf(page)).toBeGreaterThanOrEqual(before);
  await expect.poll(() => progressOf(page)).toBeGreaterThan(before);
  await cancelBuild(page);
});

test('two browsers see the same build, and the cancel of one in the other', async ({ page, browser }) => {
  await startSlowBuild(page, 'two-browsers');
  const other = withListeningPages(await browser.newContext({ storageState: stage().ownerState }));
  const second = await other.newPage();
  await second.goto(page.url());
  const before = await progressOf(second);
  await expect.poll(() => progressOf(second)).toBeGreaterThan(before);
  await cancelBuild(page);
  await expect(second.getByText('Cancelled').first()).toBeVisible();
  await other.close();
});

test('the title of a tab in the background tells how its build ends', async ({ page, browser }) => {
  await page.clock.install();
  await startSlowBuild(page, 'background');
  await expect(page).toHaveTitle(/running · Slipway$/);
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  // Past the minute after which the page lets go of its own stream.
  await page.clock.fastForward(61_000);
  const other = withListeningPages(await browser.newContext({ storageState: stage().ownerState }));
  const second = await other.newPage();
  await second.goto(page.url());
  await cancelBuild(second);
  await expect(page).toHaveTitle(/cancelled · Slipway$/);
  await other.close();
});

test('a page that follows a build finds its way back when the web process dies', async ({ page }) => {
  await startSlowBuild(page, 'web-restart');
  const before = await progressOf(page);
  const killed = await findWeb();
  process.kill(killed, 'SIGKILL');
  await expect.poll(() => findWeb().catch(() => killed)).not.toBe(killed);
  await expect.poll(() => progressOf(page)).toBeGreaterThan(before + 5);
  await cancelBuild(page);
});

async function findWeb(): Promise<number> {
  return (await findProcess({ what: 'web', dataFolder: stage().dataFolder })).pid;
}
