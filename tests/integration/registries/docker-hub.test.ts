import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { prisma } from '#lib/db/client.ts';
import { listAllowances } from '#lib/secrets/data.ts';
import { replaceValues } from '#lib/secrets/mutations.ts';
import { sealedVersionSchema } from '#lib/secrets/sealed-secret.ts';
import { type HubLike, startHubLike } from '#tests/support/hub-like.ts';
import { pushImage, pushIndex } from '#tests/support/images.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import { type Bench, openBench } from './bench.ts';

let hub: HubLike;
let bench: Bench;
let token: string;
let secretId: string;

const platforms = ['amd64', 'arm64'] as const;

beforeAll(async () => {
  hub = await startHubLike();
  const registry = hub.behind;
  for (const repository of ['acme/app', 'acme/open']) {
    const images = await Promise.all(
      platforms.map((architecture) =>
        pushImage({ registry, repository, layers: [50_000, 9_000], platform: { os: 'linux', architecture } }),
      ),
    );
    await pushIndex({ registry, repository, tag: '1', images });
  }
  await pushImage({ registry, repository: 'acme/app', tag: '2', layers: [700] });
  ({ token } = hub.createAccount({ username: 'ines', pulls: 200 }));
  hub.share({ repository: 'acme/app', with: ['ines'] });
  hub.share({ repository: 'acme/open', with: 'everybody' });
  bench = await openBench({
    registries: {
      'docker.io': { endpoint: hub.url, allowPrivate: true, plainHttp: true, staleHoursMax: 4 },
    },
  });
  ({ secretId } = await saveToken('hub', { username: 'ines', token }));
});
afterAll(async () => {
  await bench?.close();
  await hub?.stop();
});
beforeEach(() => {
  hub.fault.set(undefined);
  hub.tokenFault.set(undefined);
});

function saveToken(
  name: string,
  account: { readonly username: string; readonly token: string },
  scope = bench.scope,
) {
  const values = { REGISTRY_USERNAME: account.username, REGISTRY_PASSWORD: account.token };
  return bench.yard.saveSecret({ scope, name, type: 'docker_hub', values });
}

const allowanceOf = async (id: string | null) =>
  (await listAllowances({ scope: bench.scope })).find((allowance) => allowance.secretId === id);

describe('Docker Hub', () => {
  test('gives a private image of an index for one pull, and its allowance is remembered with the secret', async () => {
    const { view, log } = await bench.build('acme/app:1', { secret: 'hub' });
    expect(view.error).toBeNull();
    expect(view.facts.rateLimit).toEqual({
      limit: 200,
      remaining: 200,
      windowSeconds: 21_600,
      source: 'account',
    });
    expect(view.facts.served).toBeUndefined();
    expect(hub.pullsLeft('ines')).toBe(199);
    expect(log).toContain('200 of 200 pulls left at docker.io for this account');
    expect(await allowanceOf(secretId)).toMatchObject({
      registry: 'docker.io',
      limit: 200,
      remaining: 200,
      windowSeconds: 21_600,
    });
  });

  test('costs no pull for an image that is in the store', async () => {
    const before = hub.manifestGets();
    const { view } = await bench.build('acme/app:1', { secret: 'hub' });
    expect(view.facts).toMatchObject({ fetchedBytes: 0, rateLimit: { remaining: 199 } });
    expect(view.facts.served).toBeUndefined();
    expect(hub.manifestGets()).toBe(before);
  });

  test('counts an address for whoever does not sign in', async () => {
    const { view, log } = await bench.build('acme/open:1');
    expect(view.facts.rateLimit).toMatchObject({ limit: 100, source: 'address' });
    expect(log).toContain('pulls left at docker.io for this server’s address');
    expect(await allowanceOf(null)).toMatchObject({ limit: 100 });
  });

  test('says what a refused token may be, and nothing that is secret', async () => {
    await saveToken('wrong', { username: 'ines', token: 'dckr_pat_0000000000000000000000wrong' });
    const { view, log } = await bench.build('acme/app:1', { secret: 'wrong' });
    expect(view.error).toMatchObject({
      code: 'sign_in_refused',
      what: 'Docker Hub refused the sign-in of ines',
    });
    expect(log).not.toContain('0000wrong');
  });

  test.each([
    ['a token for public repositories alone', 'public', 'The access token may not read acme/app'],
    [
      'an account that may not see it',
      undefined,
      'acme/app does not exist on Docker Hub, or rei may not read it',
    ],
  ] as const)('tells what it tells of %s', async (name, reads, what) => {
    const username = reads === undefined ? 'rei' : 'ines';
    const other =
      reads === undefined ? hub.createAccount({ username }).token : hub.createToken({ username, reads });
    await saveToken(name.replaceAll(' ', '-'), { username, token: other });
    const { view } = await bench.build('acme/app:1', { secret: name.replaceAll(' ', '-') });
    expect(view.error).toMatchObject({ code: 'access_denied', what });
  });
});

describe('with no pulls left', () => {
  beforeEach(() => hub.setPullsLeft('ines', 0));

  test('an image that Docker Hub confirms comes out of the store, and says so', async () => {
    const before = hub.requests.length;
    const { view, log } = await bench.build('acme/app:1', { secret: 'hub' });
    expect(view.error).toBeNull();
    expect(view.facts.served).toEqual({ why: 'rate_limited' });
    expect(view.layers.map(({ state }) => state)).toEqual(['reused', 'reused']);
    expect(log).toContain('confirmed that this image may be read: it comes out of the store');
    const asked = hub.requests.slice(before).filter(({ status }) => status !== 401);
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual(['HEAD /v2/acme/app/manifests/1']);
    expect(await allowanceOf(secretId)).toMatchObject({ remaining: 0 });
  });

  test('an image that is not in the store fails at once, and names the time', async () => {
    const before = hub.requests.length;
    const { view, log } = await bench.build('acme/app:2', { secret: 'hub' });
    const endedAt = new Date(Date.parse(view.endedAt ?? ''));
    expect(view.error).toMatchObject({
      code: 'rate_limited',
      kind: 'rate_limited',
      what: 'Docker Hub has no pulls left for this account',
      why: expect.stringContaining('It allows 200 pulls over 6 hours.'),
      next: expect.stringMatching(/^Pulls come back at the latest at \d\d:\d\d UTC/),
    });
    const named = /at the latest at (\d\d:\d\d) UTC/.exec(view.error?.next ?? '')?.[1] ?? '';
    const wait =
      (Date.parse(`1970-01-01T${named}Z`) - (endedAt.getTime() % 86_400_000) + 86_400_000) % 86_400_000;
    expect(Math.abs(wait - 21_600_000)).toBeLessThan(120_000);
    const gets = hub.requests
      .slice(before)
      .filter(({ method, path }) => method === 'GET' && path.includes('/manifests/'));
    expect(gets.map(({ status }) => status)).toEqual([429]);
    expect(log).not.toContain('retry');
  });

  test('the registry’s own time counts where it gives one', async () => {
    hub.setRetryAfter(5_400);
    const { view } = await bench.build('acme/app:2', { secret: 'hub' });
    hub.setRetryAfter(undefined);
    expect(view.error?.next).toMatch(/^Try again after \d\d:\d\d UTC/);
  });

  test('a workspace that never had the image gets nothing out of another’s store', async () => {
    const scope = await makeWorkspace();
    await saveToken('hub', { username: 'ines', token }, scope);
    const { view } = await bench.build('acme/app:1', { secret: 'hub', scope });
    expect(view.error).toMatchObject({ code: 'rate_limited' });
  });

  test('a refused token gets nothing out of the store', async () => {
    const other = hub.createToken({ username: 'ines', reads: 'everything' });
    await saveToken('revoked', { username: 'ines', token: other });
    hub.revokeToken(other);
    const { view } = await bench.build('acme/app:1', { secret: 'revoked' });
    expect(view.error).toMatchObject({ code: 'sign_in_refused' });
  });
});

describe('while the registry is down', () => {
  const breakDown = () => {
    hub.fault.set('unavailable');
    hub.tokenFault.set('unavailable');
  };
  const refusal = { code: 'registry_unavailable', what: 'docker.io could not be reached' };

  test('what the same secret version got lately comes out of the store, and says since when', async () => {
    breakDown();
    const { view, log } = await bench.build('acme/app:1', { secret: 'hub' });
    expect(view.error).toBeNull();
    expect(view.facts.served).toEqual({ why: 'registry_down', provenAt: expect.stringMatching(/^20.*Z$/) });
    expect(view.facts).toMatchObject({ fetchedBytes: 0, layerCount: 2 });
    expect(log).toMatch(/access was last proved on \d{4}-\d\d-\d\d \d\d:\d\d UTC.*staleHoursMax/);
  });

  test('nothing comes for other credentials, another reference, or nobody', async () => {
    breakDown();
    await saveToken('second', { username: 'ines', token });
    const ends = await Promise.all([
      bench.build('acme/app:1', { secret: 'second' }),
      bench.build('acme/app:2', { secret: 'hub' }),
      bench.build('acme/app:1'),
    ]);
    for (const { view } of ends) expect(view.error).toMatchObject(refusal);
  });

  test('nothing comes that was proved too long ago, even if it was served since', async () => {
    await prisma().$executeRaw`
      UPDATE build SET started_at = started_at - interval '5 hours', ended_at = ended_at - interval '5 hours'
      WHERE reference = 'docker.io/acme/app:1' AND NOT EXISTS (
        SELECT 1 FROM build_event WHERE build_id = build.id AND data->'facts'->'served'->>'why' = 'registry_down')`;
    breakDown();
    const { view } = await bench.build('acme/app:1', { secret: 'hub' });
    expect(view.error).toMatchObject(refusal);
  });

  test('nothing comes once the registry has refused, nor for a version that proved nothing', async () => {
    hub.setPullsLeft('ines', 50);
    const proved = await bench.build('acme/open:1', { secret: 'hub' });
    expect(proved.view.error).toBeNull();
    hub.share({ repository: 'acme/open', with: [] });
    const refused = await bench.build('acme/open:1', { secret: 'hub' });
    expect(refused.view.error).toMatchObject({ kind: 'denied' });
    hub.share({ repository: 'acme/open', with: 'everybody' });
    breakDown();
    expect((await bench.build('acme/open:1', { secret: 'hub' })).view.error).toMatchObject(refusal);

    hub.fault.set(undefined);
    hub.tokenFault.set(undefined);
    expect((await bench.build('acme/open:1', { secret: 'hub' })).view.error).toBeNull();
    const values = { REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: token };
    const { version } = await bench.yard.seal({ scope: bench.scope, type: 'docker_hub', values, secretId });
    await replaceValues({ scope: bench.scope, id: secretId, input: sealedVersionSchema.parse(version) });
    breakDown();
    expect((await bench.build('acme/open:1', { secret: 'hub' })).view.error).toMatchObject(refusal);
  });
});

test('no token stands anywhere afterwards', async () => {
  expect(hub.sensitive.length).toBeGreaterThan(0);
  expect(await bench.traces([...hub.sensitive, token])).toEqual([]);
});
