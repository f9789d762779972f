import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Digest } from '#lib/oci/digest.ts';
import { type BlobStore, openBlobStore } from '#lib/store/blob-store.ts';
import { type HubLike, startHubLike } from '#tests/support/hub-like.ts';
import { type PushedImage, pushImage } from '#tests/support/images.ts';
import { faultsOf, preflight, type Ran, wordsOf } from '#tests/support/preflight.ts';

let hub: HubLike;
let image: PushedImage;
let token: string;
let folder: string;
let store: BlobStore;

beforeAll(async () => {
  hub = await startHubLike();
  ({ token } = hub.createAccount({ username: 'ines', pulls: 200 }));
  image = await pushImage({
    registry: hub.behind,
    repository: 'acme/app',
    tag: '1.4.2',
    layers: [20_000, 30_000],
  });
  hub.share({ repository: 'acme/app', with: ['ines'] });
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-preflight-'));
  store = await openBlobStore({ root: path.join(folder, 'store'), durability: 'fast' });
});
afterAll(async () => {
  await hub?.stop();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => {
  // Whatever a test looked for, it pulled nothing.
  expect(hub.manifestGets()).toBe(0);
});

describe('Docker Hub', () => {
  test('is asked by HEAD alone: what only a pull would tell is left out', async () => {
    const left = hub.pullsLeft('ines');
    const ran = await look();
    expect(faultsOf(ran)).toEqual([]);
    expect(ran.lines).toEqual([
      'passed name: docker.io/acme/app:1.4.2',
      'passed dns: 127.0.0.1 is an address',
      'skipped tls: It answers over plain http, which registries.json allows',
      'passed sign_in: Signed in as ines',
      'passed permission: May read acme/app',
      expect.stringMatching(/^passed manifest: sha256:[0-9a-f]{8}…[0-9a-f]{4}$/),
      'skipped platform: Not tested: would cost one pull',
      'skipped size: Not tested: would cost one pull',
      'passed pulls_left: 200 of 200 pulls left, counted over 6h 00m',
    ]);
    expect(ran.view.allowance).toEqual({ limit: 200, remaining: 200, windowSeconds: 21_600 });
    expect(hub.pullsLeft('ines')).toBe(left);
  });

  test('is asked for no more than a HEAD where the store knows the image', async () => {
    await store.write(image);
    const known = new Set<Digest>([image.digest]);
    const cache = {
      store,
      provenance: {
        known: async (asked: readonly Digest[]) => new Set(asked.filter((digest) => known.has(digest))),
      },
    };
    const ran = await look({ cache });
    expect(ran.check('permission').detail).toBe('May read acme/app, layers included');
    expect(ran.check('platform').detail).toBe('linux/amd64 only');
    expect(ran.check('size').detail).toMatch(/^2 layers, [0-9.]+ kB, .+ free$/);
  });

  test('with the secret alone says who it is and how many pulls are left', async () => {
    hub.share({ repository: 'ratelimitpreview/test', with: 'everybody' });
    await pushImage({
      registry: hub.behind,
      repository: 'ratelimitpreview/test',
      tag: 'latest',
      layers: [100],
    });
    const ran = await look({ reference: null });
    expect(ran.check('sign_in').detail).toBe('Signed in as ines');
    expect(ran.check('pulls_left').detail).toBe('200 of 200 pulls left, counted over 6h 00m');
    expect(ran.view.allowance).toMatchObject({ remaining: 200 });
  });
});

describe('Docker Hub refuses', () => {
  test.each<[string, () => Parameters<typeof look>[0], string, readonly (string | RegExp)[], boolean]>([
    [
      'a token that was revoked',
      () => {
        const revoked = hub.createToken({ username: 'ines', reads: 'everything' });
        hub.revokeToken(revoked);
        return { password: revoked };
      },
      'sign_in',
      ['Docker Hub refused the sign-in of ines', /make a new access token with Read-only permission/],
      true,
    ],
    [
      'a token for public repositories alone',
      () => ({ password: hub.createToken({ username: 'ines', reads: 'public' }) }),
      'permission',
      ['acme/app', /token/],
      false,
    ],
    [
      'a repository that does not exist or may not be seen',
      () => ({ reference: 'acme/secrets:1' }),
      'permission',
      ['acme/secrets does not exist on Docker Hub, or ines may not read it', 'on purpose answers the same'],
      false,
    ],
    [
      'whoever does not sign in',
      () => ({ password: null }),
      'permission',
      ['acme/app does not exist on Docker Hub, or is private', 'choose a Docker Hub secret'],
      false,
    ],
    [
      'the image of another registry',
      () => ({ reference: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/ml/app:1' }),
      'name',
      [
        'This is an address of AWS ECR. The secret is bound to docker.io and is sent nowhere else.',
        'Choose a secret of the type AWS ECR, or save one first.',
      ],
      false,
    ],
    [
      'a tag that does not exist',
      () => ({ reference: 'acme/app:1.4.3' }),
      'manifest',
      ['has no tag 1.4.3', 'The nearest of its tags: 1.4.2.'],
      false,
    ],
    [
      'whoever has no pulls left',
      () => {
        hub.setPullsLeft('ines', 0);
        return {};
      },
      'pulls_left',
      ['Docker Hub has no pulls left for this account', 'It allows 200 pulls over 6 hours', /UTC/],
      false,
    ],
  ])('%s', async (_, asked, at, parts, isCredentialRefused) => {
    const ran = await look(asked());
    hub.setPullsLeft('ines', 200);
    expect(faultsOf(ran)).toEqual([]);
    const { text, at: found } = wordsOf(ran);
    expect({ at: found, text }).toMatchObject({ at });
    for (const part of parts) expect(text).toMatch(part);
    expect(ran.isCredentialRefused).toBe(isCredentialRefused);
  });

  test('everybody who asks too often', async () => {
    hub.setAbuseLimit(true);
    const ran = await look();
    hub.setAbuseLimit(false);
    expect(faultsOf(ran)).toEqual([]);
    expect(ran.failure).toMatchObject({ code: 'rate_limited' });
  });

  test.each(['silent', 'unavailable', 'cut', 'malformed', 'redirect'] as const)(
    'nobody when its token service is %s, and that is told in time',
    async (fault) => {
      hub.tokenFault.set(fault);
      try {
        const ran = await look({ budgetMs: 2_000 });
        expect(faultsOf(ran)).toEqual([]);
        expect(wordsOf(ran).at).toBe('sign_in');
        expect(ran.isCredentialRefused).toBe(false);
        expect(ran.tookMs).toBeLessThan(20_000);
      } finally {
        hub.tokenFault.set(undefined);
      }
    },
  );
});

function look(
  options: {
    readonly reference?: string | null;
    /** Null: without a secret. */
    readonly password?: string | null;
    readonly budgetMs?: number;
    readonly cache?: Parameters<typeof preflight>[0]['cache'];
  } = {},
): Promise<Ran> {
  const { reference, password = token, ...more } = options;
  const values = { REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: password ?? '' };
  return preflight({
    reference: reference === undefined ? 'acme/app:1.4.2' : reference,
    secret: password === null ? null : { type: 'docker_hub', host: 'docker.io', values },
    rules: { 'docker.io': { endpoint: hub.url, plainHttp: true, allowPrivate: true } },
    ...more,
  });
}
