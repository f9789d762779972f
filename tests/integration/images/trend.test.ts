import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBuildBefore, outlineBuild } from '#lib/builds/data.ts';
import { buildBeforeQuery } from '#lib/builds/history-query.ts';
import { closeDatabase, configureDatabase, Prisma, prisma, transaction } from '#lib/db/client.ts';
import { getImage, readTrend, trendQuery } from '#lib/images/data.ts';
import { saveImage } from '#lib/images/mutations.ts';
import { definitionSchema } from '#lib/images/schema.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { makeWorkspace } from '../builds/workspace.ts';

let database: TestDatabase;
let scope: Scope;
let imageId: string;
const reference = 'docker.io/library/python:3.12';

/** 60,000 builds, every hundredth of which is of the image; every tenth of those failed, and every second came from the cache. */
beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  scope = await makeWorkspace();
  const { id } = await prisma().user.create({
    data: { id: randomUUID(), name: scope.userName, email: 'ines@halden.test' },
  });
  const person = { ...scope, userId: id } as Scope;
  const definition = definitionSchema.parse({
    source: 'from_registry',
    reference,
    steps: [
      { kind: 'env', variables: { A: '1' } },
      { kind: 'run_commands', commands: ['make'] },
    ],
  });
  await transaction((tx) => saveImage(tx, { scope: person, name: 'ml', definition, basedOn: null }));
  imageId = (await getImage({ scope, name: 'ml' })).id;
  await prisma().$executeRaw`
    INSERT INTO build (id, workspace_id, number, state, reference, platform, image_id, image_name, image_revision,
                       requested_by, requester_name, started_at, ended_at, pull_ms, steps_ms, step_count, steps_cached,
                       total_bytes, result_bytes)
    SELECT gen_random_uuid(), ${scope.workspaceId}::uuid, n,
           (CASE WHEN n % 1000 = 0 THEN 'failed' ELSE 'succeeded' END)::build_state, ${reference}, 'linux/amd64',
           CASE WHEN n % 100 = 0 THEN ${imageId}::uuid END, CASE WHEN n % 100 = 0 THEN 'ml' END,
           CASE WHEN n % 100 = 0 THEN 1 END, 'ines', 'Ines', now(), now() + interval '48 seconds', 12000, 30000,
           2, CASE WHEN n % 200 = 0 THEN 2 ELSE 1 END, 100, CASE WHEN n % 1000 = 0 THEN NULL ELSE 1000 + n END
    FROM generate_series(1, 60000) AS n`;
  // Of every row: what a sample says, and with it what the planner chooses, differs from run to run.
  await prisma().$transaction([
    prisma().$executeRaw`SET LOCAL default_statistics_target = 10000`,
    prisma().$executeRaw`ANALYZE build`,
  ]);
});
afterAll(async () => {
  await closeDatabase();
  await database?.drop();
});

test('the newest two hundred builds of an image, oldest first, and the hits of its steps', async () => {
  const { builds, steps } = await readTrend(await getImage({ scope, name: 'ml' }));
  expect(builds).toHaveLength(200);
  expect(builds[0]?.number).toBe(40_100);
  expect(builds.at(-1)).toMatchObject({ number: 60_000, state: 'failed', sizeBytes: null });
  expect(builds.at(-2)).toEqual({
    number: 59_900,
    state: 'succeeded',
    createdAt: expect.stringMatching(/Z$/),
    tookMs: 48_000,
    pullMs: 12_000,
    stepsMs: 30_000,
    sizeBytes: 60_900,
    stepCount: 2,
    stepsCached: 1,
  });
  expect(steps).toEqual([
    { title: 'env A', hits: 200, builds: 200 },
    { title: 'run_commands make', hits: 100, builds: 200 },
  ]);
});

test('the build before is the last of the same image that came to one', async () => {
  expect(await findBuildBefore({ scope, number: 60_000 })).toBe(59_900);
  expect(await findBuildBefore({ scope, number: 59_100 })).toBe(58_900);
  expect(await findBuildBefore({ scope, number: 100 })).toBeNull();
  // Without an image the same reference counts, and no build of an image does.
  expect(await findBuildBefore({ scope, number: 59_901 })).toBe(59_899);
  const other = await makeWorkspace();
  expect(await findBuildBefore({ scope: other, number: 59_901 })).toBeNull();
  await expect(outlineBuild({ scope: other, number: 59_901 })).rejects.toThrow('build');
});

describe('an index serves', () => {
  const planOf = async (query: Prisma.Sql) => {
    const rows = await prisma().$queryRaw<Record<string, string>[]>(Prisma.sql`EXPLAIN ${query}`);
    return rows.map((row) => Object.values(row)[0]).join('\n');
  };

  test.each([
    ['the trend', () => trendQuery(imageId)],
    [
      'the build before, of an image',
      () => buildBeforeQuery({ ...scope, imageId, reference, number: 50_000 }),
    ],
    [
      'the build before, without one',
      () =>
        buildBeforeQuery({ ...scope, imageId: null, reference: 'docker.io/library/rare:1', number: 50_000 }),
    ],
  ])('%s', async (_, query) => {
    const plan = await planOf(query());
    expect(plan).toMatch(/Index (?:Only )?Scan/);
    expect(plan).not.toContain('Seq Scan');
  });
});
