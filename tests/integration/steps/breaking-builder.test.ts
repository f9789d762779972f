import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startDockerEngine } from '#tests/support/docker-engine.ts';
import { openBuildkit, type TestEngine } from '#tests/support/engines.ts';
import { openStepYard, runs, type StepYard, unmount } from './step-yard.ts';

/** The base and what a builder needs for itself take a tenth of it. */
const diskBytes = 100_000_000;

let engine: TestEngine;
let steps: StepYard;
const mounted: string[] = [];

beforeAll(async () => {
  engine = await openBuildkit(await startDockerEngine({ diskBytes }));
  steps = await openStepYard();
});
afterEach(async () => {
  await steps.yard.stopWorkers();
  for (const folder of mounted.splice(0)) unmount(folder);
});
afterAll(async () => {
  await steps?.close();
  await engine?.stop();
});

const startWorker = () => steps.yard.startWorker({ env: engine.environment });

test('a step that fills the disk of the builder says so, and the next one has its room', async () => {
  await startWorker();
  for (let turn = 0; turn < 2; turn += 1) {
    const view = await steps.ended(await steps.start(runs('cat /dev/zero > /big')));
    expect(view.error).toMatchObject({ code: 'step_failed', what: 'A command ended with exit code 1' });
    expect(view.error?.why).toMatch(/Its last words: cat: write error: No space left on device$/);
    expect(view.error?.next).toContain('with BuildKit the builder’s own');
  }
  const small = await steps.ended(await steps.start(runs('head -c 40000000 /dev/zero > /small')));
  expect(small.error).toBeNull();
});

test('a result that does not fit into the worker’s own folder fails as such', async () => {
  const folder = path.join(steps.yard.dataFolder, 'engine');
  await mkdir(folder, { recursive: true });
  execFileSync('sh', ['-c', 'mount -t tmpfs -o size=10m tmpfs "$1"', 'sh', folder]);
  mounted.push(folder);
  await startWorker();
  const wide = await steps.ended(await steps.start(runs('head -c 20000000 /dev/urandom > /wide')));
  expect(wide.error).toMatchObject({ code: 'engine_disk_full' });
  expect((await steps.ended(await steps.start(runs('echo other > /small')))).error).toBeNull();
});

/** How much of it arrives is for the daemon to set: by default it clips what comes fast or is much. */
test('what a builder leaves out of a loud step is said in its place, with the way to have it', async () => {
  await startWorker();
  const line = 'a line of some length, as programs print them';
  const number = await steps.start(runs(`yes "${line}" | head -c 100000000`));
  expect((await steps.ended(number)).error).toBeNull();
  const texts = (await steps.logOf(number)).split('\n');
  const clipped = texts.findIndex((text) => /^\[output clipped, log limit .* reached\]$/.test(text));
  expect(texts[clipped + 1]).toContain('BUILDKIT_STEP_LOG_MAX_SPEED=-1');
  expect(texts.filter((text) => text === line).length).toBeGreaterThan(1_000);
});
