import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pushImage, pushIndex } from '#tests/support/images.ts';
import { faultsOf, preflight, type Ran, wordsOf } from '#tests/support/preflight.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { type RegistryProxy, startRegistryProxy } from '#tests/support/registry-proxy.ts';

const username = 'ines';
const password = 'correct-horse-battery';

/** The same images behind both ways to sign in. */
const registries = {} as Record<'htpasswd' | 'token', { registry: TestRegistry; proxy: RegistryProxy }>;
const ways = ['htpasswd', 'token'] as const;

beforeAll(async () => {
  for (const auth of ways) {
    const registry = await startRegistry({ auth, username, password });
    const proxy = await startRegistryProxy({ target: registry.url });
    registries[auth] = { registry, proxy };
    const common = { registry, repository: 'acme/app' };
    const amd64 = await pushImage({ ...common, tag: '1.4.2', layers: [20_000, 30_000] });
    const platform = { os: 'linux', architecture: 'arm64' };
    const arm64 = await pushImage({ ...common, layers: [25_000], platform });
    await pushIndex({ ...common, tag: '2.0', images: [amd64, arm64] });
  }
});
afterAll(async () => {
  for (const { registry, proxy } of Object.values(registries)) {
    await proxy.stop();
    await registry.stop();
  }
});

describe.each(ways)('a registry with %s', (auth) => {
  test('passes every check, and gives no layer', async () => {
    const { proxy } = registries[auth];
    proxy.reset();
    const ran = await look(auth, { tag: '2.0' });
    expect(faultsOf(ran)).toEqual([]);
    expect(ran.lines).toEqual([
      `passed name: ${proxy.host}/acme/app:2.0`,
      'passed dns: 127.0.0.1 is an address',
      'skipped tls: It answers over plain http, which registries.json allows',
      'passed sign_in: Signed in as ines',
      'passed permission: May read acme/app, layers included',
      expect.stringMatching(/^passed manifest: sha256:.+, an index of 2 manifests$/),
      'passed platform: linux/amd64, and 1 more platform',
      expect.stringMatching(/^passed size: 2 layers, [0-9.]+ kB$/),
      `passed pulls_left: ${proxy.host} names no pull limit`,
    ]);
    expect(proxy.blobRequests()).toEqual([]);
  });

  test('refuses a wrong password, and the same one is not worth another try', async () => {
    const ran = await look(auth, { password: 'wrong-password' });
    expect(wordsOf(ran)).toMatchObject({
      at: 'sign_in',
      text: expect.stringMatching(
        /refused the sign-in \| The username or the password \(or token\) is wrong, expired or revoked\..* \| Replace the values of the secret/,
      ),
    });
    expect(ran.isCredentialRefused).toBe(true);
  });

  test.each<[string, Parameters<typeof look>[1], string, readonly (string | RegExp)[]]>([
    [
      'a tag that does not exist',
      { tag: '1.4.3' },
      'manifest',
      [
        '/acme/app has no tag 1.4.3',
        'The nearest of its tags: 1.4.2.',
        'Use a tag that exists, such as 1.4.2',
      ],
    ],
    [
      'a digest that does not exist',
      { digest: `sha256:${'0'.repeat(64)}` },
      'manifest',
      ['/acme/app has no image sha256:000000000000'],
    ],
    [
      'a repository that does not exist',
      { repository: 'acme/nothing' },
      'permission',
      [/has no repository acme\/nothing/, 'Check the spelling of the path'],
    ],
    [
      'a platform that the image lacks',
      { tag: '2.0', platform: 'linux/s390x' },
      'platform',
      [
        'The image has no linux/s390x variant',
        'It exists for linux/amd64, linux/arm64.',
        'Choose one of these platforms',
      ],
    ],
  ])('says of %s what there is instead', async (_, asked, at, parts) => {
    const ran = await look(auth, asked);
    expect(faultsOf(ran)).toEqual([]);
    const { text, at: found } = wordsOf(ran);
    expect({ at: found, text }).toMatchObject({ at });
    for (const part of parts) expect(text).toMatch(part);
    expect(ran.isCredentialRefused).toBe(false);
  });

  test('tries a secret alone at its own host', async () => {
    const ran = await look(auth, { isSecretAlone: true });
    expect(ran.lines.slice(0, 5)).toEqual([
      'skipped name: No image was named: the secret is tried alone',
      'passed dns: 127.0.0.1 is an address',
      'skipped tls: It answers over plain http, which registries.json allows',
      'passed sign_in: Signed in as ines',
      'skipped permission: Not tested: no image was named',
    ]);
    const wrong = await look(auth, { isSecretAlone: true, password: 'wrong-password' });
    expect(wordsOf(wrong).at).toBe('sign_in');
    expect(wrong.isCredentialRefused).toBe(true);
  });
});

describe('a secret that is for something else', () => {
  test.each([
    ['another host', { type: 'registry', host: 'ghcr.io' }, 'This secret is not for'],
    ['Docker Hub', { type: 'docker_hub', host: 'docker.io' }, 'This secret is not for'],
    ['build steps', { type: 'custom', host: null }, 'A custom secret cannot sign in to a registry'],
  ] as const)('%s is not sent', async (_, binding, what) => {
    const { proxy } = registries.htpasswd;
    proxy.reset();
    const ran = await preflight({
      reference: `${proxy.host}/acme/app:1.4.2`,
      secret: { ...binding, values: { REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password } },
      rules: { [proxy.host]: open },
    });
    expect(wordsOf(ran)).toMatchObject({ at: 'name', text: expect.stringContaining(what) });
    expect(proxy.requests).toEqual([]);
  });
});

test('nobody who does not sign in is told more than that', async () => {
  const { proxy } = registries.htpasswd;
  const ran = await preflight({ reference: `${proxy.host}/acme/app:1.4.2`, rules: { [proxy.host]: open } });
  expect(wordsOf(ran)).toMatchObject({
    at: 'sign_in',
    text: expect.stringMatching(
      /asks for a sign-in \| .* \| Choose a secret for this registry, or save one first/,
    ),
  });
});

const open = { plainHttp: true, allowPrivate: true };

function look(
  auth: (typeof ways)[number],
  options: {
    readonly tag?: string;
    readonly digest?: string;
    readonly repository?: string;
    readonly platform?: string;
    readonly password?: string;
    readonly isSecretAlone?: boolean;
  },
): Promise<Ran> {
  const { host } = registries[auth].proxy;
  const { tag = '1.4.2', digest, repository = 'acme/app', platform, isSecretAlone = false } = options;
  const values = { REGISTRY_USERNAME: username, REGISTRY_PASSWORD: options.password ?? password };
  const target = digest === undefined ? `:${tag}` : `@${digest}`;
  return preflight({
    reference: isSecretAlone ? null : `${host}/${repository}${target}`,
    secret: { type: 'registry', host, values },
    rules: { [host]: open },
    ...(platform === undefined ? {} : { platform }),
  });
}
