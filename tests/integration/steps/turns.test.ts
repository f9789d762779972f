import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { getBuild } from '#lib/builds/data.ts';
import { requestCancel, startBuild } from '#lib/builds/mutations.ts';
import { prisma } from '#lib/db/client.ts';
import { stepSchema } from '#lib/images/schema.ts';
import type { CachePolicy } from '#lib/images/step-plan.ts';
import { registryHost, until } from '../worker/yard.ts';
import { openStepYard, runs, type StepYard } from './step-yard.ts';

let steps: StepYard;
/** Steps ask it, and go on when it answers: how often it is asked is how often they were run. */
let gate: Server;
let waiting: ServerResponse[];
let asked: number;
let url: string;

beforeAll(async () => {
  steps = await openStepYard();
  gate = createServer((_, response) => {
    asked += 1;
    waiting.push(response);
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(gate.address() as AddressInfo).port}/`;
  await steps.yard.startWorker({ slots: 4, env: { SLIPWAY_STEP_NETWORK: 'host' } });
});
beforeEach(() => {
  waiting = [];
  asked = 0;
});
afterEach(async () => {
  answer(500);
  // A turn is given back a moment after its build has ended.
  await expect.poll(() => prisma().stepTurn.count()).toBe(0);
});
afterAll(async () => {
  gate?.closeAllConnections();
  gate?.close();
  await steps?.close();
});

function answer(status: 200 | 500): void {
  for (const response of waiting.splice(0)) response.writeHead(status).end('go on');
}

const asking = (word: string) => runs(`busybox wget -q -O /${word} ${url}${word}`);
const waitsFor = (number: number, other: number) =>
  until(async () => (await steps.logOf(number)).includes(`Build #${other} runs this step now`));

test('two builds that need the same step at once run it once', async () => {
  const first = await steps.start(asking('one'), runs('cat /one'));
  await until(() => asked === 1);
  const second = await steps.start(asking('one'), runs('cat /one; echo more'));
  await waitsFor(second, first);
  answer(200);
  const views = await Promise.all([first, second].map(steps.ended));
  expect(views.map(({ error }) => error)).toEqual([null, null]);
  expect(asked).toBe(1);
  const [taken, own] = views[1]?.steps ?? [];
  expect(taken).toMatchObject({ state: 'cached', why: `Build #${first} made it meanwhile` });
  expect(taken?.made?.buildNumber).toBe(first);
  expect(own?.state).toBe('done');
  expect(views[1]?.facts.stepsCached).toBe(1);
});

test('when the build that runs it fails, the other runs it itself', async () => {
  const first = await steps.start(asking('two'));
  await until(() => asked === 1);
  const second = await steps.start(asking('two'));
  await waitsFor(second, first);
  answer(500);
  await until(() => asked === 2);
  answer(200);
  expect((await steps.ended(first)).error?.code).toBe('step_failed');
  expect((await steps.ended(second)).steps[0]?.state).toBe('done');
});

test('when the build that runs it is cancelled, the other runs it; a build that waits can be cancelled', async () => {
  const first = await steps.start(asking('three'));
  await until(() => asked === 1);
  const second = await steps.start(asking('three'));
  const third = await steps.start(asking('three'));
  await Promise.all([waitsFor(second, first), waitsFor(third, first)]);
  await requestCancel({ scope: steps.scope, number: second });
  expect((await steps.ended(second)).state).toBe('cancelled');
  await requestCancel({ scope: steps.scope, number: first });
  await until(() => asked === 2);
  answer(200);
  expect((await steps.ended(first)).state).toBe('cancelled');
  expect((await steps.ended(third)).steps[0]?.state).toBe('done');
});

test.each<CachePolicy>(['force', 'ignore'])('a build with the policy %s waits for nobody', async (cache) => {
  const first = await steps.start(asking(cache));
  await until(() => asked === 1);
  const { number } = await startBuild({
    scope: steps.scope,
    input: {
      reference: `${registryHost}/team/tools:1`,
      platform: 'linux/amd64',
      secretName: null,
      steps: [stepSchema.parse(asking(cache))],
      cache,
    },
  });
  await until(() => asked === 2);
  answer(200);
  const views = await Promise.all([first, number].map(steps.ended));
  expect(views.map(({ steps: [step] }) => step?.state)).toEqual(['done', 'done']);
});

test('when the worker of the build that runs it is killed, one of those that are left runs it for all', async () => {
  await steps.yard.stopWorkers();
  const env = { SLIPWAY_STEP_NETWORK: 'host' };
  const lost = await steps.yard.startWorker({ slots: 1, env });
  const first = await steps.start(asking('four'));
  await until(() => asked === 1);
  await steps.yard.startWorker({ slots: 2, env });
  const second = await steps.start(asking('four'));
  await waitsFor(second, first);
  lost.kill('SIGKILL');
  await until(() => asked === 2);
  // The lost one begins again, and has its turn if it asks before the other looks.
  await until(async () => {
    const { view } = await getBuild({ scope: steps.scope, number: first });
    return view.attempt === 2 && view.steps.length > 0;
  });
  answer(200);
  const views = await Promise.all([first, second].map(steps.ended));
  expect(views.map(({ error }) => error)).toEqual([null, null]);
  expect(views.map(({ steps: [step] }) => step?.state).sort()).toEqual(['cached', 'done']);
  expect(asked).toBe(2);
});
