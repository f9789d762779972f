import { access } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { splitDigest } from '#lib/oci/digest.ts';
import { checkStore } from '#lib/store/check-store.ts';
import { listCollections, readBuiltImages, readKnownImages } from '#lib/store/data.ts';
import { requestCollection } from '#lib/store/mutations.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { runProgram } from '#tests/support/bound-process.ts';
import { type PushedImage, pushImage } from '#tests/support/images.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import { type SlowRegistry, startSlowRegistry } from './slow-registry.ts';
import { openYard, reached, start, until, type Yard } from './yard.ts';

let database: TestDatabase;
let registry: TestRegistry;
let line: SlowRegistry;
let yard: Yard;
let scope: Scope;
let root: string;
const fast = 500_000_000;

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  registry = await startRegistry({ auth: 'none' });
  line = await startSlowRegistry({ upstream: registry.url, bytesPerSecond: fast });
  yard = await openYard({ database, endpoint: line.url });
  root = path.join(yard.dataFolder, 'store');
  scope = await makeWorkspace();
  await yard.startWorker();
});
afterAll(async () => {
  await yard?.close();
  await line?.stop();
  await registry?.stop();
  await closeDatabase();
  await database?.drop();
});

const asOwner = (): Scope => ({ ...scope, role: 'owner' });
const { signal } = new AbortController();

/** `slipway store …` on this installation, beside its workers. */
const slipway = (...words: readonly string[]) =>
  runProgram(process.execPath, [cli, 'store', ...words], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      DATABASE_URL: database.url,
      SLIPWAY_DATA: yard.dataFolder,
      SLIPWAY_STORE_DAYS_MAX: 'none',
    },
  });

const cli = fileURLToPath(new URL('../../../lib/cli/main.ts', import.meta.url));

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

const push = (repository: string, layers: readonly number[]) =>
  pushImage({ registry, repository, tag: '1', layers });

async function buildOf(repository: string): Promise<void> {
  const { view } = await reached(scope, await start(scope, `${repository}:1`), ['succeeded', 'failed']);
  expect(view.error).toBeNull();
}

/** Makes every image look unused for a long time, as the clock would. */
async function age(): Promise<void> {
  await prisma().storedImage.updateMany({ data: { usedAt: new Date(Date.now() - 40 * 24 * 3_600_000) } });
}

const isThere = (image: PushedImage) =>
  Promise.all(
    [image, image.config, ...image.layers].map(({ digest }) => {
      const { algorithm, hex } = splitDigest(digest);
      return access(path.join(root, 'blobs', algorithm, hex)).then(
        () => true,
        () => false,
      );
    }),
  );

describe('a store that workers share', () => {
  test('loses nothing to a collection that runs while a slow pull reuses and fetches', async () => {
    const first = await push('team/first', [40_000, 300]);
    await buildOf('team/first');
    // The next image shares a layer with the first, and its other layer comes slowly.
    const shared = await pushImage({
      registry,
      repository: 'team/second',
      tag: '1',
      layers: [40_000, 900_000].map((bytes, index) => bytes + index),
    });
    line.bytesPerSecond = 60_000;
    const before = line.sentBytes;
    const number = await start(scope, 'team/second:1');
    await until(() => line.sentBytes - before > 100_000);
    // What is left takes minutes, however long a collection does.
    line.bytesPerSecond = 5_000;
    await age();
    const output = await slipway('gc', '--bytes-max', '0', '--json');
    // The first image goes; whatever the running build holds stays.
    expect(JSON.parse(output)).toMatchObject({ images: 1 });
    expect(await isThere(first)).toContain(false);
    line.bytesPerSecond = fast;
    const { view } = await reached(scope, number, ['succeeded', 'failed']);
    expect(view.error).toBeNull();
    expect(await isThere(shared)).not.toContain(false);
    expect(await faults()).toEqual([]);
  });

  test('a build fetches again what was collected, and by itself notices that it is there no more', async () => {
    const image = await push('team/again', [5_000, 6_000]);
    await buildOf('team/again');
    await age();
    await slipway('gc', '--bytes-max', '0');
    expect(await isThere(image)).not.toContain(true);
    await buildOf('team/again');
    expect(await isThere(image)).not.toContain(false);
    expect(await faults()).toEqual([]);
  });

  test('a worker collects when an owner asks, and tells what it did', async () => {
    await push('team/asked', [2_000]);
    await buildOf('team/asked');
    await age();
    await requestCollection({ scope: asOwner() });
    await until(async () => (await listCollections({ limit: 1 }))[0]?.state === 'done');
    const [newest] = await listCollections({ limit: 1 });
    expect(newest).toMatchObject({ reason: 'asked', requestedBy: scope.userName });
    // By the setting's thirty days.
    expect(newest?.images).toBeGreaterThanOrEqual(1);
    expect(await readKnownImages()).toEqual([]);
  });

  test('is checked from the command line', async () => {
    await push('team/checked', [1_000]);
    await buildOf('team/checked');
    expect(await slipway('check')).toMatch(/^Checked 3 blobs, .* and 1 image: all is well\.\n$/);
    expect(await slipway('gc', '--dry-run')).toBe('Nothing to remove.\n');
  });
});
