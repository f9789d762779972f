import type { Page } from '@playwright/test';
import {
  buildNumber,
  checksOf,
  expectEnded,
  expectFailedAt,
  saveRegistrySecret,
  startBuild,
} from './support/acts.ts';
import { scan } from './support/scan.ts';
import { registryHost } from './support/stage.ts';
import { expect, test } from './support/test.ts';

const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { level: 1, name, exact: true });

const pages: readonly (readonly [path: string, heading: string])[] = [
  ['/', 'Builds'],
  ['/builds/new', 'New build'],
  ['/builds/compare', 'Compare builds'],
  ['/secrets', 'Secrets'],
  ['/storage', 'Storage'],
  ['/settings', 'Settings'],
];

test.describe('pages without a fault that axe knows', () => {
  test.slow();

  test('build and secret, and what lists them', async ({ page }) => {
    await saveRegistrySecret(page, { name: 'to-scan', host: registryHost });
    expect(await scan(page)).toEqual([]);
    await page.getByRole('button', { name: 'Test secret' }).click();
    await expect(checksOf(page, 'Test').getByRole('list', { name: 'Checks' })).toBeVisible();
    await expect(checksOf(page, 'Test')).not.toHaveAttribute('aria-busy', 'true');
    await page.getByRole('button', { name: 'Edit repositories' }).click();
    expect(await scan(page)).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`/builds/new?reference=${registryHost}/team/scan:9.9&secret=to-scan`);
    await expectFailedAt(checksOf(page, 'Preflight'), 'Manifest');
    expect(await scan(page)).toEqual([]);
    await page.goto('/secrets');
    await expect(page.getByRole('table', { name: 'Secrets' })).toBeVisible();
    expect(await scan(page)).toEqual([]);
    await page.goto('/secrets/to-scan/replace');
    await expect(heading(page, 'Replace values')).toBeVisible();
    expect(await scan(page)).toEqual([]);

    await page.setViewportSize({ width: 1440, height: 900 });
    await startBuild(page, { reference: `${registryHost}/team/scan:1.4`, secret: 'to-scan' });
    await expectEnded(page, 'succeeded');
    expect(await scan(page)).toEqual([]);

    await page.setViewportSize({ width: 1440, height: 900 });
    await startBuild(page, { reference: `${registryHost}/team/app:0.0`, secret: 'to-scan' });
    await expectEnded(page, 'failed');
    expect(await scan(page)).toEqual([]);

    await page.setViewportSize({ width: 1440, height: 900 });
    const number = buildNumber(page);
    await page.goto(`/builds/compare?a=${number - 1}&b=${number}`);
    await expect(heading(page, `#${number - 1} and #${number}`)).toBeVisible();
    expect(await scan(page)).toEqual([]);
  });

  for (const [path, name] of pages) {
    test(`${path}`, async ({ page }) => {
      await page.goto(path);
      await expect(heading(page, name)).toBeVisible();
      expect(await scan(page)).toEqual([]);
    });
  }

  for (const type of ['docker_hub', 'aws', 'gcp', 'registry', 'custom']) {
    test(`/secrets/new?type=${type}, with its errors`, async ({ page }) => {
      await page.goto(`/secrets/new?type=${type}`);
      await page.getByRole('button', { name: 'Save secret' }).click();
      await expect(page.locator('[aria-invalid=true]').first()).toBeVisible();
      expect(await scan(page)).toEqual([]);
    });
  }
});

test.describe('doors without a fault that axe knows', () => {
  test.slow();
  test.use({ storageState: { cookies: [], origins: [] } });

  test('/sign-in', async ({ page }) => {
    await page.goto('/sign-in');
    await expect(heading(page, 'Sign in')).toBeVisible();
    expect(await scan(page)).toEqual([]);
  });

  test('a page that is not there', async ({ page }) => {
    await page.goto('/join/none');
    expect(await scan(page)).toEqual([]);
  });
});
