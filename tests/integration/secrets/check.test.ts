import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { listen } from '#lib/db/listen.ts';
import { toBase64 } from '#lib/secrets/base64.ts';
import { checkPendingVersions } from '#lib/secrets/check-version.ts';
import { getSecret, getStoredVersion } from '#lib/secrets/data.ts';
import { SecretRefusedError } from '#lib/secrets/errors.ts';
import { checkedChannel, pendingChannel, replaceValues, saveSecret } from '#lib/secrets/mutations.ts';
import { openVersion } from '#lib/secrets/open-version.ts';
import {
  type SealedSecretInput,
  sealedSecretSchema,
  sealedVersionSchema,
} from '#lib/secrets/sealed-secret.ts';
import type { Opener } from '#lib/secrets/types.ts';
import type { Scope } from '#lib/teams/scope.ts';
import type { Keyring } from '#lib/vault/keyring.ts';
import { sealSecret } from '#lib/vault/seal.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { hubValues, makeWorkspace, post, save, startKeyring } from './sealing.ts';

let database: TestDatabase;
let keyring: Keyring;
let open: Opener;
let scope: Scope;
const { signal } = new AbortController();

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase(database);
});

beforeEach(async () => {
  ({ keyring, open } = await startKeyring());
  scope = await makeWorkspace();
});

afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const check = () => checkPendingVersions({ open, signal });
const newest = async (name = 'hub-pull') => (await getSecret({ scope, name })).version;

describe('a worker', () => {
  test('accepts what is as it was said to be, and says what it would warn about', async () => {
    await save({ scope, keyring });
    const values = { ...hubValues, REGISTRY_PASSWORD: 'a password of mine' };
    await save({ scope, keyring, name: 'second', values });
    expect(await check()).toBe(2);
    expect(await newest()).toMatchObject({ state: 'accepted', findings: [], checkedAt: expect.any(String) });
    const second = await newest('second');
    expect(second).toMatchObject({ state: 'accepted', findings: [expect.stringContaining('access token')] });
    expect(JSON.stringify(second)).not.toContain('a password of mine');
    expect(await check()).toBe(0);
  });

  test.each([
    ['gcp', { SERVICE_ACCOUNT_JSON: '{"type":"authorized_user"}' }, /your own sign-in/],
    [
      'aws',
      { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'short', AWS_REGION: 'eu-west-1' },
      /40 characters/,
    ],
  ] as const)('refuses values of %s that the form would have refused', async (type, values, reason) => {
    await save({ scope, keyring, type, values });
    await check();
    expect(await newest()).toMatchObject({ state: 'refused', findings: [expect.stringMatching(reason)] });
  });

  test.each([
    ['NUL', 'K\0', 'K\ufffd'],
    ['half a character', 'K\ud83d', 'K\ufffd'],
    ['a character that the shortening would cut in half', `${'K'.repeat(62)}😀😀`, `${'K'.repeat(62)}…`],
  ])('is not held up by %s in a key that was sealed under another name', async (_, key, shown) => {
    const hostile = await post({ scope, keyring, type: 'custom', values: { [key]: 'a value' } });
    await saveSecret({ scope, input: sealedSecretSchema.parse({ ...hostile, keys: ['K'] }) });
    await save({ scope, keyring, name: 'behind-it' });
    expect(await check()).toBe(2);
    expect(await newest()).toMatchObject({
      state: 'refused',
      findings: [expect.stringContaining(`${shown}: Use letters`)],
    });
    expect((await newest('behind-it')).state).toBe('accepted');
  });

  test('shares the work with others: each version is reported on once', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `secret-${index}`);
    await Promise.all(names.map((name) => save({ scope, keyring, name })));
    const counts = await Promise.all([check(), check(), check()]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(12);
    expect(await prisma().secretVersion.count({ where: { state: 'pending' } })).toBe(0);
  });

  test('leaves a version to the next one when it fails by a defect of its own', async () => {
    await save({ scope, keyring });
    const broken: Opener = () => Promise.reject(new TypeError('a defect'));
    await expect(checkPendingVersions({ open: broken, signal })).rejects.toThrow('a defect');
    expect((await newest()).state).toBe('pending');
    expect(await check()).toBe(1);
  });
});

describe('is refused, and cannot be opened for a build', () => {
  const refused = async (reason: RegExp) => {
    await check();
    const version = await newest();
    expect(version).toMatchObject({ state: 'refused', findings: [expect.stringMatching(reason)] });
    const stored = await getStoredVersion({ scope, versionId: version.id });
    await expect(openVersion({ stored, open })).rejects.toThrow();
    return stored;
  };

  test('a ciphertext that was moved from another row', async () => {
    const other = await save({ scope, keyring, name: 'other' });
    const { versionId } = await save({ scope, keyring });
    const { sealed } = await getStoredVersion({ scope, versionId: other.versionId });
    await prisma().secretVersion.update({
      where: { id: versionId },
      data: { sealed: new Uint8Array(sealed) },
    });
    await refused(/do not open/);
  });

  test('a row that was moved to another secret, or an older version in place of a newer', async () => {
    const { id, versionId } = await save({ scope, keyring });
    const next = await post({ scope, keyring, id });
    await replaceValues({ scope, id, input: sealedVersionSchema.parse(next) });
    const old = await prisma().secretVersion.findUniqueOrThrow({ where: { id: versionId } });
    await prisma().secretVersion.update({ where: { id: next.versionId }, data: { sealed: old.sealed } });
    await refused(/do not open/);
  });

  test('one whose key this server does not have', async () => {
    await save({ scope, keyring });
    const { open: openWithOther } = await startKeyring(99);
    await checkPendingVersions({ open: openWithOther, signal });
    expect(await newest()).toMatchObject({
      state: 'refused',
      findings: [expect.stringContaining(keyring.newest.id)],
    });
  });

  /** What a browser can say beside what it seals. */
  const lie = async (options: {
    readonly said?: Partial<SealedSecretInput>;
    readonly sealed?: {
      readonly type?: string;
      readonly host?: string | null;
      readonly values?: Record<string, string>;
    };
  }) => {
    const values = { ...hubValues, REGISTRY_HOST: 'ghcr.io' };
    const honest = await post({ scope, keyring, type: 'registry', values });
    const sealed = await sealSecret({
      key: keyring.newest,
      binding: { workspaceId: scope.workspaceId, secretId: honest.id, versionId: honest.versionId },
      payload: { type: 'registry', host: 'ghcr.io', values, ...options.sealed },
    });
    const input = { ...honest, sealed: toBase64(sealed), ...options.said };
    await saveSecret({ scope, input: sealedSecretSchema.parse(input) });
  };
  const elsewhere = { ...hubValues, REGISTRY_HOST: 'evil.example' };

  test('honest posts by the same road are accepted', async () => {
    await lie({});
    await check();
    expect((await newest()).state).toBe('accepted');
  });

  test.each<[string, Parameters<typeof lie>[0]]>([
    ['another host than is shown', { sealed: { host: 'evil.example', values: elsewhere } }],
    ['another host than its own values say', { sealed: { host: 'evil.example' } }],
    ['values of another host than it says', { sealed: { values: elsewhere } }],
    ['no host', { sealed: { host: null } }],
    ['another type', { sealed: { type: 'custom', host: null } }],
    ['an unknown type', { sealed: { type: 'toString' } }],
    [
      'another username than is shown',
      { sealed: { values: { ...hubValues, REGISTRY_HOST: 'ghcr.io', REGISTRY_USERNAME: 'eve' } } },
    ],
    ['a username that is shown to nobody', { said: { facts: { REGISTRY_HOST: 'ghcr.io' } } }],
  ])('a seal around %s', async (_, options) => {
    await lie(options);
    const stored = await refused(/not what was shown/);
    await expect(openVersion({ stored, open })).rejects.toThrow(SecretRefusedError);
  });

  test('a seal around a key that does not belong to the type', async () => {
    await lie({ sealed: { values: { ...hubValues, REGISTRY_HOST: 'ghcr.io', AWS_REGION: 'x' } } });
    await refused(/AWS_REGION/);
  });

  test('a host that was changed in the open', async () => {
    const values = { ...hubValues, REGISTRY_HOST: 'ghcr.io' };
    const { versionId } = await save({ scope, keyring, type: 'registry', values });
    const facts = { REGISTRY_HOST: 'evil.example', REGISTRY_USERNAME: 'ines' };
    await prisma().secretVersion.update({ where: { id: versionId }, data: { facts } });
    await refused(/not what was shown/);
  });
});

test('workers hear of a saved version, and pages of the report, when they are committed', async () => {
  const heard: string[] = [];
  const controller = new AbortController();
  await listen({
    url: database.url,
    channels: [pendingChannel, checkedChannel],
    onNotification: ({ channel, payload }) => heard.push(`${channel} ${payload}`),
    onGap: () => {},
    signal: controller.signal,
  });
  try {
    const { id, versionId } = await save({ scope, keyring });
    await expect(save({ scope, keyring })).rejects.toThrow();
    await check();
    await expect.poll(() => heard).toEqual([`${pendingChannel} ${versionId}`, `${checkedChannel} ${id}`]);
  } finally {
    controller.abort();
  }
});
