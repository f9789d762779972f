import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { downloadLog } from '#lib/builds/log/data.ts';
import { wakeWorkers } from '#lib/builds/queue.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { pushImage, pushIndex } from '#tests/support/images.ts';
import { allKept } from '#tests/support/kept.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import { type SlowRegistry, startSlowRegistry } from './slow-registry.ts';
import { openYard, reached, registryHost, start, type TestWorker, until, type Yard } from './yard.ts';

let database: TestDatabase;
let registry: TestRegistry;
let line: SlowRegistry;
let yard: Yard;
let worker: TestWorker;
let scope: Scope;

const password = 'correct-horse-battery-staple';

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  registry = await startRegistry({ auth: 'token', username: 'ines', password });
  line = await startSlowRegistry({ upstream: registry.url, bytesPerSecond: 500_000_000 });
  yard = await openYard({ database, endpoint: line.url });
  scope = await makeWorkspace();
  const values = { REGISTRY_HOST: registryHost, REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: password };
  const secret = { scope, type: 'registry' } as const;
  await yard.saveSecret({ ...secret, name: 'ours', values });
  await yard.saveSecret({
    ...secret,
    name: 'wrong',
    values: { ...values, REGISTRY_PASSWORD: 'wrong-password' },
  });
  await pushImage({ registry, repository: 'team/app', tag: '1', layers: [200_000, 3_000_000, 400] });
  worker = await yard.startWorker();
});
afterAll(async () => {
  await yard?.close();
  await line?.stop();
  await registry?.stop();
  await closeDatabase();
  await database?.drop();
});

const logOf = async (number: number) => {
  let text = '';
  for await (const chunk of await downloadLog({ scope, number })) text += chunk;
  return text;
};

describe('a build', () => {
  test('runs from sign-in to the store and tells it all', async () => {
    const number = await start(scope, 'team/app:1', 'ours');
    const { view, head, tail } = await reached(scope, number, ['succeeded', 'failed']);
    expect(view.error).toBeNull();
    expect(view.stages.map(({ name, state }) => [name, state])).toEqual([
      ['authenticate', 'done'],
      ['resolve', 'done'],
      ['pull', 'done'],
      ['check', 'done'],
      ['steps', 'skipped'],
      ['publish', 'done'],
    ]);
    expect(head).toMatchObject({
      reference: `${registryHost}/team/app:1`,
      secret: { name: 'ours', version: 1 },
    });
    expect(view.layers.map(({ state }) => state)).toEqual(['verified', 'verified', 'verified']);
    expect(view.layers.every(({ doneBytes, sizeBytes }) => doneBytes === sizeBytes)).toBe(true);
    expect(view.facts).toMatchObject({ layerCount: 3, reusedBytes: 0, platform: 'linux/amd64' });
    expect(view.facts.fetchedBytes).toBe(view.facts.totalBytes);
    expect(view.checks.map(({ name, state }) => [name, state])).toEqual([
      ['Platform', 'passed'],
      ['Config', 'passed'],
      ['Blobs', 'passed'],
      ['Layers', 'passed'],
      ['Entrypoint', 'passed'],
      ['Python', 'warned'],
      ['pip', 'warned'],
      ['pip may install', 'skipped'],
    ]);
    expect(tail.length).toBe(view.logLines);
    const log = await logOf(number);
    expect(log).toContain('auth secret ours v1');
    expect(log).toContain(`pull ${registryHost}/team/app:1 for linux/amd64`);
    expect(log).toMatch(/layer 2 [0-9a-f]{12} {2}3\.00 MB {2}verified sha256 matches, 3\.00 MB in \d/);
    const row = await prisma().build.findFirstOrThrow({ where: { number } });
    expect(row).toMatchObject({
      state: 'succeeded',
      attempt: 1,
      baseDigest: view.facts.baseDigest,
      fetchedBytes: BigInt(view.facts.fetchedBytes ?? -1),
      layerCount: 3,
      workerId: null,
    });
    const used = await prisma().secret.findFirstOrThrow({ where: { name: 'ours' } });
    expect(used).toMatchObject({ lastUsedBuild: number });
  });

  test('fetches nothing the second time, yet asks whether it may', async () => {
    const before = line.blobRequests.length;
    const number = await start(scope, 'team/app:1', 'ours');
    const { view } = await reached(scope, number, ['succeeded', 'failed']);
    expect(view.facts).toMatchObject({ fetchedBytes: 0 });
    expect(view.layers.map(({ state }) => state)).toEqual(['reused', 'reused', 'reused']);
    expect(line.blobRequests.slice(before)).toEqual([]);
    const refused = await start(scope, 'team/app:1', 'wrong');
    expect((await reached(scope, refused, ['succeeded', 'failed'])).view.state).toBe('failed');
  });

  test('of another workspace has to prove each layer, and then shares it', async () => {
    const other = await makeWorkspace();
    const values = { REGISTRY_HOST: registryHost, REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: password };
    await yard.saveSecret({ scope: other, name: 'theirs', type: 'registry', values });
    const before = line.blobRequests.length;
    const number = await start(other, 'team/app:1', 'theirs');
    const { view } = await reached(other, number, ['succeeded', 'failed']);
    expect(view.state).toBe('succeeded');
    expect(view.facts.fetchedBytes).toBe(0);
    const asked = line.blobRequests.slice(before).filter(({ method }) => method === 'HEAD');
    expect(asked.length).toBeGreaterThanOrEqual(3);
  });

  test('chooses its platform from an index', async () => {
    const images = [];
    for (const architecture of ['amd64', 'arm64']) {
      const platform = { os: 'linux', architecture };
      images.push(await pushImage({ registry, repository: 'team/multi', platform, layers: [1_000] }));
    }
    await pushIndex({ registry, repository: 'team/multi', tag: '1', images });
    const number = await start(scope, 'team/multi:1', 'ours');
    const { view } = await reached(scope, number, ['succeeded', 'failed']);
    expect(view.state).toBe('succeeded');
    expect(view.facts).toMatchObject({ baseDigest: images[0]?.digest, platform: 'linux/amd64' });
    expect(view.facts.indexDigest).toMatch(/^sha256:/);
  });
});

describe('a build that cannot be done fails with its cause', () => {
  test.each([
    ['a wrong password', 'team/app:1', 'wrong', 'authenticate'],
    ['an image that is not there', 'team/none:1', 'ours', 'resolve'],
    ['no secret', 'team/app:1', null, 'authenticate'],
  ])('%s', async (_, image, secretName, stage) => {
    const number = await start(scope, image, secretName);
    const { view } = await reached(scope, number, ['succeeded', 'failed']);
    expect(view.state).toBe('failed');
    expect(view.error?.code).not.toBe('internal');
    const failed = view.stages.findIndex(({ state }) => state === 'failed');
    expect([stage, 'resolve']).toContain(view.stages[failed]?.name);
    expect(view.stages.slice(failed + 1).every(({ state }) => state === 'not_reached')).toBe(true);
    expect(await logOf(number)).toContain(view.error?.what);
  });

  test('a registry whose words the database cannot hold', async () => {
    const platform = { os: 'li\0nux', architecture: 'amd\ud83d' };
    const image = await pushImage({ registry, repository: 'team/words', platform, layers: [1_000] });
    await pushIndex({ registry, repository: 'team/words', tag: '1', images: [image] });
    const number = await start(scope, 'team/words:1', 'ours');
    const { view } = await reached(scope, number, ['succeeded', 'failed']);
    expect(view).toMatchObject({ attempt: 1, error: { code: 'platform_missing' } });
    expect(view.error?.why).toBe('It exists for li nux/amd\ufffd.');
  });

  test('a secret sealed for another host, whatever the rows say, and nothing is sent', async () => {
    const values = {
      REGISTRY_HOST: 'elsewhere.test',
      REGISTRY_USERNAME: 'ines',
      REGISTRY_PASSWORD: password,
    };
    const { secretId, versionId } = await yard.saveSecret({
      scope,
      name: 'elsewhere',
      type: 'registry',
      values,
    });
    const facts = { REGISTRY_HOST: registryHost, REGISTRY_USERNAME: 'ines' };
    await prisma().secret.update({ where: { id: secretId }, data: { host: registryHost } });
    const before = line.requestCount;
    // As its row truly says: a build that got past the form.
    const truthful = await forge({ secretId, versionId });
    expect((await reached(scope, truthful, ['succeeded', 'failed'])).view.error?.code).toBe(
      'secret_host_mismatch',
    );
    // With a row that lies.
    await prisma().secretVersion.update({ where: { id: versionId }, data: { facts, state: 'accepted' } });
    const lying = await start(scope, 'team/app:1', 'elsewhere');
    expect((await reached(scope, lying, ['succeeded', 'failed'])).view.error?.code).toBe('secret_refused');
    expect(line.requestCount).toBe(before);
  });

  test('a seal that was moved to another secret', async () => {
    const values = { REGISTRY_HOST: registryHost, REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: password };
    const { secretId } = await yard.saveSecret({ scope, name: 'moved', type: 'registry', values });
    await prisma().$executeRaw`
      UPDATE secret_version SET sealed = other.sealed, state = 'accepted'
      FROM secret_version AS other JOIN secret ON secret.id = other.secret_id
      WHERE secret_version.secret_id = ${secretId}::uuid AND secret.name = 'ours'`;
    const number = await start(scope, 'team/app:1', 'moved');
    const { view } = await reached(scope, number, ['succeeded', 'failed']);
    expect(view.error?.code).toBe('seal_broken');
  });

  /** A queued build made without asking whether the secret fits, as a hostile writer of the database would. */
  async function forge(options: { readonly secretId: string; readonly versionId: string }): Promise<number> {
    const { buildNumber: number } = await prisma().workspace.update({
      where: { id: scope.workspaceId },
      data: { buildNumber: { increment: 1 } },
    });
    await prisma().build.create({
      data: {
        workspaceId: scope.workspaceId,
        number,
        reference: `${registryHost}/team/app:1`,
        platform: 'linux/amd64',
        secretId: options.secretId,
        secretVersionId: options.versionId,
        secretName: 'forged',
        secretVersion: 1,
        requestedBy: 'nobody',
        requesterName: 'Nobody',
      },
    });
    await wakeWorkers(prisma());
    return number;
  }
});

test('a worker reports on a secret as soon as it is saved', async () => {
  const values = { REGISTRY_HOST: registryHost, REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: password };
  const stateOf = async (id: string) => (await prisma().secretVersion.findUnique({ where: { id } }))?.state;
  const startedAt = performance.now();
  const count = 10;
  for (let number = 1; number <= count; number += 1) {
    const name = `new-${number}`;
    const { versionId } = await yard.saveSecret({ scope, name, type: 'registry', values });
    await until(async () => (await stateOf(versionId)) === 'accepted');
  }
  // By its rounds of five seconds alone, each but the first would wait for the round after the one before.
  expect(performance.now() - startedAt).toBeLessThan((count - 1) * 5_000);
});

test('no password and no token is in the database, the data folder or the output of the worker', async () => {
  const number = await start(scope, 'team/app:1', 'ours');
  await reached(scope, number, ['succeeded']);
  const tokens = registry.tokenServer?.issued ?? [];
  expect(tokens.length).toBeGreaterThan(0);
  const basic = Buffer.from(`ines:${password}`).toString('base64');
  const needles = [password, 'wrong-password', basic, Buffer.from(password).toString('hex'), ...tokens];

  const places = [
    ['output of the worker', Buffer.from(worker.output())],
    ...(await allKept(yard.dataFolder)),
  ] as const;
  expect(places.length).toBeGreaterThan(20);
  for (const [place, bytes] of places) {
    for (const needle of needles)
      expect(bytes.includes(needle), `${place} holds ${needle.slice(0, 8)}…`).toBe(false);
  }
});
