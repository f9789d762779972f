import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  findResult,
  openResult,
  parseResultTag,
  type ResultAddress,
} from '#lib/builds/results/open-result.ts';
import { listTaggedResults } from '#lib/builds/results/result-tags.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { deleteSecret } from '#lib/secrets/mutations.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { makeSecretRow, makeWorkspace } from './workspace.ts';

let database: TestDatabase;
let scope: Scope;
let imageId: string;
let secretId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});
beforeEach(async () => {
  scope = await makeWorkspace();
  const { id } = await prisma().image.create({
    data: { workspaceId: scope.workspaceId, name: 'trainer', createdBy: scope.userName },
  });
  imageId = id;
  secretId = (await makeSecretRow(scope, { name: 'hub', type: 'registry', host: 'r.test' })).id;
});

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`;

/** A build that ended, directly in the table. */
async function ended(
  number: number,
  options: {
    readonly state?: 'succeeded' | 'failed' | 'running';
    readonly revision?: number;
    readonly steps?: number;
    readonly error?: { readonly kind: string; readonly code?: string };
  } = {},
): Promise<void> {
  const { state = 'succeeded', revision = 1, steps = 1, error } = options;
  await prisma().build.create({
    data: {
      ...{ workspaceId: scope.workspaceId, number, state, imageId, imageName: 'trainer' },
      ...{ imageRevision: revision, reference: 'r.test/team/base:1', platform: 'linux/amd64' },
      ...{ secretId, secretName: 'hub', requestedBy: '', requesterName: scope.userName },
      ...(state === 'running' ? {} : { endedAt: new Date() }),
      ...(error === undefined ? {} : { error }),
      ...{ stepCount: steps, baseDigest: digestOf('b'), resultDigest: steps > 0 ? digestOf('c') : null },
    },
  });
}

const numberAt = async (tag: string) =>
  (await findResult({ scope, address: { image: 'trainer', tag: parseResultTag(tag) } })).number;
const failureOf = async (address: ResultAddress, who = scope) => {
  const failure = await findResult({ scope: who, address }).then(
    () => null,
    (error: { readonly code?: string }) => error,
  );
  return failure?.code ?? 'handed out';
};

describe('a tag of an image', () => {
  test('stands for the newest build that succeeded, of all or of a revision, or for one build', async () => {
    await ended(1);
    await ended(2, { revision: 2 });
    await ended(3, { revision: 1 });
    await ended(4, { revision: 2, state: 'failed' });
    expect(await numberAt('latest')).toBe(3);
    expect(await numberAt('r2')).toBe(2);
    expect(await numberAt('b1')).toBe(1);
  });

  test.each(['', 'Latest', 'r0', 'r01', 'b-1', '3', 'latest.tar', 'r1234567890'])('is not %j', (text) => {
    expect(() => parseResultTag(text)).toThrow('This tag does not exist');
  });

  test.each(['latest', 'r7', 'b9'])('%s without a build that succeeded is told as such', async (tag) => {
    await ended(1, { state: 'failed' });
    expect(await failureOf({ image: 'trainer', tag: parseResultTag(tag) })).toBe('no_result');
  });
});

describe('a result', () => {
  test('is what the steps made or, without steps, the base', async () => {
    await ended(1);
    await ended(2, { steps: 0 });
    expect(await findResult({ scope, address: { number: 1 } })).toEqual({
      number: 1,
      reference: 'r.test/team/base:1',
      image: { name: 'trainer', revision: 1 },
      hasSteps: true,
      digest: digestOf('c'),
    });
    expect(await findResult({ scope, address: { number: 2 } })).toMatchObject({
      hasSteps: false,
      digest: digestOf('b'),
    });
  });

  test('is not there for another workspace, as if it did not exist', async () => {
    await ended(1);
    const other = await makeWorkspace();
    expect(await failureOf({ number: 1 }, other)).toBe('not_found');
    expect(await failureOf({ image: 'trainer', tag: { kind: 'latest' } }, other)).toBe('not_found');
  });

  test('is not handed out while a build runs, nor of one that failed', async () => {
    await ended(1, { state: 'running' });
    await ended(2, { state: 'failed' });
    expect(await failureOf({ number: 1 })).toBe('no_result');
    expect(await failureOf({ number: 2 })).toBe('no_result');
  });

  test('is not handed out when the secret of its base was deleted', async () => {
    await ended(1);
    await deleteSecret({ scope, id: secretId });
    expect(await failureOf({ number: 1 })).toBe('result_refused');
  });

  test('is not handed out while the newest values of its secret are refused', async () => {
    await ended(1);
    await prisma().secretVersion.updateMany({ where: { secretId }, data: { state: 'refused' } });
    expect(await failureOf({ number: 1 })).toBe('result_refused');
  });

  test('is not handed out once the registry refused its base, until a later build gets it again', async () => {
    await ended(1);
    await ended(2, { state: 'failed', error: { kind: 'network' } });
    expect(await failureOf({ number: 1 })).toBe('handed out');
    await ended(3, { state: 'failed', error: { kind: 'denied' } });
    expect(await failureOf({ number: 1 })).toBe('result_refused');
    await ended(4);
    expect(await failureOf({ number: 1 })).toBe('handed out');
  });

  test('is not handed out once the registry hides the repository; a tag that is gone closes nothing', async () => {
    await ended(1);
    await ended(2, { state: 'failed', error: { kind: 'not_found', code: 'manifest_unknown' } });
    expect(await failureOf({ number: 1 })).toBe('handed out');
    await ended(3, { state: 'failed', error: { kind: 'not_found', code: 'repository_unknown' } });
    expect(await failureOf({ number: 1 })).toBe('result_refused');
  });

  test('is not handed out when the secret of its base is for another registry now', async () => {
    await ended(1);
    await prisma().secret.update({ where: { id: secretId }, data: { host: 'other.test' } });
    expect(await failureOf({ number: 1 })).toBe('result_refused');
    await prisma().secret.update({ where: { id: secretId }, data: { type: 'custom', host: null } });
    expect(await failureOf({ number: 1 })).toBe('result_refused');
  });
});

test('the tags of an image are told with what they stand for', async () => {
  await ended(1);
  await ended(2, { revision: 2, steps: 0 });
  await ended(3, { revision: 2 });
  await ended(4, { revision: 2, state: 'failed' });
  await prisma().storedImage.create({ data: { digest: digestOf('b') } });
  const results = await listTaggedResults({ scope, imageId });
  expect(results.map(({ tags, digest, isInStore }) => [tags.join(' '), digest[7], isInStore])).toEqual([
    ['latest r2 b3', 'c', false],
    ['b2', 'b', true],
    ['r1 b1', 'c', false],
  ]);
  expect(await listTaggedResults({ scope: await makeWorkspace(), imageId })).toEqual([]);
  await prisma().storedImage.deleteMany();
});

describe('an opened result', () => {
  const open = () => openResult({ scope, address: { number: 1 } });

  test('says what it consists of, and is on loan until that ends', async () => {
    await ended(1);
    await prisma().storedImage.create({
      data: {
        digest: digestOf('c'),
        usedAt: new Date(0),
        blobs: {
          create: [
            { digest: digestOf('c'), kind: 'manifest', position: 0, sizeBytes: 400 },
            { digest: digestOf('d'), kind: 'layer', position: 0, sizeBytes: 3_000_000_000 },
          ],
        },
      },
    });
    const { manifest, loan } = await open();
    expect(manifest).toMatchObject({ digest: digestOf('c'), sizeBytes: 400 });
    expect(loan.blobs).toContainEqual({
      ...{ digest: digestOf('d'), kind: 'layer', position: 0, sizeBytes: 3_000_000_000 },
    });
    expect(await prisma().imageLoan.count({ where: { until: { gt: new Date() } } })).toBe(1);
    await loan.end();
    expect(await prisma().imageLoan.count()).toBe(0);
    await prisma().storedImage.deleteMany();
  });

  test('is told as gone when the store has it no more, or is just removing it', async () => {
    await ended(1);
    await expect(open()).rejects.toMatchObject({ code: 'result_gone' });
    await prisma().storedImage.create({ data: { digest: digestOf('c'), condemnedAt: new Date() } });
    await expect(open()).rejects.toMatchObject({ code: 'result_gone' });
    expect(await prisma().imageLoan.count()).toBe(0);
    await prisma().storedImage.deleteMany();
  });
});

test('a number that no build has is told as such', async () => {
  expect(await failureOf({ number: 77 }, { ...scope, userId: randomUUID() } as Scope)).toBe('not_found');
});
