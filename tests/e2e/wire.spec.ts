import { checksOf, expectEnded, expectPassed, startBuild } from './support/acts.ts';
import { registryHost, stage } from './support/stage.ts';
import { expect, test } from './support/test.ts';
import { tapWire } from './support/wire.ts';

test('a saved value crosses the wire in no request and no answer', async ({ page }) => {
  const { username, password } = stage().registryAccount;
  const rotated = 'rotated/value+that=is long enough to find';
  await page.goto('/secrets/new');
  const wire = tapWire(page, [password, rotated]);

  await page.getByRole('radio', { name: 'Other registry' }).check();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('on-the-wire');
  await page.getByRole('textbox', { name: 'Registry host' }).fill(registryHost);
  await page.getByRole('textbox', { name: 'Username' }).fill(username);
  await page.getByLabel('Password or token').fill(password);
  await page.getByRole('textbox', { name: 'Image reference' }).fill(`${registryHost}/team/wire:1.4`);
  await page.getByRole('button', { name: 'Check now' }).click();
  await expectPassed(checksOf(page, 'Check'));
  await page.getByRole('button', { name: 'Save secret' }).click();
  await expect(page.getByText('Accepted').first()).toBeVisible();

  await startBuild(page, { reference: `${registryHost}/team/wire:1.4`, secret: 'on-the-wire' });
  await expectEnded(page, 'succeeded');
  await expect(page.getByRole('region', { name: 'Log' })).toContainText('team/wire');

  await page.goto('/secrets/on-the-wire');
  await page.getByRole('button', { name: 'Replace values' }).click();
  await page.getByLabel('Password or token').fill(rotated);
  await page.getByRole('button', { name: 'Save new version' }).click();
  await expect(page.getByRole('table', { name: 'Versions' }).getByRole('row')).toHaveCount(3);
  await page.goto('/secrets');
  await page.goto('/builds/new?secret=on-the-wire');

  const { bodies, leaks } = await wire.end();
  expect(leaks).toEqual([]);
  expect(bodies).toBeGreaterThan(2);
});

test('a form that the browser sends by itself carries no value', async ({ page }) => {
  await page.goto('/secrets/new');
  await page.getByRole('radio', { name: 'Other registry' }).check();
  await page.getByLabel('Password or token').fill('typed and not to be sent');
  const sent = await page
    .locator('form')
    .filter({ has: page.getByLabel('Password or token') })
    .evaluate((form: HTMLFormElement) => [...new FormData(form).values()].map(String));
  expect(sent.join('\n')).not.toContain('typed and not to be sent');
});

test('an upload is taken from pages of this dashboard and people of its workspace alone', async ({
  page,
  playwright,
  baseURL,
}) => {
  const hex = 'a'.repeat(64);
  const address = `/api/uploads/${hex}?size=4&offset=0`;
  const own = await page.request.put(address, { data: 'four', headers: { origin: baseURL ?? '' } });
  expect([own.status(), (await own.json()).error.code]).toEqual([502, 'upload_damaged']);
  const foreign = await page.request.put(address, {
    data: 'four',
    headers: { origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' },
  });
  expect([foreign.status(), (await foreign.json()).error.code]).toEqual([403, 'foreign_page']);
  const long = await page.request.put(address, { data: Buffer.alloc(1024 * 1024 + 1) });
  expect([long.status(), (await long.json()).error.code]).toEqual([400, 'upload_piece']);
  const stranger = await playwright.request.newContext({
    ...(baseURL === undefined ? {} : { baseURL }),
    storageState: { cookies: [], origins: [] },
  });
  expect((await stranger.put(address, { data: 'four' })).status()).toBe(401);
  const schema = await stranger.get('/api/schemas/image.json');
  expect(schema.headers()['content-type']).toContain('application/schema+json');
  expect((await schema.json()).$id).toMatch(/\/api\/schemas\/image\.json$/);
  await stranger.dispose();
});
