import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { getBuild } from '#lib/builds/data.ts';
import { readEvents } from '#lib/builds/events.ts';
import type { NumberedEvent } from '#lib/builds/schema.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { findRunningPostgres } from '#lib/db/running-postgres.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { pushImage } from '#tests/support/images.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import {
  isReady,
  makeDataFolder,
  prepareSlipway,
  type RunningSlipway,
  startSlipway,
  until,
} from '#tests/support/slipway.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import { type SlowRegistry, startSlowRegistry } from '../worker/slow-registry.ts';
import { registryHost, start } from '../worker/yard.ts';

const layerBytes = 12_000_000;
const halfwayBytes = 3_000_000;
/** What was sent and is not written yet. */
const unwrittenBytes = 1_500_000;
const fast = 500_000_000;
const brisk = 10_000_000;
const slow = 100_000;

let registry: TestRegistry;
let line: SlowRegistry;
let folder: Awaited<ReturnType<typeof makeDataFolder>>;
let slipway: RunningSlipway;
let scope: Scope;

beforeAll(async () => {
  await prepareSlipway();
  registry = await startRegistry({ auth: 'none' });
  await pushImage({ registry, repository: 'team/big', tag: '1', layers: [layerBytes, 1_000] });
});
afterAll(async () => {
  await registry.stop();
});
beforeEach(async () => {
  line = await startSlowRegistry({ upstream: registry.url, bytesPerSecond: brisk });
  folder = await makeDataFolder();
  await mkdir(folder.path, { recursive: true });
  const rule = { endpoint: line.url, allowPrivate: true, plainHttp: true };
  const registries = JSON.stringify({ registries: { [registryHost]: rule } });
  await writeFile(path.join(folder.path, 'registries.json'), registries);
  slipway = await startSlipway({ dataFolder: folder.path });
  const url = await findRunningPostgres({ dataFolder: folder.path });
  configureDatabase({ url: url ?? '' });
  scope = await makeWorkspace();
});
afterEach(async () => {
  await closeDatabase();
  await slipway.stop();
  await folder.remove();
  await line.stop();
});

test('a build goes on when Postgres is killed in the middle of its pull, and no event of it is lost', async () => {
  const number = await start(scope, 'team/big:1');
  await until(() => line.sentBytes > halfwayBytes + unwrittenBytes, {
    what: 'the bytes of half a layer',
    detail: slipway.output,
  });
  line.bytesPerSecond = slow;
  await until(async () => (await layersOf(number)).some(({ doneBytes }) => doneBytes > halfwayBytes), {
    what: 'the middle of a layer',
    detail: slipway.output,
  });
  const before = await eventsOf(number);
  const postmaster = await slipway.find('postgres');
  process.kill(postmaster, 'SIGKILL');
  await until(async () => (await slipway.find('postgres').catch(() => postmaster)) !== postmaster, {
    what: 'another Postgres',
    detail: slipway.output,
  });
  await until(() => isReady(slipway.url), { what: 'all of it', detail: slipway.output });
  line.bytesPerSecond = fast;
  await until(async () => (await stateOf(number)) === 'succeeded', {
    what: 'the end of the build',
    detail: slipway.output,
  });
  const after = await eventsOf(number);
  expect(kept(after).slice(0, kept(before).length)).toEqual(kept(before));
  const { head } = await getBuild({ scope, number });
  expect(after.at(-1)?.number).toBe((await rowOf(number)).eventHead);
  expect(head.number).toBe(number);
  expectWholeLog(after);
});

const rowOf = (number: number) => prisma().build.findFirstOrThrow({ where: { number } });

/** Undefined while the database is away. */
async function stateOf(number: number): Promise<string | undefined> {
  return (await rowOf(number).catch(() => undefined))?.state;
}

async function layersOf(number: number) {
  return (await getBuild({ scope, number })).view.layers;
}

async function eventsOf(number: number): Promise<readonly NumberedEvent[]> {
  return readEvents(prisma(), { buildId: (await rowOf(number)).id, after: 0, limit: 10_000 });
}

/** Of progress the stream keeps the newest alone. */
function kept(events: readonly NumberedEvent[]): readonly NumberedEvent[] {
  return events.filter(({ event }) => event.kind !== 'progress');
}

/** Lines are numbered from 1 and none is missing or there twice. */
function expectWholeLog(events: readonly NumberedEvent[]): void {
  let next = 1;
  for (const { event } of events) {
    if (event.kind !== 'log') continue;
    expect(event.firstLine).toBe(next);
    next += event.text.split('\n').length;
  }
  expect(next).toBeGreaterThan(10);
}
