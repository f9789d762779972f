import type { Page } from '@playwright/test';
import { checksOf, expectEnded, expectFailedAt, expectPassed } from './support/acts.ts';
import { registryHost, stage } from './support/stage.ts';
import { expect, test } from './support/test.ts';

/** One kind of registry: an account that may read one repository, and a pull that fails for a reason of that kind. */
interface Kind {
  readonly secretName: string;
  readonly fill: (page: Page) => Promise<void>;
  readonly reference: string;
  /** As typed into the form, and proposed by. */
  readonly repositories: string;
  readonly why: RegExp;
  readonly failing: {
    readonly reference: string;
    readonly at: string;
    readonly says: RegExp;
    /** What is offered to copy, and how. */
    readonly paste?: { readonly button: string; readonly says: RegExp };
  };
}

const types = ['AWS ECR', 'Google Artifact Registry', 'Docker Hub', 'Other registry'] as const;

function kindOf(type: (typeof types)[number]): Kind {
  const { cloudAccounts, registryAccount } = stage();
  const { aws, google, hub } = cloudAccounts;
  const kinds: Readonly<Record<typeof type, Kind>> = {
    'AWS ECR': {
      secretName: 'all-ecr',
      async fill(page) {
        await page.getByRole('textbox', { name: 'Access key ID' }).fill(aws.accessKeyId);
        await page.getByRole('combobox', { name: 'Region' }).click();
        await page.getByRole('option', { name: aws.region }).click();
        await page.getByLabel('Secret access key').fill(aws.secretAccessKey);
      },
      reference: `${aws.host}/team/scan:1.4`,
      repositories: 'team/*',
      why: /^Proposed: it is for team\/\*/,
      failing: {
        reference: `${aws.host}/team/app:1.4`,
        at: 'Permission',
        says: /ecr:BatchGetImage/,
        paste: {
          button: 'Copy statement',
          says: new RegExp(`:${aws.region}:[0-9]{12}:repository/team/app"`),
        },
      },
    },
    'Google Artifact Registry': {
      secretName: 'all-google',
      fill: (page) => page.getByLabel('Service account JSON').fill(google.keyFile),
      reference: `${google.host}/${google.project}/images/app:1.4`,
      repositories: `${google.project}/*`,
      why: /^Proposed: it is for tidewater-prod\/\*/,
      failing: {
        reference: `${google.host}/${google.project}/other/app:1.4`,
        at: 'Permission',
        says: /Artifact Registry Reader/,
        paste: { button: 'Copy command', says: new RegExp(`serviceAccount:${google.email}`) },
      },
    },
    'Docker Hub': {
      secretName: 'all-hub',
      async fill(page) {
        await page.getByRole('textbox', { name: 'Username' }).fill(hub.username);
        await page.getByLabel('Access token').fill(hub.token);
      },
      reference: 'haldenlabs/edge:1.4',
      repositories: '',
      why: /^Proposed: the only secret for docker\.io/,
      failing: { reference: 'haldenlabs/hidden:1.4', at: 'Permission', says: /does not exist|may not/ },
    },
    'Other registry': {
      secretName: 'all-other',
      async fill(page) {
        await page.getByRole('textbox', { name: 'Registry host' }).fill(registryHost);
        await page.getByRole('textbox', { name: 'Username' }).fill(registryAccount.username);
        await page.getByLabel('Password or token').fill(registryAccount.password);
      },
      reference: `${registryHost}/team/scan:1.4`,
      repositories: 'team/scan',
      why: /^Proposed: .*team\/scan/,
      failing: { reference: `${registryHost}/team/scan:1.5`, at: 'Manifest', says: /1\.4/ },
    },
  };
  return kinds[type];
}

test.describe('from new secret to finished build', () => {
  // Three checks and a build each, and every one of them is a process.
  test.slow();

  for (const type of types) {
    test(type, async ({ page, context }) => {
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const kind = kindOf(type);

      await test.step('the values are tried before they are saved', async () => {
        await page.goto('/secrets/new');
        await page.getByRole('radio', { name: type }).check();
        await page.getByRole('textbox', { name: 'Name', exact: true }).fill(kind.secretName);
        await kind.fill(page);
        await page.getByRole('textbox', { name: 'Repositories' }).fill(kind.repositories);
        await page.getByRole('textbox', { name: 'Image reference' }).fill(kind.reference);
        await page.getByRole('button', { name: 'Check now' }).click();
        await expectPassed(checksOf(page, 'Check'));
        await page.getByRole('button', { name: 'Save secret' }).click();
        await expect(page.getByRole('heading', { name: kind.secretName, exact: true })).toBeVisible();
        await expect(page.getByText(/^(?:Accepted|Warning)$/).first()).toBeVisible();
      });

      await test.step('a preflight that fails says what to do', async () => {
        const { reference, at, says, paste } = kind.failing;
        await page.goto('/builds/new');
        await page.getByRole('textbox', { name: 'Image reference' }).fill(reference);
        await page.getByRole('combobox', { name: 'Secret' }).click();
        await page.getByRole('option', { name: kind.secretName }).click();
        const preflight = checksOf(page, 'Preflight');
        await expectFailedAt(preflight, at);
        await expect(preflight.getByText(says).first()).toBeVisible();
        await expect(page.getByText(`Preflight failed at ${at}.`)).toBeVisible();
        if (paste === undefined) return;
        await preflight.getByRole('button', { name: paste.button }).click();
        await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(paste.says);
      });

      await test.step('the right reference proposes the secret, passes, and is built', async () => {
        await page.goto('/builds/new');
        await page.getByRole('textbox', { name: 'Image reference' }).fill(kind.reference);
        await expect(page.getByRole('combobox', { name: 'Secret' })).toContainText(kind.secretName);
        await expect(page.getByText(kind.why)).toBeVisible();
        await expectPassed(checksOf(page, 'Preflight'));
        await page.getByRole('button', { name: 'Start build' }).click();
        await expectEnded(page, 'succeeded');
        const facts = page.getByRole('complementary', { name: 'Facts' });
        await expect(facts).toContainText(kind.secretName);
        await expect(facts.getByText(kind.why)).toBeVisible();
      });
    });
  }
});

test('the pulls that a credential has left are shown where one starts from', async ({ page }) => {
  const left = page.getByRole('img', { name: /^[0-9]+ of 200 Docker Hub pulls left$/ });
  for (const path of ['/', '/secrets?q=all-hub', '/secrets/all-hub']) {
    await page.goto(path);
    await expect(left.first()).toBeVisible();
  }
  await page.goto('/builds/new?reference=haldenlabs/edge:1.4');
  await expect(page.getByText(/[0-9]+ of 200 pulls left/).first()).toBeVisible();
});

test('an image of the public gallery is explained to whoever chose ECR, and pulled without a secret', async ({
  page,
}) => {
  await page.goto('/builds/new');
  await page.getByRole('radio', { name: 'AWS ECR' }).check();
  await page
    .getByRole('textbox', { name: 'Image reference' })
    .fill('public.ecr.aws/docker/library/python:3.13');
  await expect(page.getByText('nobody needs a secret')).toBeVisible();
  await page.getByRole('button', { name: 'Pull it as a public image' }).click();
  await expect(page.getByRole('radio', { name: 'Other registry' })).toBeChecked();
  await expect(page.getByRole('combobox', { name: 'Secret' })).toContainText('None');
});

test('a reference of another registry switches the source, and says so', async ({ page }) => {
  const { aws } = stage().cloudAccounts;
  await page.goto('/builds/new');
  await page.getByRole('textbox', { name: 'Image reference' }).fill(`${aws.host}/team/scan:1.4`);
  await expect(page.getByRole('radio', { name: 'AWS ECR' })).toBeChecked();
  await expect(page.getByText('Switched from Docker Hub')).toBeVisible();
});
