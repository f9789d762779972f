import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startBuild } from '#lib/builds/mutations.ts';
import { claimBuild } from '#lib/builds/queue.ts';
import { readWaiting } from '#lib/builds/waiting.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import type { EngineNote } from '#lib/engines/engine-note.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { makeWorkspace } from './workspace.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});
beforeEach(async () => {
  await prisma().build.deleteMany();
  await prisma().worker.deleteMany();
});

const input = { reference: 'debian:12', platform: 'linux/amd64', secretName: null };
const lacking: EngineNote = {
  facts: null,
  why: 'There is none.',
  next: 'Get one.',
  network: 'private',
  memoryBytes: null,
  timeoutMs: 1000,
};

async function addWorker(row: { readonly slots: number; readonly engine?: EngineNote }): Promise<string> {
  const id = randomUUID();
  await prisma().worker.create({ data: { id, hostname: 'a', pid: 1, ...row } });
  return id;
}

test('a queued build knows its place in the line of all workspaces, and who could take it', async () => {
  const scope = await makeWorkspace();
  const other = await makeWorkspace();
  await startBuild({ scope: other, input });
  const { number } = await startBuild({ scope, input });
  await startBuild({ scope: other, input });
  expect(await readWaiting({ scope, number })).toEqual({
    ...{ buildsBefore: 1, needsEngine: false },
    ...{ workers: 0, slots: 0, busy: 0 },
  });

  const workerId = await addWorker({ slots: 2 });
  await addWorker({ slots: 3, engine: lacking });
  await claimBuild({ workerId });
  const now = await readWaiting({ scope, number });
  expect(now).toEqual({ buildsBefore: 0, needsEngine: false, workers: 2, slots: 5, busy: 1 });

  await claimBuild({ workerId });
  expect(await readWaiting({ scope, number })).toBeNull();
});

test('a build with steps waits for workers with an engine, where one has', async () => {
  const scope = await makeWorkspace();
  const workerId = await addWorker({ slots: 3, engine: lacking });
  await startBuild({ scope, input });
  await claimBuild({ workerId, hasEngine: false });
  const { number } = await startBuild({ scope, input });
  await prisma().build.updateMany({ where: { workspaceId: scope.workspaceId, number }, data: { steps: [] } });
  const wait = () => readWaiting({ scope, number });
  expect(await wait()).toMatchObject({ needsEngine: false, workers: 1, slots: 3, busy: 1 });
  const facts: EngineNote['facts'] = {
    ...{ name: 'Buildah', version: '1.28.2', isolation: 'namespaces', isIsolated: true, networks: ['none'] },
    limits: { memory: true, disk: false, processes: true },
  };
  await addWorker({ slots: 2, engine: { ...lacking, facts } });
  expect(await wait()).toMatchObject({ needsEngine: true, workers: 1, slots: 2, busy: 0 });
});

test('a build of another workspace is not there', async () => {
  const scope = await makeWorkspace();
  const { number } = await startBuild({ scope, input });
  expect(await readWaiting({ scope: await makeWorkspace(), number })).toBeNull();
});
