import type { Page } from '@playwright/test';
import { expectEnded, signIn } from './support/acts.ts';
import { registryHost, stage } from './support/stage.ts';
import { expect, test } from './support/test.ts';

/** There is no such tag, so its builds end at once. */
const reference = `${registryHost}/team/app:0.0`;

test('what others do to an image while it is edited is said, and nothing is lost', async ({ page }) => {
  const other = await page.context().newPage();
  await defineImage(page, 'shared');

  await test.step('another revision is not overwritten, unless somebody wants that', async () => {
    await edit(page, 'shared', 'mine');
    await edit(other, 'shared', 'theirs');
    await saveAndFail(other);
    await page.getByRole('button', { name: 'Save and build' }).click();
    const said = page.getByRole('alert').filter({ hasText: 'Ines Okafor saved revision 2 of shared' });
    await expect(said).toBeVisible();
    const opened = page.waitForEvent('popup');
    await said.getByRole('link', { name: 'Look at revision 2' }).click();
    const theirs = (await opened).getByRole('region', { name: 'Revisions' });
    await expect(theirs.getByRole('list', { name: 'Steps' }).first()).toContainText('ENV GREETING="theirs"');
    await (await opened).close();
    await expect(page.getByRole('textbox', { name: 'Value of GREETING' })).toHaveValue('mine');
    await said.getByRole('button', { name: 'Save over it' }).click();
    await expectEnded(page, 'failed');
    await expect(page.getByRole('link', { name: 'shared r3' }).first()).toBeVisible();
  });

  await test.step('an earlier revision is taken up again, as the next one', async () => {
    await page.goto('/images/shared');
    const revisions = page.getByRole('region', { name: 'Revisions' });
    await revisions.getByText('step 1: +GREETING=theirs -GREETING=first').click();
    await revisions.getByRole('link', { name: 'Edit from r2' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Edit from r2' })).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'Value of GREETING' })).toHaveValue('theirs');
    await saveAndFail(page);
    await expect(page.getByRole('link', { name: 'shared r4' }).first()).toBeVisible();
  });

  await test.step('the text outlives the image, and is saved under another name', async () => {
    await edit(page, 'shared', 'kept');
    await deleteImage(other, 'shared');
    await page.getByRole('button', { name: 'Save and build' }).click();
    const said = page.getByRole('alert').filter({ hasText: 'The image shared was deleted after you began' });
    await expect(said).toBeVisible();
    await page.reload();
    await expect(said).toBeVisible();
    await page.getByRole('button', { name: 'Save and build' }).click();
    await expect(page.locator(':focus')).toContainText('was deleted after you began');
    await page.getByRole('textbox', { name: 'Image name' }).fill('saved-again');
    await saveAndFail(page);
    await expect(page.getByRole('link', { name: 'saved-again r1' }).first()).toBeVisible();
  });

  await test.step('or under its own, which nobody does by pressing once more', async () => {
    const variable = page.getByRole('textbox', { name: 'Value of GREETING' });
    await page.goto('/builds/new?image=saved-again&revision=1');
    await variable.fill('kept as well');
    await deleteImage(other, 'saved-again');
    await page.getByRole('button', { name: 'Save and build' }).click();
    await expect(page.getByText('The image saved-again was deleted after you began')).toBeVisible();
    await page.reload();
    await expect(variable).toHaveValue('kept as well');
    await page.getByRole('button', { name: 'Save as a new image' }).click();
    await expectEnded(page, 'failed');
    await expect(page.getByRole('link', { name: 'saved-again r1' }).first()).toBeVisible();
  });
});

test('a secret of a step that was deleted is said at the step, and can be taken off', async ({ page }) => {
  await saveCustomSecret(page, 'hub-token');
  await page.goto('/builds/new?image=');
  await page.getByRole('textbox', { name: 'Image name' }).fill('with-secret');
  await page.getByRole('textbox', { name: 'Image reference' }).fill(reference);
  await page.getByRole('button', { name: 'Add run_commands' }).click();
  await page.getByRole('textbox', { name: 'Commands, one a line' }).fill('echo');
  await page.getByRole('checkbox', { name: 'hub-token' }).check();
  await saveAndFail(page);
  await page.goto('/secrets/hub-token');
  await page.getByRole('button', { name: 'Delete secret' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete secret' }).click();
  await expect(page).toHaveURL(/\/secrets$/);

  await page.goto('/builds/new?image=with-secret');
  const gone = page.getByRole('checkbox', { name: 'hub-token deleted' });
  await expect(gone).toBeChecked();
  await page.getByRole('button', { name: 'Save and build' }).click();
  await expect(page.getByText('Step 1: there is no secret named hub-token.')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Commands, one a line' })).toBeFocused();
  await gone.click();
  await expect(gone).toHaveCount(0);
  await saveAndFail(page);
  await expect(page.getByRole('link', { name: 'with-secret r2' }).first()).toBeVisible();
});

test('what is typed outlives the page and the session, until it is sent or discarded', async ({ page }) => {
  const field = page.getByRole('textbox', { name: 'Image reference' });
  const variable = page.getByRole('textbox', { name: 'Value of GREETING' });
  await page.goto('/builds/new');

  await test.step('a way to another page and back', async () => {
    await field.fill(reference);
    await addVariable(page, 'kept');
    await page.getByRole('link', { name: 'Add a secret' }).click();
    await expect(page.getByRole('heading', { name: 'New secret' })).toBeVisible();
    await page.goBack();
    await expect(page.getByText(/^Your draft of \d\d:\d\d/)).toBeVisible();
    await expect(field).toHaveValue(reference);
    await expect(variable).toHaveValue('kept');
  });

  await test.step('the end of the session', async () => {
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Start build' }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await signIn(page, stage().owner);
    await page.goto('/builds/new');
    await expect(variable).toHaveValue('kept');
  });

  await test.step('not another form', async () => {
    await page.goto('/builds/new?image=');
    await expect(page.getByRole('textbox', { name: 'Image name' })).toBeVisible();
    await expect(field).toHaveValue('');
    await field.fill('python');
    await field.blur();
    await page.keyboard.press('n');
    await expect(page.getByRole('heading', { level: 1, name: 'New build' })).toBeVisible();
    await expect(field).toHaveValue(reference);
  });

  await test.step('nor being sent', async () => {
    await page.getByRole('button', { name: 'Start build' }).click();
    await expectEnded(page, 'failed');
    await page.goto('/builds/new');
    await expect(field).toHaveValue('');
    await page.goto('/builds/new?image=');
    await page.getByRole('button', { name: 'Discard draft' }).click();
    await expect(field).toHaveValue('');
  });
});

test('a build that failed is corrected with all of its steps, and becomes an image', async ({ page }) => {
  await page.goto('/builds/new');
  await page.getByRole('textbox', { name: 'Image reference' }).fill(reference);
  await addVariable(page, 'typo');
  await page.getByRole('button', { name: 'Start build' }).click();
  await expectEnded(page, 'failed');
  await page.getByRole('link', { name: 'Edit and build again' }).click();
  await expect(page.getByRole('textbox', { name: 'Image reference' })).toHaveValue(reference);
  await page.getByRole('textbox', { name: 'Value of GREETING' }).fill('corrected');
  await page.getByRole('button', { name: 'Save as image' }).click();
  await page.getByRole('button', { name: 'Save and build' }).click();
  await expect(page.getByRole('textbox', { name: 'Image name' })).toBeFocused();
  await page.getByRole('textbox', { name: 'Image name' }).fill('corrected');
  await saveAndFail(page);
  await page.getByRole('link', { name: 'Edit and build again' }).click();
  await expect(page.getByRole('textbox', { name: 'Image name' })).toHaveValue('corrected');
  await expect(page.getByRole('textbox', { name: 'Value of GREETING' })).toHaveValue('corrected');
});

async function defineImage(page: Page, name: string): Promise<void> {
  await page.goto('/builds/new?image=');
  await page.getByRole('textbox', { name: 'Image name' }).fill(name);
  await page.getByRole('textbox', { name: 'Image reference' }).fill(reference);
  await addVariable(page, 'first');
  await saveAndFail(page);
}

async function addVariable(page: Page, value: string): Promise<void> {
  await page.getByRole('button', { name: 'Add env' }).click();
  await page.getByRole('textbox', { name: 'Variable name' }).fill('GREETING');
  await page.getByRole('textbox', { name: 'Value of GREETING' }).fill(value);
}

async function edit(page: Page, name: string, value: string): Promise<void> {
  await page.goto(`/builds/new?image=${name}`);
  await page.getByRole('textbox', { name: 'Value of GREETING' }).fill(value);
}

async function deleteImage(page: Page, name: string): Promise<void> {
  await page.goto(`/images/${name}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete image' }).click();
  await page.getByRole('button', { name: 'Delete image' }).click();
  await expect(page).toHaveURL(/\/images$/);
}

async function saveAndFail(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save and build' }).click();
  await expectEnded(page, 'failed');
}

async function saveCustomSecret(page: Page, name: string): Promise<void> {
  await page.goto('/secrets/new?type=custom');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await page.getByRole('textbox', { name: 'Key 1', exact: true }).fill('HF_TOKEN');
  await page.getByLabel('Value of Key 1').fill('abcdefghijkl');
  await page.getByRole('button', { name: 'Save secret' }).click();
  await expect(page.getByText('Accepted').first()).toBeVisible();
}
