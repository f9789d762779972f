import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { getBuild } from '#lib/builds/data.ts';
import { readEvents } from '#lib/builds/events.ts';
import { requestCancel } from '#lib/builds/mutations.ts';
import { lossesMax } from '#lib/builds/state.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { spawnBound } from '#tests/support/bound-process.ts';
import { pushImage } from '#tests/support/images.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import { type SlowRegistry, startSlowRegistry } from './slow-registry.ts';
import { buildProcesses, openYard, reached, start, until, type Yard } from './yard.ts';

let registry: TestRegistry;
let database: TestDatabase;
let line: SlowRegistry;
let yard: Yard;
let scope: Scope;

const buildProcess = fileURLToPath(new URL('../../../lib/worker/build-process.ts', import.meta.url));
const fast = 500_000_000;
/** A pull is brisk to its middle, and then so slow that everything can happen to it. */
const brisk = 10_000_000;
const slow = 100_000;
const layerBytes = 12_000_000;
/** The store writes a megabyte at a time: with so many done, there is something to go on from. */
const halfwayBytes = 3_000_000;
/** What was sent and is not written yet. */
const unwrittenBytes = 1_500_000;
/** Where a lease has to end first, the way from a loss to the next attempt takes some ten seconds; on a busy machine a few more. */
const withinMs = 45_000;

beforeAll(async () => {
  registry = await startRegistry({ auth: 'none' });
  await pushImage({ registry, repository: 'team/big', tag: '1', layers: [layerBytes, 1_000] });
});
afterAll(async () => {
  await registry.stop();
});
beforeEach(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  line = await startSlowRegistry({ upstream: registry.url, bytesPerSecond: slow });
  yard = await openYard({ database, endpoint: line.url });
  scope = await makeWorkspace();
});
afterEach(async () => {
  await yard.close();
  await line.stop();
  await closeDatabase();
  await database.drop();
});

/** A build in the middle of its large layer. */
async function startPull(): Promise<number> {
  const before = line.sentBytes;
  line.bytesPerSecond = brisk;
  const number = await start(scope, 'team/big:1');
  // Slowed down by what was sent: what a page shows comes too late for that on a busy machine.
  await until(() => line.sentBytes - before > halfwayBytes + unwrittenBytes);
  line.bytesPerSecond = slow;
  await until(async () => {
    const { view } = await getBuild({ scope, number });
    return view.layers.some(({ state, doneBytes }) => state === 'fetching' && doneBytes > halfwayBytes);
  });
  return number;
}

/** Sends a signal to the one process of a build that there is. */
async function signalProcess(signal: NodeJS.Signals): Promise<void> {
  const pids = await buildProcesses();
  expect(pids).toHaveLength(1);
  for (const pid of pids) process.kill(pid, signal);
}

async function inAttempt(number: number, attempt: number): Promise<void> {
  await until(async () => (await getBuild({ scope, number })).view.attempt === attempt, { withinMs });
}

async function everythingOf(number: number) {
  const row = await prisma().build.findFirstOrThrow({ where: { number } });
  return { row, events: await readEvents(prisma(), { buildId: row.id, after: 0, limit: 10_000 }) };
}

/** The large layer, from where the attempt before it stopped. */
const resumes = () => line.blobRequests.flatMap(({ range }) => (range === undefined ? [] : [range]));

describe('a build whose process is killed', () => {
  test('is taken up again and goes on where it stopped', async () => {
    await yard.startWorker();
    const number = await startPull();
    await signalProcess('SIGKILL');
    await inAttempt(number, 2);
    line.bytesPerSecond = fast;
    const { view } = await reached(scope, number, ['succeeded', 'failed']);
    expect(view).toMatchObject({ state: 'succeeded', attempt: 2 });
    expect(resumes().some((range) => /^bytes=[1-9]\d+-/.test(range))).toBe(true);
    expect(view.facts.fetchedBytes).toBeLessThan(layerBytes - 1_000_000);
    const { events } = await everythingOf(number);
    const causes = events.flatMap(({ event }) => (event.kind === 'state' ? [event.cause] : []));
    expect(causes).toContain('The build’s process was lost (SIGKILL)');
  });

  test('again and again, fails with its cause', async () => {
    await yard.startWorker();
    line.bytesPerSecond = 0;
    const number = await start(scope, 'team/big:1');
    for (let attempt = 1; attempt <= lossesMax; attempt += 1) {
      await inAttempt(number, attempt);
      await until(async () => (await buildProcesses()).length === 1);
      await signalProcess('SIGKILL');
    }
    const { view } = await reached(scope, number, ['failed'], { withinMs });
    expect(view).toMatchObject({ attempt: lossesMax, error: { code: 'build_lost' } });
    expect(view.cause).toContain('SIGKILL');
  });
});

describe('a build whose worker is killed', () => {
  test('goes on with another worker, and nothing of the first is left', async () => {
    const first = await yard.startWorker();
    const number = await startPull();
    await yard.startWorker();
    first.kill('SIGKILL');
    await inAttempt(number, 2);
    line.bytesPerSecond = fast;
    const { view } = await reached(scope, number, ['succeeded', 'failed']);
    expect(view.state).toBe('succeeded');
    expect(view.facts.fetchedBytes).toBeLessThan(layerBytes - 1_000_000);
    expect(await buildProcesses()).toEqual([]);
  });

  test('together with its process, goes on with the next worker that starts', async () => {
    const first = await yard.startWorker();
    const number = await startPull();
    await signalProcess('SIGKILL');
    first.kill('SIGKILL');
    await yard.startWorker();
    await inAttempt(number, 2);
    line.bytesPerSecond = fast;
    expect((await reached(scope, number, ['succeeded', 'failed'])).view.state).toBe('succeeded');
  });

  test('ends its process by itself', async () => {
    const worker = await yard.startWorker();
    await startPull();
    expect(await buildProcesses()).toHaveLength(1);
    worker.kill('SIGKILL');
    await until(async () => (await buildProcesses()).length === 0);
  });

  test('ends its process with the pipe, not only by being silent', async () => {
    // Until it has its job, a process takes any silence. It leads a group of its own, which it ends.
    const child = spawnBound(process.execPath, [buildProcess], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const exited = once(child, 'exit');
    const [first] = await once(child, 'message');
    expect(first).toEqual({ kind: 'ready' });
    child.disconnect();
    expect(await exited).toEqual([null, 'SIGKILL']);
  });
});

describe('a worker that sleeps while another one takes its build', () => {
  test('changes nothing when it wakes', async () => {
    const sleeper = await yard.startWorker({ slots: 1 });
    const number = await startPull();
    const { row: before } = await everythingOf(number);
    sleeper.kill('SIGSTOP');
    await yard.startWorker({ slots: 1 });
    await inAttempt(number, 2);
    line.bytesPerSecond = fast;
    await reached(scope, number, ['succeeded']);
    const ended = await everythingOf(number);
    expect(ended.row.epoch).toBeGreaterThan(before.epoch);
    sleeper.kill('SIGCONT');
    // It is awake once it has seen what became of its build.
    await until(() => sleeper.output().includes('Build process ended'));
    const seen = await prisma().worker.findFirstOrThrow({ where: { pid: sleeper.pid } });
    await until(async () => {
      const now = await prisma().worker.findFirst({ where: { pid: sleeper.pid } });
      return now !== null && now.seenAt > seen.seenAt && now.busy === 0;
    });
    expect(await everythingOf(number)).toEqual(ended);
  });

  test('its process did not outlive the lease', async () => {
    const sleeper = await yard.startWorker({ slots: 1 });
    await startPull();
    expect(await buildProcesses()).toHaveLength(1);
    sleeper.kill('SIGSTOP');
    await until(async () => (await buildProcesses()).length === 0, { withinMs });
  });
});

describe('a process that hangs', () => {
  test('is killed, and its build taken up again', async () => {
    await yard.startWorker();
    const number = await startPull();
    await signalProcess('SIGSTOP');
    await inAttempt(number, 2);
  });
});

describe('cancelling a pull', () => {
  test('ends it at once, with nothing left running', async () => {
    await yard.startWorker();
    const number = await startPull();
    const askedAt = performance.now();
    await requestCancel({ scope, number });
    const { view } = await reached(scope, number, ['cancelled']);
    // A second on a machine that has nothing else to do; the pull would go on for more than a minute.
    expect(performance.now() - askedAt).toBeLessThan(30_000);
    expect(view.cause).toBe('Cancelled by Ines Okafor');
    expect(view.stages.map(({ state }) => state)).toEqual([
      'done',
      'done',
      'skipped',
      'not_reached',
      'not_reached',
      'not_reached',
    ]);
    expect(await buildProcesses()).toEqual([]);
  });

  test('also when the process does not listen', async () => {
    await yard.startWorker();
    const number = await startPull();
    await signalProcess('SIGSTOP');
    await requestCancel({ scope, number });
    await reached(scope, number, ['cancelled']);
    expect(await buildProcesses()).toEqual([]);
  });
});

describe('a worker that is stopped', () => {
  test('gives its build back at once, and that is no loss', async () => {
    const worker = await yard.startWorker();
    const number = await startPull();
    expect(await worker.stop()).toBe(0);
    const { row } = await everythingOf(number);
    expect(row).toMatchObject({ state: 'queued', losses: 0, workerId: null });
    expect(await prisma().worker.count()).toBe(0);
    line.bytesPerSecond = fast;
    await yard.startWorker();
    const { view } = await reached(scope, number, ['succeeded', 'failed']);
    expect(view.state).toBe('succeeded');
    expect(view.facts.fetchedBytes).toBeLessThan(layerBytes - 1_000_000);
  });
});

test('a database that breaks every connection in the middle of a pull loses and doubles nothing', async () => {
  await yard.startWorker();
  const number = await startPull();
  for (let times = 0; times < 5; times += 1) {
    await prisma().$queryRaw`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'slipway'`.catch(
      () => {},
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  line.bytesPerSecond = fast;
  const { view } = await reached(scope, number, ['succeeded', 'failed']);
  expect(view).toMatchObject({ state: 'succeeded', attempt: 1 });
  const { events } = await everythingOf(number);
  const lines = events.flatMap(({ event }) => (event.kind === 'log' ? event.text.split('\n') : []));
  const verified = lines.filter((text) => text.includes('verified'));
  expect(verified.filter((text) => text.startsWith('\u001b[34mlayer'))).toHaveLength(2);
});

test('several workers share a queue, and each build runs once', async () => {
  line.bytesPerSecond = fast;
  for (let workers = 0; workers < 3; workers += 1) await yard.startWorker({ slots: 2 });
  const numbers = await Promise.all(Array.from({ length: 12 }, () => start(scope, 'team/big:1')));
  for (const number of numbers) {
    const { view } = await reached(scope, number, ['succeeded', 'failed']);
    expect(view).toMatchObject({ state: 'succeeded', attempt: 1 });
  }
  const running = await prisma().$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM build_event WHERE kind = 'state' AND data->>'state' = 'running'`;
  expect(running[0]?.count).toBe(12);
});
