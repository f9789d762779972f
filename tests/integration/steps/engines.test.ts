import { readdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listWorkers, whyNoEngine } from '#lib/builds/workers.ts';
import { testFolder } from '#tests/support/folder.ts';
import { until, type Yard } from '../worker/yard.ts';
import { openStepYard, runs, type StepYard } from './step-yard.ts';

let steps: StepYard;
let yard: Yard;

beforeAll(async () => {
  steps = await openStepYard();
  yard = steps.yard;
});
afterAll(() => steps?.close());

const build = async (word: string) => steps.ended(await steps.start(runs(`echo ${word} > /word`)));

const engineNames = async () =>
  (await listWorkers()).map(({ engine }) => engine?.facts?.name ?? 'none').sort();

test('workers with and without an engine', async () => {
  const bare = await yard.startWorker({ slots: 1, env: { SLIPWAY_ENGINE: 'none' } });
  await until(async () => (await engineNames()).join() === 'none');
  expect(await whyNoEngine()).toMatchObject({ why: 'SLIPWAY_ENGINE is none.' });

  // Where none has one, a build with steps fails before anything is pulled for it, and says what is missing.
  const refused = await build('one');
  expect(refused.error).toMatchObject({ code: 'no_engine' });
  expect(refused.error?.why).toContain('SLIPWAY_ENGINE is none.');
  const states = Object.fromEntries(refused.stages.map(({ name, state }) => [name, state]));
  expect(states).toMatchObject({ resolve: 'done', pull: 'not_reached', steps: 'failed' });
  expect(refused.facts.fetchedBytes).toBeUndefined();

  // Where one has, it gets the builds with steps, and the other one none of them.
  const equipped = await yard.startWorker({ slots: 1 });
  await until(async () => (await engineNames()).join() === 'Buildah,none');
  expect(await whyNoEngine()).toBeNull();
  const views = await Promise.all(['one', 'two', 'three'].map(build));
  expect(
    views.map(({ error }) => error),
    equipped.output(),
  ).toEqual([null, null, null]);

  // What is kept needs no engine.
  await equipped.stop();
  await until(async () => (await engineNames()).join() === 'none');
  const cached = await build('two');
  expect(cached.error).toBeNull();
  expect(cached.steps.map(({ state }) => state)).toEqual(['cached']);
  await bare.stop();
});

test('a worker finds an engine that is installed after it started', async () => {
  const programs = await programsWithout('buildah');
  await yard.startWorker({ slots: 1, env: { PATH: programs } });
  await until(async () => (await engineNames()).join() === 'none');
  expect((await build('four')).error?.why).toContain('Buildah is not installed.');
  await symlink('/usr/bin/buildah', path.join(programs, 'buildah'));
  await until(async () => (await engineNames()).join() === 'Buildah');
  expect((await build('four')).error).toBeNull();
});

/** A folder with all programs of this machine but one. */
async function programsWithout(missing: string): Promise<string> {
  const folder = await testFolder();
  for (const from of ['/usr/bin', '/usr/sbin']) {
    const names = (await readdir(from)).filter((name) => name !== missing);
    await Promise.all(
      names.map((name) => symlink(path.join(from, name), path.join(folder, name)).catch(() => {})),
    );
  }
  return folder;
}
