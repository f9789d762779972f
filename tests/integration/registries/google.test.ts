import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type GoogleRegistry, startGoogleRegistry } from '#tests/support/google-registry.ts';
import {
  type GoogleTokenEndpoint,
  startGoogleTokenEndpoint,
  type TestServiceAccount,
} from '#tests/support/google-token-endpoint.ts';
import { pushImage } from '#tests/support/images.ts';
import { type Bench, openBench } from './bench.ts';

const host = 'europe-west1-docker.pkg.dev';

let tokens: GoogleTokenEndpoint;
let registry: GoogleRegistry;
let gcr: GoogleRegistry;
let account: TestServiceAccount;
let bench: Bench;

beforeAll(async () => {
  tokens = await startGoogleTokenEndpoint();
  [registry, gcr, account] = await Promise.all([
    startGoogleRegistry({ registryHost: host, location: 'europe-west1', tokens }),
    startGoogleRegistry({ registryHost: 'eu.gcr.io', location: 'europe', tokens }),
    tokens.createAccount(),
  ]);
  const layers = [200_000, 9_000, 400];
  await pushImage({ registry: registry.behind, repository: 'tidewater-prod/images/app', tag: '1', layers });
  await pushImage({ registry: registry.behind, repository: 'tidewater-prod/images/long', tag: '1', layers });
  await pushImage({ registry: gcr.behind, repository: 'tidewater-prod/app', tag: '1', layers: [500] });
  const { email } = account;
  registry.allow({ email, repository: 'tidewater-prod/images' });
  gcr.allow({ email, repository: 'tidewater-prod/eu.gcr.io' });
  const rule = { allowPrivate: true, plainHttp: true };
  bench = await openBench({
    registries: { [host]: { ...rule, endpoint: registry.url }, 'eu.gcr.io': { ...rule, endpoint: gcr.url } },
    tokenUris: [tokens.tokenUri],
  });
  await saveKey('google', account.keyFile);
});
afterAll(async () => {
  await bench?.close();
  await gcr?.stop();
  await registry?.stop();
  await tokens?.stop();
});
beforeEach(() => {
  tokens.fault.set(undefined);
  registry.fault.set(undefined);
});

function saveKey(name: string, keyFile: string) {
  return bench.yard.saveSecret({
    scope: bench.scope,
    name,
    type: 'gcp',
    values: { SERVICE_ACCOUNT_JSON: keyFile },
  });
}

describe('Google', () => {
  test.each([
    ['Artifact Registry', `${host}/tidewater-prod/images/app:1`],
    ['gcr.io', 'eu.gcr.io/tidewater-prod/app:1'],
  ])('%s gives an image to a service account', async (_what, reference) => {
    const { view, log } = await bench.build(reference, { secret: 'google' });
    expect(view.error).toBeNull();
    expect(view.layers.every(({ state }) => state === 'verified')).toBe(true);
    expect(log).toContain(account.email);
    expect([...tokens.sensitive, ...registry.sensitive].filter((value) => log.includes(value))).toEqual([]);
  });

  test('a pull that outlives its tokens mints again and goes on', async () => {
    const grants = tokens.grants.length;
    const seen = registry.requests.length;
    // The first layer that is asked for finds every token that there is expired.
    registry.onBlob(() => tokens.expireTokens(), { times: 1 });
    const { view } = await bench.build(`${host}/tidewater-prod/images/long:1`, { secret: 'google' });
    expect(view.error).toBeNull();
    expect(tokens.grants.slice(grants).map(({ status }) => status)).toEqual([200, 200]);
    expect(
      registry.requests.slice(seen).some(({ path, status }) => path.includes('/blobs/') && status === 401),
    ).toBe(true);
  });

  test('an account without the role is told the command that gives it, with this very case filled in', async () => {
    const other = await tokens.createAccount({ name: 'reader' });
    await saveKey('other', other.keyFile);
    const { view } = await bench.build(`${host}/tidewater-prod/images/app:1`, { secret: 'other' });
    expect(view.error).toMatchObject({
      code: 'access_denied',
      paste: {
        title: 'gcloud command',
        text: `gcloud artifacts repositories add-iam-policy-binding images --project=tidewater-prod --location=europe-west1 --member=serviceAccount:${other.email} --role=roles/artifactregistry.reader`,
      },
    });
    tokens.deleteKey(other);
    const revoked = await bench.build(`${host}/tidewater-prod/images/app:1`, { secret: 'other' });
    expect(revoked.view.error).toMatchObject({
      code: 'sign_in_refused',
      what: 'Google does not accept this key',
    });
  });

  test('a key file whose token address nobody allowed sends nothing', async () => {
    const token_uri = 'https://tokens.evil.example/token';
    await saveKey('foreign', JSON.stringify({ ...JSON.parse(account.keyFile), token_uri }));
    const { view } = await bench.build(`${host}/tidewater-prod/images/app:1`, { secret: 'foreign' });
    expect(view.error).toMatchObject({ code: 'token_address_refused' });
  });

  test('a token endpoint that is down is an outage, and nothing is served without the operator’s word', async () => {
    tokens.fault.set('unavailable');
    const { view } = await bench.build(`${host}/tidewater-prod/images/app:1`, { secret: 'google' });
    expect(view.error).toMatchObject({ code: 'registry_unavailable', kind: 'network', isRetryable: true });
  });
});

test('no token and no key stands anywhere afterwards', async () => {
  const { private_key } = JSON.parse(account.keyFile) as { private_key: string };
  const keyLines = private_key.split('\n').slice(1, -2);
  const sensitive = [...tokens.sensitive, ...registry.sensitive, ...gcr.sensitive].filter(
    (value) => value !== '',
  );
  expect(sensitive.length).toBeGreaterThan(10);
  expect(await bench.traces([...sensitive, ...keyLines])).toEqual([]);
});
