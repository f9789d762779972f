import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GoogleRegistry, startGoogleRegistry } from '#tests/support/google-registry.ts';
import {
  type GoogleTokenEndpoint,
  startGoogleTokenEndpoint,
  type TestServiceAccount,
} from '#tests/support/google-token-endpoint.ts';
import { pushImage } from '#tests/support/images.ts';
import { faultsOf, preflight, type Ran, wordsOf } from '#tests/support/preflight.ts';

const registryHost = 'europe-west1-docker.pkg.dev';
const repository = 'acme-prod/images';

let tokens: GoogleTokenEndpoint;
let google: GoogleRegistry;

beforeAll(async () => {
  tokens = await startGoogleTokenEndpoint();
  google = await startGoogleRegistry({ registryHost, location: 'europe-west1', tokens });
  await pushImage({
    registry: google.behind,
    repository: `${repository}/app`,
    tag: '1.4',
    layers: [20_000, 30_000],
  });
});
afterAll(async () => {
  await google?.stop();
  await tokens?.stop();
});

describe('Artifact Registry', () => {
  test('with a service account that may read: every check passes, and no layer is fetched', async () => {
    const account = await reader();
    const before = google.requests.length;
    const ran = await look({ account });
    expect(faultsOf(ran)).toEqual([]);
    expect(ran.lines).toEqual([
      `passed name: ${registryHost}/${repository}/app:1.4`,
      'passed dns: 127.0.0.1 is an address',
      'skipped tls: It answers over plain http, which registries.json allows',
      `passed sign_in: Signed in as ${account.email}, token valid for 60 min`,
      `passed permission: May read ${repository}/app, layers included`,
      expect.stringMatching(/^passed manifest: sha256:[0-9a-f]{8}…[0-9a-f]{4}$/),
      'passed platform: linux/amd64 only',
      expect.stringMatching(/^passed size: 2 layers, [0-9.]+ kB$/),
      'passed pulls_left: No pull limit on Artifact Registry',
    ]);
    const bodyBytes = google.requests.slice(before).reduce((sum, request) => sum + request.bodyBytes, 0);
    expect(bodyBytes).toBeLessThan(10_000);
  });

  test('with the secret alone asks Google for a token, and no registry', async () => {
    const account = await tokens.createAccount({ projectId: 'acme-prod' });
    const before = google.requests.length;
    const ran = await look({ account, reference: null });
    expect(ran.check('sign_in')).toMatchObject({
      state: 'passed',
      detail: expect.stringContaining(account.email),
    });
    expect(google.requests.length).toBe(before);
  });
});

describe('Google refuses', () => {
  test.each<
    [string, () => Promise<Parameters<typeof look>[0]>, string, readonly (string | RegExp)[], boolean]
  >([
    [
      'an account without the role',
      async () => ({ account: await tokens.createAccount({ name: 'stranger', projectId: 'acme-prod' }) }),
      'permission',
      [
        /stranger@.* may not read images in project acme-prod/,
        'Artifact Registry Reader',
        'run this command',
      ],
      false,
    ],
    [
      'a key that was deleted',
      async () => {
        const account = await reader();
        tokens.deleteKey(account);
        return { account };
      },
      'sign_in',
      [/key/i, /deleted|does not take/i],
      true,
    ],
    [
      'an account that was disabled',
      async () => {
        const account = await reader();
        tokens.disableAccount(account);
        return { account };
      },
      'sign_in',
      [/disabled|deleted/i],
      true,
    ],
    [
      'a path that is too short',
      async () => ({ account: await reader(), reference: `${registryHost}/acme-prod/app:1` }),
      'name',
      ['PROJECT/REPOSITORY/IMAGE'],
      false,
    ],
    [
      'a tag that does not exist',
      async () => ({ account: await reader(), reference: `${registryHost}/${repository}/app:1.5` }),
      'manifest',
      ['1.5', 'The nearest of its tags: 1.4.'],
      false,
    ],
    [
      'another platform',
      async () => ({ account: await reader(), platform: 'linux/arm64' }),
      'platform',
      ['The image has no linux/arm64 variant', 'It exists for linux/amd64.'],
      false,
    ],
  ])('%s', async (_, asked, at, parts, isCredentialRefused) => {
    const ran = await look(await asked());
    expect(faultsOf(ran)).toEqual([]);
    const { text, at: found } = wordsOf(ran);
    expect({ at: found, text }).toMatchObject({ at });
    for (const part of parts) expect(text).toMatch(part);
    expect(ran.isCredentialRefused).toBe(isCredentialRefused);
  });

  test('with the one command that gives the role', async () => {
    const account = await tokens.createAccount({ name: 'stranger', projectId: 'acme-prod' });
    const { paste } = wordsOf(await look({ account }));
    expect(paste).toBe(
      `gcloud artifacts repositories add-iam-policy-binding images --project=acme-prod --location=europe-west1 --member=serviceAccount:${account.email} --role=roles/artifactregistry.reader`,
    );
  });

  test('a token address that the operator has not allowed, before anything is sent', async () => {
    const before = tokens.grants.length;
    const ran = await look({ account: await reader(), tokenUris: [] });
    expect(wordsOf(ran)).toMatchObject({ at: 'sign_in', text: expect.stringContaining('tokenUris') });
    expect(tokens.grants.length).toBe(before);
  });

  test.each(['silent', 'unavailable', 'cut', 'malformed', 'redirect'] as const)(
    'nobody when its token service is %s, and that is told in time',
    async (fault) => {
      const account = await reader();
      tokens.fault.set(fault);
      try {
        const ran = await look({ account, budgetMs: 2_000 });
        expect(faultsOf(ran)).toEqual([]);
        expect(wordsOf(ran).at).toBe('sign_in');
        expect(ran.isCredentialRefused).toBe(false);
        expect(ran.tookMs).toBeLessThan(20_000);
      } finally {
        tokens.fault.set(undefined);
      }
    },
  );
});

async function reader(): Promise<TestServiceAccount> {
  const account = await tokens.createAccount({ projectId: 'acme-prod' });
  google.allow({ email: account.email, repository });
  return account;
}

function look(options: {
  readonly account: TestServiceAccount;
  readonly reference?: string | null;
  readonly platform?: string;
  readonly tokenUris?: readonly string[];
  readonly budgetMs?: number;
}): Promise<Ran> {
  const { account, reference, tokenUris = [tokens.tokenUri], ...more } = options;
  const open = { plainHttp: true, allowPrivate: true };
  const { host } = new URL(tokens.tokenUri);
  return preflight({
    reference: reference === undefined ? `${registryHost}/${repository}/app:1.4` : reference,
    secret: {
      type: 'gcp',
      host: '*-docker.pkg.dev',
      values: { SERVICE_ACCOUNT_JSON: account.keyFile },
    },
    rules: { [registryHost]: { ...open, endpoint: google.url }, [host]: open },
    tokenUris,
    ...more,
  });
}
