import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startBuild } from '#lib/builds/mutations.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { InputError } from '#lib/errors/input.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { getSealingKey, getSecret, getStoredVersion, listSecrets } from '#lib/secrets/data.ts';
import { SecretInUseError } from '#lib/secrets/errors.ts';
import {
  deleteSecret,
  markSecretUsed,
  publishSealingKey,
  replaceValues,
  saveRepositories,
  saveSecret,
} from '#lib/secrets/mutations.ts';
import { newId } from '#lib/secrets/seal-draft.ts';
import { sealedSecretSchema, sealedVersionSchema } from '#lib/secrets/sealed-secret.ts';
import type { Opener } from '#lib/secrets/types.ts';
import type { Scope } from '#lib/teams/scope.ts';
import type { Keyring } from '#lib/vault/keyring.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { hubValues, makeWorkspace, password, post, save, startKeyring } from './sealing.ts';

let database: TestDatabase;
let keyring: Keyring;
let open: Opener;
let scope: Scope;

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

/** As a worker leaves them. */
const endBuilds = (secretId: string, state: 'succeeded' | 'failed' | 'cancelled') =>
  prisma().build.updateMany({ where: { secretId }, data: { state, endedAt: new Date() } });

const build = { reference: 'docker.io/acme/app:1', platform: 'linux/amd64', secretName: 'hub-pull' };

describe('a saved secret', () => {
  test('is listed with what is public about it, and opens for whoever has the private key', async () => {
    const { id, versionId } = await save({ scope, keyring });
    expect(await listSecrets({ scope })).toEqual([
      {
        id,
        name: 'hub-pull',
        type: 'docker_hub',
        host: 'docker.io',
        repositories: [],
        createdAt: expect.any(String),
        createdByName: 'Ines Okafor',
        lastUsedAt: null,
        lastUsedBuild: null,
        version: {
          id: versionId,
          number: 1,
          keys: ['REGISTRY_USERNAME', 'REGISTRY_PASSWORD'],
          facts: { REGISTRY_USERNAME: 'ines' },
          state: 'pending',
          findings: [],
          createdAt: expect.any(String),
          createdByName: 'Ines Okafor',
          checkedAt: null,
        },
      },
    ]);
    expect(await open(await getStoredVersion({ scope, versionId }))).toEqual({
      type: 'docker_hub',
      host: 'docker.io',
      values: hubValues,
    });
  });

  test('leaves no byte of its values in any table, in any encoding', async () => {
    await save({ scope, keyring });
    const client = new pg.Client(database.url);
    await client.connect();
    try {
      const { rows: tables } = await client.query<{ name: string }>(
        "SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'",
      );
      const texts = await Promise.all(
        tables.map(async ({ name }) => {
          const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
          return rows.map(({ row }) => row).join('\n');
        }),
      );
      const dump = texts.join('\n');
      // What is looked for would be found: the username is there.
      expect(dump).toContain('ines');
      for (const part of [password, password.slice(9), password.slice(0, 12)]) {
        const bytes = Buffer.from(part);
        expect(dump).not.toContain(part);
        expect(dump).not.toContain(bytes.toString('hex'));
        expect(dump).not.toContain(bytes.toString('base64').slice(0, -4));
      }
    } finally {
      await client.end();
    }
  });

  test('is found by name and by host, whatever the case', async () => {
    await save({ scope, keyring, name: 'hub-pull' });
    const values = { ...hubValues, REGISTRY_HOST: 'ghcr.io' };
    await save({ scope, keyring, name: 'base-images', type: 'registry', values });
    const names = async (search: string) => (await listSecrets({ scope, search })).map(({ name }) => name);
    expect(await names('')).toEqual(['base-images', 'hub-pull']);
    expect(await names(' HUB ')).toEqual(['hub-pull']);
    expect(await names('ghcr')).toEqual(['base-images']);
    expect(await names('%')).toEqual([]);
  });

  test('shows which builds chose it, newest first, and when it was last used', async () => {
    const { id } = await save({ scope, keyring });
    for (let count = 0; count < 22; count += 1) await startBuild({ scope, input: build });
    await markSecretUsed({ scope, id, buildNumber: 22 });
    const secret = await getSecret({ scope, name: 'hub-pull' });
    expect(secret.usedBy.map(({ number }) => number)).toEqual(
      Array.from({ length: 20 }, (_, index) => 22 - index),
    );
    expect(secret.usedBy[0]).toMatchObject({ reference: build.reference, state: 'queued', secretVersion: 1 });
    expect(secret).toMatchObject({ lastUsedBuild: 22, lastUsedAt: expect.any(String) });
  });
});

describe('saving is refused', () => {
  test('for a name that the workspace has, at its field; another workspace may have it', async () => {
    await save({ scope, keyring });
    const refusal = save({ scope, keyring });
    await expect(refusal).rejects.toThrow(InputError);
    await expect(refusal).rejects.toMatchObject({ fields: { name: expect.stringContaining('taken') } });
    await save({ scope: await makeWorkspace(), keyring });
    expect(await listSecrets({ scope })).toHaveLength(1);
  });

  test('of two that are saved at once under one name, to one', async () => {
    const results = await Promise.allSettled([save({ scope, keyring }), save({ scope, keyring })]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await listSecrets({ scope })).toHaveLength(1);
  });

  test('for an id that is in use, without a word about whose it is', async () => {
    const theirs = await save({ scope: await makeWorkspace(), keyring });
    const refusal = save({ scope, keyring, id: theirs.id, name: 'mine' });
    await expect(refusal).rejects.toThrow(InputError);
    await expect(refusal).rejects.toMatchObject({
      fields: {},
      advice: { next: expect.stringContaining('Reload') },
    });
    expect(await listSecrets({ scope })).toEqual([]);
  });

  test('for a key that no worker published', async () => {
    const input = sealedSecretSchema.parse(await post({ scope, keyring }));
    const refusal = saveSecret({ scope, input: { ...input, keyId: '0'.repeat(16) } });
    await expect(refusal).rejects.toMatchObject({ advice: { why: expect.stringContaining('older') } });
    expect(await listSecrets({ scope })).toEqual([]);
  });
});

describe('repositories', () => {
  test('are saved with the secret, and changed without its values', async () => {
    const { id } = await save({ scope, keyring, repositories: ['acme/*'] });
    expect(await listSecrets({ scope })).toMatchObject([{ repositories: ['acme/*'] }]);
    await saveRepositories({ scope, id, repositories: ['acme/app', 'web/*'] });
    expect(await getSecret({ scope, name: 'hub-pull' })).toMatchObject({
      repositories: ['acme/app', 'web/*'],
      version: { number: 1 },
    });
    await saveRepositories({ scope, id, repositories: [] });
    expect(await listSecrets({ scope })).toMatchObject([{ repositories: [] }]);
  });

  test('are refused where they say nothing about this secret, and in another workspace', async () => {
    const { id } = await save({ scope, keyring });
    const refusal = saveRepositories({ scope, id, repositories: ['ghcr.io/acme/*'] });
    await expect(refusal).rejects.toMatchObject({
      fields: { repositories: expect.stringContaining('never goes to ghcr.io') },
    });
    const theirs = saveRepositories({ scope: await makeWorkspace(), id, repositories: ['acme/*'] });
    await expect(theirs).rejects.toThrow(NotFoundError);
    expect(await listSecrets({ scope })).toMatchObject([{ repositories: [] }]);
  });
});

describe('replacing', () => {
  test('adds a version, newest first, and changes the host with the values', async () => {
    const values = { ...hubValues, REGISTRY_HOST: 'ghcr.io' };
    const { id } = await save({ scope, keyring, type: 'registry', values });
    const next = await post({
      scope,
      keyring,
      id,
      type: 'registry',
      values: { ...values, REGISTRY_HOST: 'quay.io' },
    });
    expect(await replaceValues({ scope, id, input: sealedVersionSchema.parse(next) })).toEqual({ number: 2 });
    const secret = await getSecret({ scope, name: 'hub-pull' });
    expect(secret.host).toBe('quay.io');
    expect(secret.versions.map(({ number, facts }) => [number, facts.REGISTRY_HOST])).toEqual([
      [2, 'quay.io'],
      [1, 'ghcr.io'],
    ]);
  });

  test('numbers versions that come at once one after the other', async () => {
    const { id } = await save({ scope, keyring });
    const posts = await Promise.all(Array.from({ length: 8 }, () => post({ scope, keyring, id })));
    const numbers = await Promise.all(
      posts.map(
        async (next) => (await replaceValues({ scope, id, input: sealedVersionSchema.parse(next) })).number,
      ),
    );
    expect(numbers.sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect((await getSecret({ scope, name: 'hub-pull' })).version.number).toBe(9);
  });

  test('never hides the secret from builds that start meanwhile', async () => {
    const { id } = await save({ scope, keyring });
    const posts = await Promise.all(Array.from({ length: 10 }, () => post({ scope, keyring, id })));
    await Promise.all([
      ...posts.map((next) => replaceValues({ scope, id, input: sealedVersionSchema.parse(next) })),
      ...posts.map(() => startBuild({ scope, input: build })),
    ]);
    expect((await getSecret({ scope, name: 'hub-pull' })).usedBy).toHaveLength(10);
  });

  test('does not change the type, nor take the same post twice', async () => {
    const { id } = await save({ scope, keyring });
    const custom = await post({ scope, keyring, id, type: 'custom', values: { A: 'b' } });
    await expect(replaceValues({ scope, id, input: sealedVersionSchema.parse(custom) })).rejects.toThrow(
      InputError,
    );
    const next = sealedVersionSchema.parse(await post({ scope, keyring, id }));
    await replaceValues({ scope, id, input: next });
    await expect(replaceValues({ scope, id, input: next })).rejects.toThrow(InputError);
    expect((await getSecret({ scope, name: 'hub-pull' })).version.number).toBe(2);
  });
});

describe('deleting', () => {
  test('takes the secret and its versions', async () => {
    const { id, versionId } = await save({ scope, keyring });
    await deleteSecret({ scope, id });
    expect(await listSecrets({ scope })).toEqual([]);
    await expect(getStoredVersion({ scope, versionId })).rejects.toThrow(NotFoundError);
  });

  test.each(['queued', 'running'] as const)(
    'is refused while a build that uses it is %s, by its number',
    async (state) => {
      const { id } = await save({ scope, keyring });
      await startBuild({ scope, input: build });
      await prisma().build.updateMany({ where: { secretId: id }, data: { state } });
      const refusal = deleteSecret({ scope, id });
      await expect(refusal).rejects.toThrow(SecretInUseError);
      await expect(refusal).rejects.toMatchObject({
        buildNumbers: [1],
        advice: { why: expect.stringContaining('#1') },
      });
      expect(await listSecrets({ scope })).toHaveLength(1);
    },
  );

  test.each(['succeeded', 'failed', 'cancelled'] as const)('is done once the build has %s', async (state) => {
    const { id } = await save({ scope, keyring });
    await startBuild({ scope, input: build });
    await endBuilds(id, state);
    await deleteSecret({ scope, id });
    expect(await listSecrets({ scope })).toEqual([]);
  });

  test('and starting a build at once: either the secret is gone, or the build keeps it', async () => {
    for (let round = 0; round < 25; round += 1) {
      const { id } = await save({ scope, keyring });
      const [started, deleted] = await Promise.allSettled([
        startBuild({ scope, input: build }),
        deleteSecret({ scope, id }),
      ]);
      expect([started.status, deleted.status].sort()).toEqual(['fulfilled', 'rejected']);
      if (deleted.status === 'rejected') expect(deleted.reason).toBeInstanceOf(SecretInUseError);
      await endBuilds(id, 'succeeded');
      if (deleted.status === 'rejected') await deleteSecret({ scope, id });
    }
  });
});

test('ids and names of another workspace answer as not found', async () => {
  const other = await makeWorkspace();
  const { id, versionId } = await save({ scope, keyring });
  const next = sealedVersionSchema.parse(await post({ scope, keyring, id }));
  const attempts = [
    getSecret({ scope: other, name: 'hub-pull' }),
    getStoredVersion({ scope: other, versionId }),
    replaceValues({ scope: other, id, input: next }),
    deleteSecret({ scope: other, id }),
    deleteSecret({ scope, id: randomUUID() }),
    deleteSecret({ scope, id: "no id'; DROP TABLE secret" }),
  ];
  for (const outcome of await Promise.allSettled(attempts)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(NotFoundError) });
  }
  await markSecretUsed({ scope: other, id, buildNumber: 7 });
  expect(await listSecrets({ scope: other })).toEqual([]);
  expect(await getSecret({ scope, name: 'hub-pull' })).toMatchObject({
    lastUsedBuild: null,
    version: { number: 1 },
  });
});

test('pages seal with the key that was published last, an older one again after a restore', async () => {
  expect((await getSealingKey())?.id).toBe(keyring.newest.id);
  const { keyring: newer } = await startKeyring(12);
  expect(await getSealingKey()).toEqual({
    id: newer.newest.id,
    publicKey: Buffer.from(newer.newest.publicKey).toString('base64'),
  });
  await publishSealingKey(keyring.newest);
  expect((await getSealingKey())?.id).toBe(keyring.newest.id);
});

test('nobody but a person saves secrets', async () => {
  const input = sealedSecretSchema.parse(await post({ scope, keyring, id: newId() }));
  await expect(saveSecret({ scope: { ...scope, userId: null }, input })).rejects.toThrow('Only a person');
});
