import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createEgress, type Egress } from '#lib/egress/egress.ts';
import type { SlipwayError } from '#lib/errors/slipway-error.ts';
import type { CredentialSource } from '#lib/oci/types.ts';
import { artifactRegistrySource } from '#lib/registries/artifact-registry-token.ts';
import { type Clouds, cloudsOf } from '#lib/registries/clouds.ts';
import type { Fault } from '#tests/support/faults.ts';
import {
  type GoogleTokenEndpoint,
  startGoogleTokenEndpoint,
  type TestServiceAccount,
} from '#tests/support/google-token-endpoint.ts';

let google: GoogleTokenEndpoint;
let account: TestServiceAccount;
let egress: Egress;
let clouds: Clouds;

beforeAll(async () => {
  google = await startGoogleTokenEndpoint();
  account = await google.createAccount();
  const registries = { registries: {}, tokenUris: [google.tokenUri] };
  egress = createEgress({ registries });
  clouds = cloudsOf({ egress, registries, awsEndpoints: {} });
});
afterAll(async () => {
  await egress.close();
  await google.stop();
});
beforeEach(() => {
  google.fault.set(undefined);
  google.setRefusal(undefined);
  google.setClockAhead(0);
  google.setTokenSeconds(3_599);
});

const signal = new AbortController().signal;
const asked = { isRefused: false, signal };
const sourceOf = (keyFile: string, more: Partial<Parameters<typeof artifactRegistrySource>[0]> = {}) =>
  artifactRegistrySource({ values: { SERVICE_ACCOUNT_JSON: keyFile }, clouds, ...more });
const withFields = (fields: object) => JSON.stringify({ ...JSON.parse(account.keyFile), ...fields });

/** What a mint fails with, and everything that it says. */
async function failureOf(source: CredentialSource): Promise<SlipwayError> {
  return source(asked).then(
    () => Promise.reject(new Error('It minted')),
    (error: SlipwayError) => error,
  );
}

describe('an access token', () => {
  test('comes for a signed assertion that a strict endpoint takes, as a password for oauth2accesstoken', async () => {
    const minted: string[] = [];
    const steps: string[] = [];
    const source = sourceOf(account.keyFile, {
      onMinted: (value) => void minted.push(value),
      onStep: (line) => void steps.push(line),
    });
    const { username, password } = await source(asked);
    expect(username).toBe('oauth2accesstoken');
    expect(google.ownerOf(password)).toBe(account.email);
    expect(steps).toEqual([`token for ${account.email}, valid for 60 min`]);
    // Both are good for something to whoever reads them, so both are known to whoever hides values.
    expect(google.sensitive.slice(-2)).toEqual(minted);
  });

  test('is kept until shortly before its end, and not handed out again once it was refused', async () => {
    let now = Date.now();
    const source = sourceOf(account.keyFile, { clock: () => now });
    const { password: first } = await source(asked);
    now += 50 * 60_000;
    expect((await source(asked)).password).toBe(first);
    now += 6 * 60_000;
    const { password: second } = await source(asked);
    expect(second).not.toBe(first);
    expect((await source({ isRefused: true, signal })).password).not.toBe(second);
  });

  test('is asked for once by requests at once', async () => {
    const before = google.grants.length;
    const source = sourceOf(account.keyFile);
    const all = await Promise.all([source(asked), source(asked), source(asked)]);
    expect(new Set(all.map(({ password }) => password)).size).toBe(1);
    expect(google.grants.length - before).toBe(1);
  });
});

describe('a token address', () => {
  test.each([
    ['another host', 'https://tokens.evil.example/token'],
    ['Google’s name with something behind it', 'https://oauth2.googleapis.com.evil.example/token'],
    ['Google’s host and another path', 'https://oauth2.googleapis.com/revoke'],
    ['Google over plain http', 'http://oauth2.googleapis.com/token'],
    ['a user before the host', 'https://oauth2.googleapis.com@evil.example/token'],
    [
      'the metadata service',
      'http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token',
    ],
    ['no address', 'token'],
    ['nothing', ''],
  ])('that is %s gets nothing, and the error says so', async (_what, token_uri) => {
    const sent: URL[] = [];
    const spying: Clouds = {
      ...clouds,
      fetchFor: (service) => {
        sent.push(service);
        throw new Error('It was called');
      },
    };
    const error = await failureOf(sourceOf(withFields({ token_uri }), { clouds: spying }));
    expect(error).toMatchObject({ code: 'token_address_refused', kind: 'setup', isRetryable: false });
    expect(error.advice.why).toContain('Nothing was sent');
    expect(error.advice.next).toContain('tokenUris');
    expect(sent).toEqual([]);
  });

  test.each([
    ['its usual address', 'https://oauth2.googleapis.com/token'],
    ['an older one', 'https://www.googleapis.com/oauth2/v4/token'],
    ['none', undefined],
  ])('that is Google’s gets the grant: %s', async (_what, token_uri) => {
    const called: string[] = [];
    const spying: Clouds = {
      ...clouds,
      tokenUris: [],
      fetchFor:
        (service) =>
        async (url, { body = '' }) => {
          called.push(service.href, url.href);
          const claims = new URLSearchParams(String(body)).get('assertion')?.split('.')[1] ?? '';
          called.push(JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')).aud);
          const answer = JSON.stringify({ access_token: 'ya29.spy', expires_in: 3_599 });
          return {
            status: 200,
            headers: new Headers(),
            body: (async function* () {
              yield new TextEncoder().encode(answer);
            })(),
          };
        },
    };
    const { password } = await sourceOf(withFields({ token_uri }), { clouds: spying })(asked);
    expect(password).toBe('ya29.spy');
    expect(new Set(called)).toEqual(new Set([token_uri ?? 'https://oauth2.googleapis.com/token']));
  });

  test('that leads to a private address without the operator’s word is not called', async () => {
    const guarded = createEgress({ registries: { registries: {}, tokenUris: [] } });
    const open: Clouds = { ...clouds, fetchFor: (service) => guarded.forService(service) };
    const error = await failureOf(sourceOf(account.keyFile, { clouds: open }));
    expect(error).toMatchObject({ kind: 'network', isRetryable: false });
    await guarded.close();
  });
});

describe('a refused grant', () => {
  test.each<[string, NonNullable<Parameters<GoogleTokenEndpoint['setRefusal']>[0]>, object, RegExp]>([
    [
      'a robot that is disabled',
      { error: 'invalid_grant', error_description: 'Robot is disabled.' },
      { name: 'SignInRefusedError', kind: 'denied' },
      /slipway-pull@tidewater-prod\.iam\.gserviceaccount\.com is disabled or was deleted/,
    ],
    [
      'an account that is not allowed to ask',
      {
        error: 'unauthorized_client',
        error_description:
          'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.',
      },
      { name: 'SignInRefusedError', kind: 'denied' },
      /is not allowed the scope/,
    ],
    [
      'something new',
      { error: 'invalid_grant', error_description: 'The moon is full.' },
      { name: 'SignInRefusedError', kind: 'denied' },
      /“The moon is full\.”/,
    ],
  ])('%s', async (_what, refusal, shape, why) => {
    google.setRefusal(refusal);
    const error = await failureOf(sourceOf(account.keyFile));
    expect(error).toMatchObject({ ...shape, isRetryable: false });
    expect(error.advice.why).toMatch(why);
  });

  test('for a key that was deleted says how to make another', async () => {
    const other = await google.createAccount({ name: 'rotated' });
    google.deleteKey(other);
    const before = google.grants.length;
    const error = await failureOf(sourceOf(other.keyFile));
    expect(error).toMatchObject({ name: 'SignInRefusedError', code: 'sign_in_refused', kind: 'denied' });
    expect(error.advice).toEqual({
      what: 'Google does not accept this key',
      why: `The key ${other.keyId.slice(0, 12)} of ${other.email} was deleted or disabled, or it expired. It said: “Invalid JWT Signature.”.`,
      next: 'Create a new key for this account and replace the values of the secret with the new file.',
      paste: {
        title: 'gcloud command',
        text: `gcloud iam service-accounts keys create key.json --iam-account=${other.email}`,
      },
    });
    expect(google.grants.length - before).toBe(1);
  });

  test('for an account that was disabled names it', async () => {
    const other = await google.createAccount({ name: 'disabled' });
    google.disableAccount(other);
    const error = await failureOf(sourceOf(other.keyFile));
    expect(error.advice.why).toContain(`${other.email} is disabled or was deleted`);
    expect(error.advice.paste?.text).toBe(`gcloud iam service-accounts enable ${other.email}`);
  });

  test.each([
    [7_200, /This server is 2 hours behind\./],
    [-1_200, /This server is 20 minutes ahead\./],
  ])('for a clock that is %i seconds off says by how much', async (ahead, why) => {
    google.setClockAhead(ahead);
    const error = await failureOf(sourceOf(account.keyFile));
    expect(error).toMatchObject({ code: 'clock_wrong', kind: 'setup' });
    expect(error.advice.why).toMatch(why);
    expect(error.advice.next).toContain('NTP');
  });

  test('for another audience names the address', async () => {
    const spelled = google.tokenUri.replace('/token', '/token?v=2');
    const open = {
      ...clouds,
      tokenUris: [spelled],
      fetchFor: () => clouds.fetchFor(new URL(google.tokenUri)),
    };
    const rewriting: Clouds = {
      ...open,
      fetchFor: (service) => (_url, init) => clouds.fetchFor(service)(new URL(google.tokenUri), init),
    };
    const error = await failureOf(sourceOf(withFields({ token_uri: spelled }), { clouds: rewriting }));
    expect(error.advice.what).toBe('The token service expects another address than the key file’s');
    expect(error.advice.why).toContain(google.tokenUri);
  });

  test('quotes nothing that repeats what was sent', async () => {
    const spying: Clouds = {
      ...clouds,
      fetchFor:
        () =>
        async (_url, { body = '' }) => ({
          status: 400,
          headers: new Headers(),
          body: (async function* () {
            const assertion = new URLSearchParams(String(body)).get('assertion');
            yield Buffer.from(
              JSON.stringify({ error: 'invalid_grant', error_description: `bad: ${assertion}` }),
            );
          })(),
        }),
    };
    const error = await failureOf(sourceOf(account.keyFile, { clouds: spying }));
    expect(JSON.stringify([error.advice, error.message])).not.toContain('eyJ');
  });
});

describe('a token endpoint that', () => {
  test.each<[string, Fault, object, number]>([
    ['is unavailable is tried three times', 'unavailable', { kind: 'network', isRetryable: true }, 3],
    ['breaks off is tried three times', 'cut', { kind: 'network', isRetryable: true }, 3],
    ['answers nonsense is not', 'malformed', { code: 'token_service_answer', kind: 'registry' }, 1],
    ['redirects is not followed', 'redirect', { code: 'token_service_answer', kind: 'registry' }, 1],
  ])('%s', async (_what, fault, shape, tries) => {
    const minted: string[] = [];
    google.fault.set(fault, { times: tries });
    expect(
      await failureOf(sourceOf(account.keyFile, { onMinted: (value) => void minted.push(value) })),
    ).toMatchObject(shape);
    // The switch was used up: the next grant comes through, so there were no more tries than these.
    expect(await sourceOf(account.keyFile)(asked)).toMatchObject({ username: 'oauth2accesstoken' });
    expect(minted).toHaveLength(1);
  });

  test.each<Fault>(['unavailable', 'cut'])('is %s once is asked again', async (fault) => {
    google.fault.set(fault, { times: 1 });
    expect(await sourceOf(account.keyFile)(asked)).toMatchObject({ username: 'oauth2accesstoken' });
  });

  test('takes the request and says nothing is left when the signal fires', async () => {
    google.fault.set('silent');
    const controller = new AbortController();
    const minting = sourceOf(account.keyFile)({ isRefused: false, signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(minting).rejects.toMatchObject({ name: 'CancelledError' });
  });

  test('is not there is named', async () => {
    const error = await failureOf(
      sourceOf(withFields({ token_uri: 'http://127.0.0.1:9/token' }), {
        clouds: cloudsOf({
          egress,
          registries: { tokenUris: ['http://127.0.0.1:9/token'] },
          awsEndpoints: {},
        }),
      }),
    );
    expect(error.advice).toMatchObject({ what: '127.0.0.1:9 could not be reached' });
  });
});

describe('a key that cannot sign', () => {
  test.each([
    [
      'is of another kind',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ],
    ['is damaged', '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n'],
  ])('because it %s is named, and nothing is sent', async (_what, private_key) => {
    const before = google.sensitive.length;
    const error = await failureOf(sourceOf(withFields({ private_key })));
    expect(error).toMatchObject({ code: 'key_unusable', kind: 'denied' });
    expect(google.sensitive.length).toBe(before);
  });
});
