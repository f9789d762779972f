import { generateKeyPairSync } from 'node:crypto';
import type { Page } from '@playwright/test';
import {
  cancelBuild,
  checksOf,
  expectEnded,
  expectFailedAt,
  expectPassed,
  saveRegistrySecret,
  startBuild,
} from './support/acts.ts';
import { registryHost, slowHost } from './support/stage.ts';
import { expect, test } from './support/test.ts';

async function newSecret(
  page: Page,
  options: { readonly type: string; readonly name: string },
): Promise<void> {
  await page.goto('/secrets/new');
  await page.getByRole('group', { name: 'Type' }).getByRole('radio', { name: options.type }).check();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(options.name);
}

async function expectAccepted(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Save secret' }).click();
  await expect(page.getByRole('heading', { name, exact: true })).toBeVisible();
  await expect(page.getByText('Accepted').first()).toBeVisible();
}

const serviceAccount = JSON.stringify({
  type: 'service_account',
  project_id: 'tidewater-prod',
  private_key_id: '4c1d9a07b2e34c1d9a07b2e34c1d9a07b2e34c1d',
  private_key: generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString(),
  client_email: 'slipway-pull@tidewater-prod.iam.gserviceaccount.com',
  client_id: '100000000000000000001',
  auth_uri: 'https://accounts.google.com/o/oauth2/auth',
  token_uri: 'https://oauth2.googleapis.com/token',
});

test('a Docker Hub token is saved', async ({ page }) => {
  await newSecret(page, { type: 'Docker Hub', name: 'hub-pull' });
  await page.getByRole('textbox', { name: 'Username' }).fill('haldenlabs');
  await page.getByLabel('Access token').fill('dckr_pat_0123456789abcdefghijklmnopq');
  await expectAccepted(page, 'hub-pull');
  await expect(page.getByText('docker.io').first()).toBeVisible();
});

interface Statement {
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** About the repositories, in the policy that was copied; a click comes back before the clipboard has it. */
async function copiedStatement(page: Page): Promise<Statement | undefined> {
  const text = await page.evaluate(() => navigator.clipboard.readText());
  return text.startsWith('{') ? JSON.parse(text).Statement[1] : undefined;
}

test('an AWS key is saved, with a policy that follows what is typed', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await newSecret(page, { type: 'AWS ECR', name: 'ecr-pull' });
  await page.getByRole('textbox', { name: 'Access key ID' }).fill('AKIAIOSFODNN7EXAMPLE');
  await page.getByRole('combobox', { name: 'Region' }).click();
  await page.getByRole('option', { name: 'eu-west-1' }).click();
  await page.getByLabel('Secret access key').fill('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY');
  await page.getByRole('textbox', { name: 'Repositories' }).fill('ml/*');

  await page.getByRole('button', { name: 'Copy policy' }).click();
  await expect.poll(async () => (await copiedStatement(page))?.Action.length).toBe(11);
  expect((await copiedStatement(page))?.Resource).toEqual(['arn:aws:ecr:eu-west-1:*:repository/ml/*']);
  await page.getByRole('tab', { name: 'Pull only' }).click();
  await page.getByRole('button', { name: 'Copy policy' }).click();
  await expect.poll(async () => (await copiedStatement(page))?.Action.length).toBe(3);

  await expectAccepted(page, 'ecr-pull');
});

test('a role without keys is refused by the form', async ({ page }) => {
  await newSecret(page, { type: 'AWS ECR', name: 'role-alone' });
  await page
    .getByRole('group', { name: 'How to sign in' })
    .getByRole('button', { name: 'Assume role' })
    .click();
  await page.getByRole('textbox', { name: 'Role ARN' }).fill('arn:aws:iam::111122223333:role/pull');
  await page.getByRole('button', { name: 'Save secret' }).click();
  await expect(page.getByRole('textbox', { name: 'Access key ID' })).toHaveAttribute('aria-invalid', 'true');
  await expect(page).toHaveURL(/\/secrets\/new/);
});

test('a service account is read from its file, and a wrong file is explained', async ({ page }) => {
  await newSecret(page, { type: 'Google Artifact Registry', name: 'gar-pull' });
  const choose = async (name: string, text: string) => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Service account JSON' }).click();
    await (await chooser).setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
  };
  await choose('client_secret.json', '{"installed":{"client_id":"1","client_secret":"x"}}');
  await expect(page.getByText('Wrong file')).toBeVisible();
  await choose('tidewater-prod.json', serviceAccount);
  await expect(page.getByText('slipway-pull@tidewater-prod.iam.gserviceaccount.com').first()).toBeVisible();
  await expectAccepted(page, 'gar-pull');
  expect(await page.content()).not.toContain('BEGIN PRIVATE KEY');
});

test('a service account is pasted as text', async ({ page }) => {
  await newSecret(page, { type: 'Google Artifact Registry', name: 'gar-pasted' });
  await page.getByLabel('Service account JSON').fill(serviceAccount);
  await expectAccepted(page, 'gar-pasted');
});

test('custom keys are saved, and the form says who can read them', async ({ page }) => {
  await newSecret(page, { type: 'Custom', name: 'step-tokens' });
  await expect(page.getByText('can read its values')).toBeVisible();
  await page.getByRole('textbox', { name: 'Key 1', exact: true }).fill('HF_TOKEN');
  await page.getByLabel('Value of Key 1').fill('hf_0123456789');
  await page.getByRole('button', { name: 'Add key' }).click();
  await page.getByRole('textbox', { name: 'Key 2', exact: true }).fill('PIP_TOKEN');
  await page.getByLabel('Value of Key 2').fill('pypi-0123456789');
  await expectAccepted(page, 'step-tokens');
  await expect(page.getByText('PIP_TOKEN').first()).toBeVisible();
});

test('what is wrong is said at its field after it is left, and nothing typed is lost', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'taken', host: registryHost });
  await newSecret(page, { type: 'Other registry', name: 'Not A Name' });
  const name = page.getByRole('textbox', { name: 'Name', exact: true });
  await name.blur();
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await name.fill('taken');
  await expect(name).not.toHaveAttribute('aria-invalid', 'true');

  await page.getByRole('textbox', { name: 'Registry host' }).fill('ghcr.io');
  await page.getByRole('textbox', { name: 'Username' }).fill('ines');
  await page.getByLabel('Password or token').fill('ghp_0123456789');
  await page.getByRole('button', { name: 'Save secret' }).click();
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Password or token')).toHaveValue('ghp_0123456789');

  const isRenamed = Promise.withResolvers<void>();
  await page.route('**/secrets/new', async (route) => {
    await isRenamed.promise;
    await route.continue();
  });
  await name.fill('not-taken');
  await name.fill('taken');
  await page.getByRole('button', { name: 'Save secret' }).click();
  await name.fill('not-taken');
  isRenamed.resolve();
  await expect(page.getByRole('alert').filter({ hasText: 'taken' })).toBeVisible();
  await expect(name).not.toHaveAttribute('aria-invalid', 'true');
  await page.unroute('**/secrets/new');
  await expectAccepted(page, 'not-taken');
});

test('values are replaced by a new version, and the secret is deleted', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'to-rotate', host: registryHost });
  await page.getByRole('button', { name: 'Replace values' }).click();
  await page.getByLabel('Password or token').fill('another password');
  await page.getByRole('button', { name: 'Save new version' }).click();
  const versions = page.getByRole('table', { name: 'Versions' });
  await expect(versions.getByRole('row')).toHaveCount(3);

  await page.goto('/secrets?q=to-rotate');
  await page.getByRole('button', { name: 'Actions for to-rotate' }).click();
  await page.getByRole('menuitem', { name: 'Delete secret' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Delete to-rotate' });
  await dialog.getByRole('button', { name: 'Delete secret' }).click();
  await expect(page.getByRole('link', { name: 'to-rotate' })).toBeHidden();
});

test('a secret is tried on its page with the image that a build pulled last', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'to-try', host: registryHost });
  await startBuild(page, { reference: `${registryHost}/team/app:1.4`, secret: 'to-try' });
  await expectEnded(page, 'succeeded');
  await page.goto('/secrets/to-try');
  const reference = page.getByRole('textbox', { name: 'Image reference' });
  await expect(reference).toHaveValue(`${registryHost}/team/app:1.4`);
  await page.getByRole('button', { name: 'Test secret' }).click();
  await expectPassed(checksOf(page, 'Test'));
  await reference.fill(`${registryHost}/team/app:1.5`);
  await page.getByRole('button', { name: 'Test secret' }).click();
  await expectFailedAt(checksOf(page, 'Test'), 'Manifest');
});

test('repositories are changed without the values, and decide what is proposed', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'kept-for-one', host: registryHost });
  await page.getByRole('button', { name: 'Edit repositories' }).click();
  const field = page.getByRole('textbox', { name: 'Repositories' });
  await field.fill('quay.io/team/*');
  await expect(page.getByText('never goes to quay.io')).toBeVisible();
  await field.fill('team/member');
  await page.getByRole('button', { name: 'Save repositories' }).click();
  await expect(page.getByRole('list', { name: 'Repositories' })).toContainText('team/member');

  await page.goto(`/builds/new?reference=${registryHost}/team/member:1.4`);
  await expect(page.getByText('Proposed: team/member is the closest pattern.')).toBeVisible();
  await page.getByRole('combobox', { name: 'Secret' }).click();
  await page.getByRole('option', { name: 'None (public image)' }).click();
  await expect(page.getByText('Chosen by you. The proposal is kept-for-one')).toBeVisible();
});

test('a secret that a build uses is not deleted', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'in-use', host: slowHost });
  await startBuild(page, { reference: `${slowHost}/slow/in-use:1.4`, secret: 'in-use' });
  await expect(page.getByRole('list', { name: 'Layers' }).getByRole('progressbar').first()).toBeVisible();
  const build = page.url();

  await page.goto('/secrets/in-use');
  await expect(page.getByRole('list', { name: 'Used by' }).getByRole('listitem')).toHaveCount(1);
  await page.getByRole('button', { name: 'Delete secret' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Delete in-use' });
  await dialog.getByRole('button', { name: 'Delete secret' }).click();
  await expect(dialog.getByRole('alert')).toContainText('has not ended');
  await dialog.getByRole('button', { name: 'Keep secret' }).click();

  await page.goto(build);
  await cancelBuild(page);
});

test('the list is searched in the address and worked by keys', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'find-me', host: registryHost });
  await page.goto('/secrets');
  await page.getByRole('searchbox', { name: 'Search secrets' }).fill('find-me');
  await expect(page).toHaveURL(/q=find-me/);
  const rows = page.getByRole('table', { name: 'Secrets' }).getByRole('row');
  await expect(rows).toHaveCount(2);
  await page.reload();
  await expect(rows).toHaveCount(2);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Secrets' }).click();
  await expect(page.getByRole('searchbox', { name: 'Search secrets' })).toHaveValue('');
  await page.goBack();
  await expect(page.getByRole('searchbox', { name: 'Search secrets' })).toHaveValue('find-me');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'find-me', exact: true })).toBeVisible();
  await page.goto('/secrets');
  await page.keyboard.press('n');
  await expect(page.getByRole('group', { name: 'Type' })).toBeVisible();
});

test('a page that the browser gives no cryptography says so, and saves nothing', async ({ page }) => {
  // What browsers do on plain http from any host but this one.
  await page.addInitScript(() => Object.defineProperty(globalThis.crypto, 'subtle', { value: undefined }));
  await newSecret(page, { type: 'Other registry', name: 'unsealed' });
  await expect(page.getByRole('alert').filter({ hasText: 'https' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Registry host' }).fill('ghcr.io');
  await page.getByRole('textbox', { name: 'Username' }).fill('ines');
  await page.getByLabel('Password or token').fill('ghp_0123456789');
  await page.getByLabel('Password or token').press('Enter');
  await page.goto('/secrets');
  await expect(page.getByRole('link', { name: 'unsealed' })).toHaveCount(0);
});

test('a custom value keeps the line ends that were pasted', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await newSecret(page, { type: 'Custom', name: 'certificate' });
  await page.getByRole('textbox', { name: 'Key 1', exact: true }).fill('CA_CERTIFICATE');
  await page.evaluate(() => navigator.clipboard.writeText('first line\nsecond line'));
  await page.getByLabel('Value of Key 1').focus();
  await page.keyboard.press('ControlOrMeta+v');
  await expect(page.getByLabel('Value of Key 1')).toHaveValue('first line\nsecond line');
  await expectAccepted(page, 'certificate');
});
