import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getBuild, tailLinesMax } from '#lib/builds/data.ts';
import { readEvents } from '#lib/builds/events.ts';
import { paint } from '#lib/builds/log/ansi.ts';
import { downloadLog, logMatchesMax, readLog, searchLog } from '#lib/builds/log/data.ts';
import { logBytesMax } from '#lib/builds/log/log-lines.ts';
import { startBuild } from '#lib/builds/mutations.ts';
import { claimBuild, loseAttempt, writeAttempt } from '#lib/builds/queue.ts';
import type { BuildEvent } from '#lib/builds/schema.ts';
import { emptyView, foldEvents } from '#lib/builds/view.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { makeWorkspace } from './workspace.ts';

let database: TestDatabase;
let scope: Scope;

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  scope = await makeWorkspace();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const workerId = '00000000-0000-4000-8000-000000000001';
const log = (stage: 'resolve' | 'pull', ...lines: string[]): BuildEvent => ({
  kind: 'log',
  stage,
  level: 'info',
  text: lines.join('\n'),
});

/** A running build with these events. */
async function buildWith(...batches: BuildEvent[][]) {
  const { number } = await startBuild({
    scope,
    input: { reference: 'debian:12', platform: 'linux/amd64', secretName: null },
  });
  const attempt = await claimBuild({ workerId });
  if (attempt === null) throw new Error('nothing to claim');
  let after = attempt.head;
  for (const events of batches) after = (await writeAttempt(attempt, { events, after })).head;
  return { number, attempt };
}

const textOf = (lines: readonly { readonly line: number; readonly text: string }[]) =>
  lines.map(({ line, text }) => `${line} ${text}`);

describe('a log', () => {
  test('gives any range of lines, across chunks', async () => {
    const { number } = await buildWith(
      [log('resolve', 'a', 'b')],
      [log('pull', 'c')],
      [log('pull', 'd', 'e', 'f')],
    );
    const read = (fromLine: number, limit: number) => readLog({ scope, number, fromLine, limit });
    expect(textOf(await read(1, 100))).toEqual(['1 a', '2 b', '3 c', '4 d', '5 e', '6 f']);
    expect(textOf(await read(2, 3))).toEqual(['2 b', '3 c', '4 d']);
    expect(textOf(await read(5, 1))).toEqual(['5 e']);
    expect(textOf(await read(-7, 1))).toEqual(['1 a']);
    expect(await read(7, 10)).toEqual([]);
    expect((await read(3, 1))[0]).toMatchObject({ stage: 'pull', level: 'info' });
  });

  test('of long lines comes in answers of bounded size, and whole', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(60_000)}`);
    const { number } = await buildWith(...lines.map((line) => [log('pull', line)]));
    const seen: string[] = [];
    let answers = 0;
    while (seen.length < lines.length) {
      const part = await readLog({ scope, number, fromLine: seen.length + 1, limit: 100 });
      expect(part.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(logBytesMax);
      seen.push(...part.map(({ text }) => text));
      answers += 1;
    }
    expect(seen).toEqual(lines);
    expect(answers).toBeGreaterThan(1);
  });

  test('is downloaded whole, without colours', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `${paint('green', 'line')} ${index}`);
    const batches = Array.from({ length: 50 }, (_, index) => [
      log('pull', ...lines.slice(index * 100, index * 100 + 100)),
    ]);
    const { number } = await buildWith(...batches);
    let text = '';
    for await (const chunk of await downloadLog({ scope, number })) text += chunk;
    expect(text).toBe(`${Array.from({ length: 5_000 }, (_, index) => `line ${index}`).join('\n')}\n`);
  });
});

describe('a search', () => {
  test('finds lines by any case, through colours, and takes nothing as a pattern', async () => {
    const { number } = await buildWith(
      [log('resolve', 'GET manifest', `${paint('green', 're')}used 100%`)],
      [log('pull', 'a.b', 'axb', 'a_b')],
    );
    const find = async (query: string) =>
      (await searchLog({ scope, number, query })).matches.map(({ line }) => line);
    expect(await find('get MANI')).toEqual([1]);
    expect(await find('reused')).toEqual([2]);
    expect(await find('100%')).toEqual([2]);
    expect(await find('a.b')).toEqual([3]);
    expect(await find('a_b')).toEqual([5]);
    expect(await find('')).toEqual([]);
    expect(await find('[32m')).toEqual([]);
    expect((await searchLog({ scope, number, query: 'axb' })).matches).toEqual([{ line: 4, stage: 'pull' }]);
  });

  test('is bounded and says so', async () => {
    const thousand = log('pull', ...Array.from({ length: 1_000 }, () => 'x'));
    const { number } = await buildWith(...Array.from({ length: 10 }, () => [thousand]), [log('pull', 'x')]);
    const { matches, isComplete } = await searchLog({ scope, number, query: 'x' });
    expect(matches).toHaveLength(logMatchesMax);
    expect(matches.at(-1)?.line).toBe(logMatchesMax);
    expect(isComplete).toBe(false);
  });
});

describe('the first view of a page', () => {
  test('is the fold of every event, after a lost attempt too, and holds the end of the log', async () => {
    const { number, attempt } = await buildWith(
      [{ kind: 'stage', stage: 'resolve', state: 'running' }, log('resolve', 'a', 'b')],
      [
        { kind: 'stage', stage: 'resolve', state: 'done' },
        log('pull', 'c'),
        { kind: 'progress', layers: [], bytesPerSecond: 1 },
      ],
      [log('pull', ...Array.from({ length: tailLinesMax }, (_, index) => `d${index}`))],
    );
    await loseAttempt(attempt, { what: 'gone' });
    const next = await claimBuild({ workerId });
    if (next === null) throw new Error('nothing to claim');
    await writeAttempt(next, { events: [log('resolve', 'again')], after: next.head });
    const { view, tail } = await getBuild({ scope, number });
    const events = await readEvents(prisma(), { buildId: attempt.id, after: 0, limit: 1_000 });
    expect(view).toEqual(foldEvents(emptyView, events));
    expect(view).toMatchObject({ attempt: 2, logLines: tailLinesMax + 4 });
    expect(tail).toHaveLength(tailLinesMax);
    expect(tail.at(-1)).toMatchObject({ line: tailLinesMax + 4, text: 'again' });
  });
});
