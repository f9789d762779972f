import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countBuilds, listBuilds, neighbours } from '#lib/builds/data.ts';
import { historyQuery } from '#lib/builds/history-query.ts';
import { matchesSearch, readSearch } from '#lib/builds/history-search.ts';
import { closeDatabase, configureDatabase, Prisma, prisma } from '#lib/db/client.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { makeWorkspace } from './workspace.ts';

const buildsCount = 100_000;

let database: TestDatabase;
let scope: Scope;

/** 100,000 builds: every hundredth failed, five run, four wait; one repository is rare, and two images have names. Beside them another workspace. */
beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  scope = await makeWorkspace();
  const { workspaceId: other } = await makeWorkspace();
  for (const [workspaceId, count] of [
    [scope.workspaceId, buildsCount],
    [other, 1_000],
  ] as const) {
    await prisma().$executeRaw`
      INSERT INTO build (id, workspace_id, number, state, reference, platform, requested_by, requester_name, ended_at,
                         base_digest, index_digest, result_digest, image_name)
      SELECT gen_random_uuid(), ${workspaceId}::uuid, n, state::build_state,
             CASE WHEN n = 77 THEN 'ghcr.io/rare_case/needle:1' ELSE 'docker.io/team-' || n % 50 || '/app:' || n END,
             'linux/amd64', 'ines', 'Ines', CASE WHEN state IN ('running', 'queued') THEN NULL ELSE now() END,
             'sha256:' || encode(sha256(convert_to('base' || n, 'UTF8')), 'hex'),
             'sha256:' || encode(sha256(convert_to('index' || n, 'UTF8')), 'hex'),
             'sha256:' || encode(sha256(convert_to('result' || n, 'UTF8')), 'hex'),
             CASE WHEN n = 88 THEN 'ml-training' WHEN n % 3 = 0 THEN 'web' END
      FROM (SELECT n, CASE WHEN n > ${count}::int - 4 THEN 'queued' WHEN n > ${count}::int - 9 THEN 'running'
                           WHEN n % 100 = 0 THEN 'failed' ELSE 'succeeded' END AS state
            FROM generate_series(1, ${count}::int) AS n) AS made`;
    await prisma().workspace.update({ where: { id: workspaceId }, data: { buildNumber: count } });
  }
  // Of every row: what a sample says, and with it what the planner chooses, differs from run to run.
  await prisma().$transaction([
    prisma().$executeRaw`SET LOCAL default_statistics_target = 10000`,
    prisma().$executeRaw`ANALYZE build`,
  ]);
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const numbersOf = async (filter: Omit<Parameters<typeof listBuilds>[0], 'scope'>) =>
  (await listBuilds({ scope, ...filter })).rows.map(({ number }) => number);

describe('pages', () => {
  test('follow each other without gap or overlap', async () => {
    const first = await listBuilds({ scope, limit: 50 });
    expect(first.rows.map(({ number }) => number)).toEqual(
      Array.from({ length: 50 }, (_, index) => buildsCount - index),
    );
    const second = await listBuilds({ scope, limit: 50, before: first.next ?? 0 });
    expect(second.rows[0]?.number).toBe(buildsCount - 50);
  });

  test('end where the history ends', async () => {
    const last = await listBuilds({ scope, limit: 50, before: 51 });
    expect(last.rows).toHaveLength(50);
    expect(last.next).toBeNull();
  });

  test('of one status hold no other', async () => {
    expect(await numbersOf({ status: 'failed', limit: 3, before: 301 })).toEqual([300, 200, 100]);
    expect(await numbersOf({ status: 'queued', limit: 10 })).toHaveLength(4);
    expect(await numbersOf({ status: 'cancelled', limit: 10 })).toEqual([]);
  });
});

describe('text', () => {
  const digestOf = async (column: 'base' | 'index' | 'result', number: number) => {
    const [row] = await prisma().$queryRaw<{ digest: string }[]>`
      SELECT 'sha256:' || encode(sha256(convert_to(${column} || ${number}::int, 'UTF8')), 'hex') AS digest`;
    return row?.digest ?? '';
  };

  test.each([
    ['a part of the reference', 'needle', [77]],
    ['in any case', 'NEEDLE:1', [77]],
    ['a part of an image’s name', 'training', [88]],
    ['a number', '#4321', [4321]],
    ['a number that is none yet', '#99999999999999', []],
    ['no wildcard: _ is _', 'rare_case', [77]],
    ['no wildcard: % is %', '%', []],
    ['no wildcard: \\ is \\', 'rare\\_case', []],
    ['nothing of another workspace', 'app:100001', []],
    ['a NUL', 'nee\0dle', [77]],
  ])('finds %s', async (_, text, numbers) => {
    expect(await numbersOf({ text, limit: 10 })).toEqual(numbers);
  });

  test.each([
    ['', 3],
    [' needle ', 77],
    ['NEEDLE', 77],
    ['rare_case', 77],
    ['rare%case', 77],
    ['raining', 88],
    ['ML-TRAINING', 88],
    ['web', 3],
    ['#77', 77],
    ['#88', 77],
    ['#99999999999999', 77],
    ['nee\0dle', 77],
    ['\ud800', 77],
    ['x'.repeat(600), 77],
    ['base', 3],
    ['index', 3],
    ['result', 3],
    ['none of these', 3],
  ])('of a row that comes in live means the same as in the query: %s, row %d', async (written, number) => {
    const digest = ['base', 'index', 'result'].includes(written)
      ? await digestOf(written as 'base' | 'index' | 'result', number)
      : null;
    const texts =
      digest === null ? [written] : [digest, digest.slice(0, 20), digest.slice(7, 14).toUpperCase()];
    const [row] = (await listBuilds({ scope, before: number + 1, limit: 1 })).rows;
    if (row === undefined) throw new Error(`No build ${number}`);
    for (const text of texts) {
      const found = await numbersOf({ text, before: number + 1, limit: 1 });
      expect(matchesSearch(row, readSearch(text))).toBe(found.includes(number));
    }
  });

  test('finds a digest by its beginning, with and without its algorithm', async () => {
    for (const column of ['base', 'index', 'result'] as const) {
      const digest = await digestOf(column, 555);
      expect(await numbersOf({ text: digest.slice(0, 19), limit: 10 })).toEqual([555]);
      expect(await numbersOf({ text: digest.slice(7, 27).toUpperCase(), limit: 10 })).toEqual([555]);
    }
  });

  test('with a status holds both', async () => {
    expect(await numbersOf({ text: 'team-0/', status: 'failed', limit: 2, before: 1000 })).toEqual([
      900, 800,
    ]);
  });
});

test('an image has its builds, and none of others with a similar name', async () => {
  expect(await numbersOf({ image: 'ml-training', limit: 10 })).toEqual([88]);
  expect(await numbersOf({ image: 'training', limit: 10 })).toEqual([]);
  expect(await numbersOf({ image: 'web', status: 'failed', limit: 2, before: 1000 })).toEqual([900, 600]);
});

describe('an index serves', () => {
  const planOf = async (filter: Partial<Parameters<typeof historyQuery>[0]>) => {
    const query = historyQuery({ workspaceId: scope.workspaceId, limit: 51, ...filter });
    const rows = await prisma().$queryRaw<Record<string, string>[]>(Prisma.sql`EXPLAIN ${query}`);
    return rows.map((row) => Object.values(row)[0]).join('\n');
  };

  test.each([
    ['the newest page', {}],
    ['an old page', { before: 500 }],
    ['each status', { status: 'failed' }],
    ['a status with few builds', { status: 'running' }],
    ['a status with none', { status: 'cancelled' }],
    ['common text', { text: 'team-7' }],
    ['rare text', { text: 'needle' }],
    ['text that nothing has', { text: 'no-such-image' }],
    ['the name of an image', { text: 'training' }],
    ['a name that many builds have', { text: 'web' }],
    ['a digest', { text: 'sha256:0123456789ab' }],
    ['a number', { text: '#1234' }],
    ['an image', { image: 'ml-training' }],
    ['an image with many builds', { image: 'web' }],
    ['an image that there is none of', { image: 'no-such-image' }],
    ['text and status', { text: 'needle', status: 'failed' }],
  ] as const)('%s', async (_, filter) => {
    const plan = await planOf(filter);
    expect(plan).toContain('Index');
    expect(plan).not.toContain('Seq Scan on build');
  });
});

test('counts tell every state', async () => {
  expect(await countBuilds({ scope })).toEqual({ all: buildsCount, running: 5, failed: 999, queued: 4 });
});

test('neighbours are the older and the newer build, and there is an end on both sides', async () => {
  expect(await neighbours({ scope, number: 500 })).toEqual({ previous: 499, next: 501 });
  expect(await neighbours({ scope, number: 1 })).toEqual({ previous: null, next: 2 });
  expect(await neighbours({ scope, number: buildsCount })).toEqual({ previous: buildsCount - 1, next: null });
});
