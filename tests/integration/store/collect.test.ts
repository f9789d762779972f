import { once } from 'node:events';
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeDatabase, configureDatabase, prisma, transaction } from '#lib/db/client.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { checkStore } from '#lib/store/check-store.ts';
import { withStoreLock } from '#lib/store/collect-lock.ts';
import { planTally } from '#lib/store/collect-store.ts';
import { listCollections, readBuiltImages, readKnownImages, readStoreFacts } from '#lib/store/data.ts';
import { borrowImage } from '#lib/store/loan.ts';
import { holdImage, requestCollection } from '#lib/store/mutations.ts';
import { blobFile } from '#lib/store/paths.ts';
import { readStorage } from '#lib/store/read-storage.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { spawnBound } from '#tests/support/bound-process.ts';
import { testFolder } from '#tests/support/folder.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import {
  beginBuild,
  bring,
  build,
  collect,
  endBuild,
  makeImage,
  missingOf,
  openStorehouse,
} from './storehouse.ts';

let database: TestDatabase;
let scope: Scope;
let root: string;
let store: BlobStore;

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
});
afterAll(async () => {
  await closeDatabase();
  await database?.drop();
});
beforeEach(async () => {
  await prisma()
    .$executeRaw`TRUNCATE stored_image, image_hold, image_loan, collection, store_state, blob, build CASCADE`;
  scope = await makeWorkspace();
  root = await testFolder();
  store = await openStorehouse(root);
});

const asOwner = (): Scope => ({ ...scope, role: 'owner' });
const blobCount = async () => (await readdir(path.join(root, 'blobs', 'sha256'))).length;
const { signal } = new AbortController();
const collectMain = fileURLToPath(new URL('./collect-main.ts', import.meta.url));

async function faults(): Promise<readonly string[]> {
  const known = await readKnownImages();
  const { findings } = await checkStore({
    root,
    expect: async () => ({
      images: await readBuiltImages(),
      needed: new Set(known.flatMap(({ blobs }) => blobs.map(({ digest }) => digest))),
    }),
    onProgress: () => {},
    signal,
  });
  return findings.filter(({ isFault }) => isFault).map(({ subject, what }) => `${subject}: ${what}`);
}

describe('a collection', () => {
  test('removes images that no build needed for too long, and nothing that others share with them', async () => {
    const old = makeImage(['base', 'old']);
    const young = makeImage(['base', 'young']);
    await build(scope, { store, image: old, daysAgo: 40 });
    await build(scope, { store, image: young, reference: 'r.test/app:2', daysAgo: 20 });
    const limits = { bytesMax: null, daysMax: 30 };
    expect(await planTally({ root, limits, graceMs: 0 })).toMatchObject({ images: 1, blobs: 3 });
    expect(await collect(root, { limits })).toMatchObject({ images: 1, blobs: 3 });
    expect(await missingOf(root, young)).toEqual([]);
    expect(await missingOf(root, old)).toHaveLength(3);
    expect((await readKnownImages()).map(({ digest }) => digest)).toEqual([young.record.digest]);
    expect(await collect(root, { limits })).toMatchObject({ images: 0, blobs: 0, freedBytes: 0 });
  });

  test('removes the least recently used until the store is small enough', async () => {
    const images = ['a', 'b', 'c'].map((name) => makeImage([name, `${name} too`]));
    for (const [index, image] of images.entries()) {
      await build(scope, { store, image, reference: `r.test/app:${index}`, daysAgo: index });
    }
    await collect(root, { limits: { bytesMax: 5_500, daysMax: null } });
    const missing = await Promise.all(images.map((image) => missingOf(root, image)));
    expect(missing.map(({ length }) => length)).toEqual([0, 0, 4]);
    expect((await readStoreFacts())?.layerBytes).toBe(4_000);
  });

  test('never takes what a build that has not ended needs, whatever the limits', async () => {
    const image = makeImage(['needed']);
    await build(scope, { store, image, daysAgo: 100 });
    const id = await beginBuild(scope, image);
    await prisma().storedImage.updateMany({ data: { usedAt: new Date(0) } });
    const everything = { limits: { bytesMax: 0, daysMax: 1 }, bytesToFree: 1e12 };
    await collect(root, everything);
    expect(await missingOf(root, image)).toEqual([]);
    await prisma().build.update({ where: { id }, data: { state: 'queued' } });
    await collect(root, everything);
    expect(await missingOf(root, image)).toEqual([]);
    await endBuild(id, 'failed');
    await collect(root, everything);
    expect(await missingOf(root, image)).toHaveLength(3);
  });

  test('spares an image that a build comes to need after it was condemned, and brings back what was out of sight', async () => {
    const image = makeImage(['late']);
    await build(scope, { store, image, daysAgo: 100 });
    // As a collection leaves it that was killed between hiding and asking.
    await prisma().storedImage.updateMany({ data: { condemnedAt: new Date() } });
    const [layer] = image.manifest.layers;
    const digest = layer?.digest ?? digestOf(Buffer.alloc(0));
    await mkdir(path.join(root, 'trash'));
    const hidden = path.join(root, 'trash', `2.${digest.replace(':', '-')}.0011223344556677`);
    await writeFile(hidden, 'late'.padEnd(1000, '.'));
    await rm(blobFile(root, digest));
    const id = await beginBuild(scope, image);
    await collect(root, { limits: { bytesMax: 0, daysMax: 1 } });
    expect(await missingOf(root, image)).toEqual([]);
    expect(await readdir(path.join(root, 'trash'))).toEqual([]);
    await endBuild(id, 'succeeded');
  });

  test('ends what a killed one began', async () => {
    const begun = makeImage(['begun', 'base']);
    const stays = makeImage(['stays', 'base']);
    await build(scope, { store, image: begun, daysAgo: 1 });
    await build(scope, { store, image: stays, reference: 'r.test/app:2' });
    await prisma().storedImage.update({
      where: { digest: begun.record.digest },
      data: { condemnedAt: new Date() },
    });
    await prisma().collection.create({ data: { reason: 'schedule', state: 'running' } });
    expect(await collect(root)).toMatchObject({ images: 1, blobs: 3 });
    expect(await missingOf(root, stays)).toEqual([]);
    const states = (await listCollections({ limit: 9 })).map(({ state, failure }) => [state, failure?.what]);
    expect(states).toEqual([
      ['done', undefined],
      ['failed', 'The collection was interrupted'],
    ]);
  });

  test('knows images again that the database has forgotten, from the builds and from the disk', async () => {
    const known = makeImage(['known']);
    const unknown = makeImage(['unknown']);
    await build(scope, { store, image: known, daysAgo: 3 });
    await bring(store, unknown);
    await writeFile(blobFile(root, digestOf(Buffer.from('loose'))), 'loose');
    await prisma().storedImage.deleteMany();
    const limits = { bytesMax: null, daysMax: 30 };
    const longAgo = new Date(Date.now() - 40 * 24 * 3_600_000);
    for (const bytes of unknown.contents) await utimes(blobFile(root, digestOf(bytes)), longAgo, longAgo);
    // Written this moment, so a grace of nothing has not passed for it.
    expect(await collect(root, { limits, graceMs: 60_000 })).toMatchObject({ images: 1, blobs: 3 });
    expect(await missingOf(root, known)).toEqual([]);
    const { rows } = await readStorage({ scope });
    expect(rows).toMatchObject([{ digest: known.record.digest, reference: 'r.test/app:1' }]);
    expect(await collect(root, { limits })).toMatchObject({ images: 0, blobs: 1 });
  });

  test('gives up downloads that stood still, sooner where room is needed', async () => {
    const make = async (name: string, hours: number) => {
      const folder = path.join(root, 'ingest', `sha256-${name.repeat(64)}.source`);
      await mkdir(folder, { recursive: true });
      const file = path.join(folder, 'partial-x');
      await writeFile(file, Buffer.alloc(500));
      const at = new Date(Date.now() - hours * 3_600_000);
      for (const each of [file, folder]) await utimes(each, at, at);
    };
    await make('a', 24 * 8);
    await make('b', 2);
    await make('c', 0);
    expect(await collect(root, { reason: 'schedule' })).toMatchObject({ partials: 1 });
    expect(await readStoreFacts()).toMatchObject({ partials: 2, partialBytes: 1000 });
    expect(await collect(root, { reason: 'room', bytesToFree: 1 })).toMatchObject({ partials: 1 });
    expect(await readdir(path.join(root, 'ingest'))).toHaveLength(1);
  });

  test('by the clock leaves a record only when it found something', async () => {
    await build(scope, { store, image: makeImage(['a']) });
    await collect(root, { reason: 'schedule' });
    expect(await listCollections({ limit: 9 })).toEqual([]);
    expect((await readStoreFacts())?.collectedAt).not.toBeNull();
    await collect(root, { reason: 'schedule', limits: { bytesMax: 0, daysMax: null } });
    expect(await listCollections({ limit: 9 })).toMatchObject([
      { state: 'done', reason: 'schedule', images: 1, blobs: 3 },
    ]);
  });

  test('that fails says why', async () => {
    const image = makeImage(['a']);
    await build(scope, { store, image, daysAgo: 100 });
    // Something is in the way of what has to be hidden.
    await writeFile(path.join(root, 'trash'), '');
    await expect(collect(root, { limits: { bytesMax: 0, daysMax: null } })).rejects.toThrow();
    expect(await listCollections({ limit: 9 })).toMatchObject([{ state: 'failed' }]);
    expect(await missingOf(root, image)).toEqual([]);
    await rm(path.join(root, 'trash'));
    expect(await collect(root, { limits: { bytesMax: 0, daysMax: null } })).toMatchObject({ images: 1 });
  });

  test('leaves the whole store valid when it and builds of the same images run at once', async () => {
    const images = Array.from({ length: 6 }, (_, index) =>
      makeImage([`l${index}`, `l${(index + 1) % 6}`, 'base']),
    );
    const builds = images.map(async (image, index) => {
      for (let round = 0; round < 4; round += 1) {
        const id = await beginBuild(scope, image, `r.test/app:${index}`);
        await bring(store, image);
        for (let missing = await missingOf(root, image); missing.length > 0; ) {
          await bring(store, image);
          missing = await missingOf(root, image);
        }
        await endBuild(id, round % 2 === 0 ? 'succeeded' : 'failed');
      }
    });
    let isBuilding = true;
    const collectors = [0, 1].map(async () => {
      while (isBuilding) {
        await withStoreLock({ url: database.url, isPatient: true, signal }, () =>
          collect(root, { limits: { bytesMax: 0, daysMax: null } }),
        );
      }
    });
    await Promise.all(builds);
    isBuilding = false;
    await Promise.all(collectors);
    expect(await faults()).toEqual([]);
  });
});

describe('collections in processes of their own', () => {
  const begin = (env: Readonly<Record<string, string>> = {}) =>
    spawnBound(process.execPath, [collectMain], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...{ PATH: process.env.PATH, NODE_ENV: 'production', DATABASE_URL: database.url },
        ...{ STORE_ROOT: root, ...env },
      },
    });

  test('killed anywhere they leave a valid store, and the next one ends what they began', async () => {
    const shared = makeImage(['shared']);
    await build(scope, { store, image: shared, reference: 'r.test/shared:1' });
    for (const blobsLeft of [190, 110, 20]) {
      const images = Array.from({ length: 4 }, (_, image) =>
        makeImage(['shared', ...Array.from({ length: 50 }, (_, layer) => `${image} ${layer}`)]),
      );
      for (const [index, image] of images.entries()) {
        await build(scope, { store, image, reference: `r.test/app:${index}`, daysAgo: 40 });
      }
      const child = begin();
      const exit = once(child, 'exit');
      while (child.exitCode === null && (await blobCount()) > blobsLeft) await nextTurn();
      child.kill('SIGKILL');
      await exit;
      // Whatever it had begun: no image that is there lacks a blob.
      expect(await faults()).toEqual([]);
      expect(await missingOf(root, shared)).toEqual([]);
      await collect(root, { limits: { bytesMax: null, daysMax: 30 } });
      expect(await faults()).toEqual([]);
      expect(await blobCount()).toBe(3);
      expect(await readdir(path.join(root, 'trash'))).toEqual([]);
    }
  });

  test('two at once do the work once', async () => {
    await build(scope, { store, image: makeImage(['a', 'b', 'c']), daysAgo: 40 });
    const outputs = await Promise.all(
      [begin(), begin()].map(async ({ stdout }) => (stdout === null ? '' : text(stdout))),
    );
    const blobs = outputs.map((output) => JSON.parse(output).blobs as number).toSorted();
    expect(blobs).toEqual([0, 5]);
  });
});

describe('who collects', () => {
  test('one at a time: another comes back at once, or waits', async () => {
    const lock = { url: database.url, signal };
    const taken = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const first = withStoreLock({ ...lock, isPatient: false }, () => {
      taken.resolve();
      return held.promise;
    });
    const order: string[] = [];
    await taken.promise;
    expect(await withStoreLock({ ...lock, isPatient: false }, async () => 'free')).toBe('busy');
    const patient = withStoreLock({ ...lock, isPatient: true }, async () => order.push('patient'));
    order.push('first');
    held.resolve();
    await Promise.all([first, patient]);
    expect(order).toEqual(['first', 'patient']);
  });

  test('learns when the lock is lost with its connection', async () => {
    const lock = { url: database.url, isPatient: false, signal };
    await withStoreLock(lock, async (lost) => {
      await prisma().$queryRaw`
        SELECT pg_terminate_backend(pid)::text FROM pg_locks
        WHERE locktype = 'advisory' AND objid = 7395021
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
      await new Promise<void>((resolve) => {
        if (lost.aborted) resolve();
        lost.addEventListener('abort', () => resolve());
      });
    });
  });

  test('members cannot ask for it; owners can, and asking twice is asking once', async () => {
    await expect(requestCollection({ scope })).rejects.toMatchObject({ kind: 'denied' });
    await requestCollection({ scope: asOwner() });
    await requestCollection({ scope: asOwner() });
    expect(await listCollections({ limit: 9 })).toMatchObject([
      { state: 'queued', reason: 'asked', requestedBy: scope.userName },
    ]);
    expect(await collect(root, { reason: 'asked' })).toMatchObject({ blobs: 0 });
    expect(await listCollections({ limit: 9 })).toMatchObject([{ state: 'done' }]);
    expect(await collect(root, { reason: 'asked' })).toBeNull();
  });
});

describe('the storage page', () => {
  test('shows a workspace its own images and what they share, and nothing of another', async () => {
    const other = await makeWorkspace();
    const app = makeImage(['base', 'app']);
    const tool = makeImage(['base', 'tool']);
    await build(scope, { store, image: app, reference: 'r.test/app:1', daysAgo: 40 });
    await build(scope, { store, image: tool, reference: 'r.test/tool:1' });
    await build(other, { store, image: makeImage(['base', 'theirs']), reference: 'r.test/theirs:1' });
    await collect(root, { reason: 'schedule', limits: { bytesMax: null, daysMax: 60 } });

    const page = await readStorage({ scope });
    expect(page.rows.map(({ reference }) => reference).toSorted()).toEqual(['r.test/app:1', 'r.test/tool:1']);
    expect(JSON.stringify(page)).not.toContain('theirs');
    expect(page.rows[0]?.layers.map(({ images }) => images)).toEqual([2, 1]);
    expect(page.server).toBeNull();
    expect(page.sharing).toMatchObject({ images: 2, repositories: 2, builds: 2 });
    expect(page.sharing.apartBytes - page.sharing.storedBytes).toBe(1000);

    const owner = await readStorage({ scope: asOwner() });
    expect(owner.limits).toEqual({ bytesMax: null, daysMax: 60 });
    expect(owner.server?.facts).toMatchObject({ blobs: 10, layerBytes: 4000, looseBytes: 0 });
    expect(owner.server?.due).toEqual({ images: 0, freedBytes: 0 });
  });

  test('shows an image that steps copied from under its own reference', async () => {
    const [base, python] = [makeImage(['base']), makeImage(['python'])];
    const id = await beginBuild(scope, base);
    const reference = 'docker.io/library/python:3.12';
    await transaction((tx) => holdImage(tx, { buildId: id, image: { ...python.record, reference } }));
    for (const image of [base, python]) await bring(store, image);
    await endBuild(id, 'succeeded');
    const { rows } = await readStorage({ scope });
    expect(new Map(rows.map((row) => [row.digest, row]))).toMatchObject(
      new Map([
        [base.record.digest, { reference: 'r.test/app:1', made: null }],
        [python.record.digest, { reference, made: null }],
      ]),
    );
  });

  test('tells what steps made from the base, and for which image', async () => {
    const [base, first, last] = [
      makeImage(['base']),
      makeImage(['base', 'a']),
      makeImage(['base', 'a', 'b']),
    ];
    const id = await beginBuild(scope, base);
    await prisma().build.update({
      where: { id },
      data: { imageName: 'tools', resultDigest: last.record.digest },
    });
    for (const image of [first, last]) {
      await transaction((tx) => holdImage(tx, { buildId: id, image: image.record }));
      await bring(store, image);
    }
    await endBuild(id, 'succeeded');
    const made = new Map(
      (await readStorage({ scope })).rows.map(({ digest, made, reference }) => [digest, { made, reference }]),
    );
    const reference = 'r.test/app:1';
    expect(made.get(base.record.digest)).toEqual({ reference, made: null });
    expect(made.get(first.record.digest)).toEqual({ reference, made: { kind: 'step', imageName: 'tools' } });
    expect(made.get(last.record.digest)).toEqual({ reference, made: { kind: 'result', imageName: 'tools' } });
  });

  test('says which image goes next and why', async () => {
    const image = makeImage(['old']);
    await build(scope, { store, image, daysAgo: 40 });
    await collect(root, { reason: 'schedule' });
    await prisma().storeState.update({ where: { id: 1 }, data: { daysMax: 30 } });
    expect((await readStorage({ scope })).rows).toMatchObject([{ due: 'age', isHeld: false }]);
    const id = await beginBuild(scope, image);
    expect((await readStorage({ scope })).rows).toMatchObject([{ due: null, isHeld: true }]);
    await endBuild(id, 'succeeded');
  });
});

test('a hold that comes while its image is being forgotten keeps the record', async () => {
  const image = makeImage(['a']);
  await build(scope, { store, image, daysAgo: 1 });
  await prisma().storedImage.updateMany({ data: { condemnedAt: new Date() } });
  const id = await beginBuild(scope, image);
  await Promise.all([
    transaction((tx) => holdImage(tx, { buildId: id, image: image.record })),
    collect(root, { limits: { bytesMax: 0, daysMax: null } }),
  ]);
  expect(await missingOf(root, image)).toEqual([]);
  expect((await stat(blobFile(root, image.record.digest))).isFile()).toBe(true);
  expect(await blobCount()).toBe(3);
});

describe('an image on loan', () => {
  const limits = { bytesMax: null, daysMax: 30 };
  const lend = async (image: ReturnType<typeof makeImage>) => {
    const loan = await borrowImage({ digest: image.record.digest });
    // Lending counts as need; here the loan alone has to keep it.
    await prisma().storedImage.updateMany({ data: { usedAt: new Date(0) } });
    return loan;
  };

  test('stays until the loan ends', async () => {
    const image = makeImage(['lent']);
    await build(scope, { store, image, daysAgo: 40 });
    const loan = await lend(image);
    expect(await collect(root, { limits })).toMatchObject({ images: 0, blobs: 0 });
    expect(await missingOf(root, image)).toEqual([]);
    await loan?.end();
    expect(await collect(root, { limits })).toMatchObject({ images: 1, blobs: 3 });
  });

  test('goes when whoever borrowed it was killed and the loan has run out, and its row goes too', async () => {
    const image = makeImage(['lent']);
    await build(scope, { store, image, daysAgo: 40 });
    const loan = await lend(image);
    await prisma().imageLoan.updateMany({ data: { until: new Date(Date.now() - 1) } });
    expect(await collect(root, { limits })).toMatchObject({ images: 1 });
    expect(await prisma().imageLoan.count()).toBe(0);
    await loan?.end();
  });

  test('is not to be had while it is being removed', async () => {
    const image = makeImage(['lent']);
    await build(scope, { store, image });
    await prisma().storedImage.updateMany({ data: { condemnedAt: new Date() } });
    expect(await borrowImage({ digest: image.record.digest })).toBeNull();
    expect(await collect(root)).toMatchObject({ images: 1 });
  });
});
