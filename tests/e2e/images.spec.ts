import { createHash } from 'node:crypto';
import type { Page } from '@playwright/test';
import { runProgram } from '#tests/support/bound-process.ts';
import { buildNumber, checksOf, expectEnded, newImage, saveRegistrySecret } from './support/acts.ts';
import { registryHost } from './support/stage.ts';
import { expect, test } from './support/test.ts';

const reference = `${registryHost}/team/tools:1`;

test('an image is defined, built step by step, built again from the cache, and changed', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'tools-registry', host: registryHost });

  await test.step('defined as steps, with its Dockerfile beside them', async () => {
    await page.goto('/');
    await page.getByRole('link', { name: 'Images' }).first().click();
    await page.getByRole('link', { name: newImage }).first().click();
    const main = page.getByRole('navigation', { name: 'Main' });
    await expect(main.getByRole('link', { name: 'Images' })).toHaveAttribute('aria-current', 'page');
    await page.getByRole('textbox', { name: 'Image name' }).fill('tools');
    await page.getByRole('textbox', { name: 'Image reference' }).fill(reference);
    await page.getByRole('combobox', { name: 'Secret' }).click();
    await page.getByRole('option', { name: 'tools-registry' }).click();
    await page.getByRole('button', { name: 'Add env' }).click();
    await page.getByRole('textbox', { name: 'Variable name' }).fill('GREETING');
    await page.getByRole('textbox', { name: 'Value of GREETING' }).fill('hello');
    await page.getByRole('button', { name: 'Add run_commands' }).click();
    await page.getByRole('textbox', { name: 'Commands, one a line' }).fill('echo "$GREETING from a step"');
    await expect(page.getByText('ENV GREETING="hello"')).toBeVisible();
    await page.getByRole('tab', { name: 'Python' }).click();
    await expect(page.getByText('.run_commands(')).toBeVisible();
    await page.getByRole('button', { name: 'Save and build' }).click();
  });

  await test.step('built', async () => {
    await expectEnded(page, 'succeeded');
    await expect(page).toHaveTitle(/^tools #\d+ succeeded · Slipway$/);
    await expect(page.getByRole('heading', { level: 1, name: reference })).toBeVisible();
    await expect(page.getByRole('link', { name: 'tools r1' }).first()).toHaveAttribute(
      'href',
      '/images/tools',
    );
    await expect(page.getByRole('region', { name: 'Log' })).toContainText('hello from a step');
    const steps = page.getByRole('list', { name: 'Steps' }).getByRole('listitem');
    await expect(steps).toHaveCount(2);
    await expect(steps.nth(0)).toContainText('The first build of these steps');
    await expect(page.getByRole('complementary', { name: 'Facts' })).toContainText('Buildah');
  });

  await test.step('built again, from the cache', async () => {
    await openImage(page);
    await page.getByRole('button', { name: 'Build', exact: true }).click();
    await expectEnded(page, 'succeeded');
    await expect(page.getByText('2 of 2 from the cache').first()).toBeVisible();
  });

  await test.step('built once more, which the pages of images show as it goes', async () => {
    const list = await page.context().newPage();
    await list.goto('/images');
    const row = list.getByRole('table', { name: 'Images' }).getByRole('row', { name: /tools/ });
    const newest = (await row.getByRole('link', { name: /^#/ }).textContent()) ?? '';
    const image = await page.context().newPage();
    await image.goto('/images/tools');
    await openImage(page);
    await page.getByRole('button', { name: 'Build', exact: true }).click();
    await expectEnded(page, 'succeeded');
    const link = { name: `#${buildNumber(page)}`, exact: true };
    await expect(row.getByRole('link', link)).toBeVisible();
    await expect(row).not.toContainText(newest);
    await expect(row).toContainText('Succeeded');
    const builds = image.getByRole('region', { name: 'Builds' }).getByRole('listitem');
    const built = builds.filter({ has: image.getByRole('link', link) });
    await expect(built).toContainText('Succeeded');
    await image.getByRole('link', { name: 'All builds' }).click();
    await expect(image).toHaveURL('/?image=tools');
    await expect(image.getByRole('table', { name: 'Builds' }).getByRole('cell', link)).toBeVisible();
    await image.getByRole('button', { name: /every image/ }).click();
    await expect(image).toHaveURL('/');
    await list.close();
    await image.close();
  });

  await test.step('downloaded, as what docker load takes', async () => {
    await openImage(page);
    await expect(page.getByRole('heading', { name: 'Tags' })).toBeVisible();
    await page.getByText('Use it in Docker, Podman or a registry').click();
    await expect(page.getByText('docker load -i tools-latest.tar')).toBeVisible();
    const begun = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download tools:latest' }).click();
    const download = await begun;
    expect(download.suggestedFilename()).toBe('tools-latest.tar');
    const archive = `docker-archive:${await download.path()}:tools:latest`;
    const { Env } = JSON.parse(await runProgram('skopeo', ['inspect', '--config', archive])).config;
    expect(Env).toContain('GREETING=hello');
    await page.getByRole('button', { name: 'Make a link for a terminal' }).click();
    const command = page.getByText(/^curl -fL 'http.*' \| docker load$/);
    const link = /'(.*)'/.exec((await command.textContent()) ?? '')?.[1] ?? '';
    const answer = await fetch(link, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-tar']);
  });

  await test.step('changed, and told what ran again and why', async () => {
    await openImage(page);
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByRole('textbox', { name: 'Commands, one a line' }).fill('echo changed; exit 3');
    await page.getByRole('button', { name: 'Save and build' }).click();
    await expect(page.getByRole('alert', { name: 'A command ended with exit code 3' })).toBeVisible();
    const steps = page.getByRole('list', { name: 'Steps' }).getByRole('listitem');
    await expect(steps.nth(0)).toContainText('From the cache');
    await expect(steps.nth(1)).toContainText('Failed');
    await expect(steps.nth(1)).toContainText('Step 2: +echo changed; exit 3');
  });

  await test.step('the line of the error is gone to again and again, and Escape in the search leaves no more than it', async () => {
    const log = page.getByRole('region', { name: 'Log' });
    const link = page.getByRole('link', { name: /^Go to line \d+$/ });
    const number = /\d+/.exec((await link.textContent()) ?? '')?.[0];
    const line = log.getByRole('link', { name: `Line ${number}`, exact: true });
    for (const _ of ['once', 'again']) {
      await link.click();
      await expect(line).toBeVisible();
      await log
        .getByRole('button', { name: /run_commands/, expanded: true })
        .first()
        .click();
      await expect(line).toBeHidden();
    }
    const whole = page.getByRole('button', { name: 'Full screen log' });
    await whole.click();
    await page.getByRole('searchbox', { name: 'Search log' }).fill('changed');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('searchbox', { name: 'Search log' })).toHaveValue('');
    await expect(whole).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await expect(whole).toHaveAttribute('aria-pressed', 'false');
    await openImage(page);
    await expect(page.getByText('Revision 2')).toBeVisible();
  });

  await test.step('a build of the trend stays chosen when the finger is lifted', async () => {
    const trend = page.getByRole('slider', { name: 'Builds' });
    await trend.press('Home');
    await trend.dispatchEvent('pointerout', { pointerType: 'touch' });
    await expect(trend).toHaveAttribute('aria-valuenow', '1');
    await trend.dispatchEvent('pointerout', { pointerType: 'mouse' });
    await expect(trend).toHaveAttribute('aria-valuenow', (await trend.getAttribute('aria-valuemax')) ?? '');
  });
});

test('a step that cannot be says so at its field, and nothing is lost', async ({ page }) => {
  await page.goto('/builds/new');
  await expect(checksOf(page, 'Preflight').getByRole('listitem')).toHaveCount(9);
  await page.getByRole('textbox', { name: 'Image reference' }).fill(reference);

  await test.step('packages, with their ranges', async () => {
    await page.getByRole('button', { name: 'Add pip_install' }).click();
    const packages = page.getByRole('textbox', { name: 'Packages of step 1' });
    await expect(packages).toBeFocused();
    await page.keyboard.type('huggingface,torch>=2,<3, numpy >= 1.26');
    await page.keyboard.press('Enter');
    for (const name of ['huggingface', 'torch>=2,<3', 'numpy >= 1.26']) {
      await expect(page.getByRole('button', { name: `Remove ${name}`, exact: true })).toBeVisible();
    }
    await packages.fill('<3');
    await packages.press('Control+Enter');
    await expect(packages).toHaveAccessibleDescription(/^A package begins with its name/);
    await page.getByRole('button', { name: 'Remove <3' }).click();
    await expect(packages).toBeFocused();
    await packages.fill('-r requirements.txt');
    await packages.press('Enter');
    await expect(page.getByText('A package cannot begin with a hyphen')).toBeVisible();
  });

  await test.step('variables, two of one name', async () => {
    await page.getByRole('button', { name: 'Add env' }).click();
    const names = page.getByRole('textbox', { name: 'Variable name' });
    const second = names.nth(1);
    await expect(names).toBeFocused();
    await page.keyboard.type('HOME');
    await page.getByRole('button', { name: 'Variable', exact: true }).click();
    await expect(second).toBeFocused();
    await page.keyboard.type('HOME');
    await expect(second).toHaveAccessibleDescription(/^There is a variable HOME above/);
    await page.getByRole('button', { name: 'Remove HOME' }).nth(1).click();
    await expect(page.getByRole('button', { name: 'Remove HOME' })).toBeFocused();
  });

  await test.step('a working directory', async () => {
    await page.getByRole('button', { name: 'Add workdir' }).click();
    const folder = page.getByRole('textbox', { name: 'Working directory' });
    await expect(folder).toBeFocused();
    await page.keyboard.type('srv');
    await expect(folder).toHaveAccessibleDescription(/^Enter a path from the root/);
  });

  await test.step('letters are no shortcuts, and what leaves hands the focus on', async () => {
    await page.getByRole('button', { name: 'Add run_commands' }).click();
    const commands = page.getByRole('textbox', { name: 'Commands, one a line' });
    await expect(commands).toBeFocused();
    await page.keyboard.type('git clone n');
    await expect(commands).toHaveValue('git clone n');
    await page.getByRole('button', { name: 'Move step 3 down' }).click();
    await expect(page.getByRole('button', { name: 'Move step 4 down' })).toBeFocused();
    await page.keyboard.type('gin');
    await page.getByRole('button', { name: 'Remove step 4' }).click();
    await expect(page.getByRole('button', { name: 'Remove step 3' })).toBeFocused();
    await page.getByRole('button', { name: 'Add another kind of step' }).click();
    await page.getByRole('menuitem', { name: 'cmd' }).click();
    await expect(page.getByRole('textbox', { name: 'Command, one argument a line' })).toBeFocused();
  });

  await test.step('several files: one step takes them all, another says that it takes one', async () => {
    await page.getByRole('button', { name: 'Add another kind of step' }).click();
    await page.getByRole('menuitem', { name: 'dockerfile_commands' }).click();
    await page.getByText('Files for COPY').click();
    const files = ['a.txt', 'b.txt', 'c.txt'].map((name) => ({
      name,
      mimeType: 'text/plain',
      buffer: Buffer.from(name),
    }));
    const onTheWay = Promise.withResolvers<void>();
    const hexOfC = createHash('sha256').update('c.txt').digest('hex');
    await page.route(
      ({ pathname }) => pathname.endsWith(hexOfC),
      async (route) => {
        await onTheWay.promise;
        await route.continue();
      },
    );
    await page.getByLabel('Drop files that COPY may name').setInputFiles(files);
    await expect(page.getByRole('button', { name: 'Cancel the upload of c.txt' })).toBeVisible();
    await page.getByRole('button', { name: 'Remove a.txt' }).click();
    await expect(page.getByRole('button', { name: 'Remove b.txt' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'Cancel the upload of c.txt' })).toBeFocused();
    onTheWay.resolve();
    await expect(page.getByRole('button', { name: 'Remove c.txt' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Drop files that COPY may name' })).toBeFocused();
    await page.getByRole('button', { name: 'Add add_file' }).click();
    const zone = page.getByRole('button', { name: 'Drop a file here' });
    await expect(zone).toBeFocused();
    const dataTransfer = await page.evaluateHandle(() => {
      const dropped = new DataTransfer();
      for (const name of ['a.txt', 'b.txt']) dropped.items.add(new File([name], name));
      return dropped;
    });
    await zone.dispatchEvent('drop', { dataTransfer });
    await expect(zone).toHaveAccessibleDescription(/^2 files were dropped, and this step takes one/);
  });

  await page.getByRole('button', { name: 'Start build' }).click();
  await expect(page).toHaveURL(/\/builds\/new/);
  await expect(page.getByRole('button', { name: 'Remove huggingface' })).toBeVisible();
});

test('a file is uploaded in the editor, replaced, and lies in the image', async ({ page }) => {
  await saveRegistrySecret(page, { name: 'files-registry', host: registryHost });
  await page.goto('/builds/new?image=');
  await page.getByRole('textbox', { name: 'Image name' }).fill('with-a-file');
  await page.getByRole('textbox', { name: 'Image reference' }).fill(reference);
  await page.getByRole('combobox', { name: 'Secret' }).click();
  await page.getByRole('option', { name: 'files-registry' }).click();

  await test.step('a definition is pasted; what is wrong of it is shown with its place', async () => {
    await page.getByRole('button', { name: 'Edit as JSON' }).click();
    const field = page.getByRole('textbox', { name: 'Definition as JSON' });
    const definition = JSON.parse(await field.inputValue()) as Record<string, unknown>;
    const steps = [{ kind: 'run_commands', commands: ['cat /srv/motd.txt'] }];
    await field.fill(JSON.stringify({ ...definition, steps: [{ kind: 'run_commands', commands: [7] }] }));
    await page.getByRole('button', { name: 'Use definition' }).click();
    const problems = page.getByRole('list', { name: 'What is wrong' });
    await expect(problems).toContainText('steps[0].commands[0] A string is expected here.');
    await field.fill(JSON.stringify({ ...definition, steps }));
    await field.press('Control+Enter');
    await expect(page.getByRole('dialog')).toBeHidden();
    await expect(page).toHaveURL(/\/builds\/new/);
    await expect(page.getByRole('textbox', { name: 'Commands, one a line' })).toHaveValue(
      'cat /srv/motd.txt',
    );
  });

  await test.step('a file is chosen, and goes where its name says', async () => {
    await page.getByRole('button', { name: 'Add add_file' }).click();
    await page.getByRole('button', { name: 'Move step 2 up' }).click();
    await choose(page, 'first words\n');
    await expect(page.getByText('12 B ·')).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'Path in the image' })).toHaveValue('/srv/motd.txt');
    await page.getByRole('textbox', { name: 'Mode' }).fill('0600');
    await expect(page.getByText('COPY --chmod=0600 motd.txt /srv/motd.txt')).toBeVisible();
  });

  await test.step('the focus stays at the file, and one that is dropped beside the place for it opens nothing', async () => {
    await page.getByRole('button', { name: 'Remove motd.txt' }).press('Enter');
    await expect(page.getByRole('button', { name: 'Drop a file here' })).toBeFocused();
    const dataTransfer = await page.evaluateHandle(() => {
      const dropped = new DataTransfer();
      dropped.items.add(new File(['x'], 'stray.txt'));
      return dropped;
    });
    const isLeftToTheBrowser = await page.evaluate(
      (data) =>
        document.body.dispatchEvent(
          new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
        ),
      dataTransfer,
    );
    expect(isLeftToTheBrowser).toBe(false);
    await choose(page, 'first words\n');
    await expect(page.getByRole('button', { name: 'Replace' })).toBeFocused();
  });

  await test.step('a server that does not answer costs nothing of the form', async () => {
    await page.getByRole('button', { name: 'Replace' }).click();
    await page.route('**/api/uploads/**', (route) => route.fulfill({ status: 400, body: 'x' }));
    await choose(page, 'other words\n');
    await expect(page.getByText('The server refused the file')).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'Path in the image' })).toHaveValue('/srv/motd.txt');
    await page.unroute('**/api/uploads/**');
    await page.getByRole('button', { name: 'Send motd.txt again' }).click();
    await expect(page.getByText('12 B ·')).toBeVisible();
  });

  await test.step('built', async () => {
    await page.getByRole('button', { name: 'Save and build' }).click();
    await expectEnded(page, 'succeeded');
    await expect(page.getByRole('region', { name: 'Log' })).toContainText('other words');
  });
});

async function choose(page: Page, text: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Drop a file here' }).click();
  await (await chooser).setFiles({
    name: 'motd.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from(text),
  });
}

async function openImage(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Images' }).first().click();
  await page.getByRole('table', { name: 'Images' }).getByRole('link', { name: 'tools', exact: true }).click();
}
