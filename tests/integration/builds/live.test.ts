import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { readEvents } from '#lib/builds/events.ts';
import { followBuild, followBuilds } from '#lib/builds/live.ts';
import { requestCancel, startBuild } from '#lib/builds/mutations.ts';
import { type Claim, claimBuild, endAttempt, writeAttempt } from '#lib/builds/queue.ts';
import type { BuildEvent, NumberedEvent } from '#lib/builds/schema.ts';
import type { BuildRow } from '#lib/builds/types.ts';
import { emptyView, foldEvents } from '#lib/builds/view.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { makeWorkspace } from './workspace.ts';

let database: TestDatabase;
let scope: Scope;

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});
beforeEach(async () => {
  // Connections of the test before may still be on their way out.
  await expect.poll(listeners).toBe(0);
  await prisma().build.deleteMany();
  scope = await makeWorkspace();
});

const input = { reference: 'debian:12', platform: 'linux/amd64', secretName: null };

async function runningBuild() {
  const { number } = await startBuild({ scope, input });
  const attempt = await claimBuild({ workerId: randomUUID() });
  if (attempt === null) throw new Error('nothing to claim');
  return { number, attempt };
}

/** Writes lines one by one, as a worker does, and progress between them; then ends the build. */
async function work(attempt: Claim, lines: number): Promise<void> {
  let after = attempt.head;
  for (let line = 1; line <= lines; line += 1) {
    const events: BuildEvent[] = [
      { kind: 'log', stage: 'pull', level: 'info', text: `line ${line}` },
      { kind: 'progress', layers: [], bytesPerSecond: line },
    ];
    after = (await writeAttempt(attempt, { events, after })).head;
  }
  await endAttempt(attempt, { state: 'cancelled', by: 'the test' });
}

/** Follows to the end. `pauseAfter` batches, waits for `until`. */
async function follow(
  number: number,
  options: { after?: number; pauseAfter?: number; until?: Promise<void> } = {},
): Promise<NumberedEvent[]> {
  const signal = AbortSignal.timeout(120_000);
  const seen: NumberedEvent[] = [];
  let batches = 0;
  for await (const events of followBuild({ scope, number, after: options.after ?? 0, signal })) {
    seen.push(...events);
    batches += 1;
    if (batches === options.pauseAfter) await options.until;
  }
  return seen;
}

const linesOf = (events: readonly NumberedEvent[]) =>
  events.flatMap(({ event }) => (event.kind === 'log' ? [event.text] : []));
const linesUpTo = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);

/** The connections that listen in this test's database. */
async function listeners(): Promise<number> {
  const [row] = await prisma().$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'LISTEN%'`;
  return row?.count ?? 0;
}

describe('following a build', () => {
  test('many followers, early, late, slow and resuming, each see every line once and end with the build', async () => {
    const { number, attempt } = await runningBuild();
    const { promise: worked, resolve: finish } = Promise.withResolvers<void>();
    const early = Array.from({ length: 20 }, () => follow(number));
    const slow = follow(number, { pauseAfter: 1, until: worked });
    await work(attempt, 400);
    finish();
    const late = follow(number);
    for (const seen of await Promise.all([...early, slow, late])) {
      expect(linesOf(seen)).toEqual(linesUpTo(400));
      const numbers = seen.map((entry) => entry.number);
      expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
      expect(foldEvents(emptyView, seen)).toMatchObject({ state: 'cancelled', logLines: 400 });
    }
  });

  test('goes on after a number', async () => {
    const { number, attempt } = await runningBuild();
    await work(attempt, 50);
    const all = await follow(number);
    const after = all[30]?.number ?? 0;
    expect(await follow(number, { after })).toEqual(all.slice(31));
  });

  test('of a build that ended, from its last event, ends at once', async () => {
    const { number, attempt } = await runningBuild();
    await work(attempt, 1);
    const { eventHead } = await prisma().build.findUniqueOrThrow({ where: { id: attempt.id } });
    expect(await follow(number, { after: eventHead })).toEqual([]);
    expect(await follow(number, { after: eventHead + 100 })).toEqual([]);
  });

  test('of another workspace’s build is refused', async () => {
    const { number } = await runningBuild();
    const other = await makeWorkspace();
    const following = followBuild({ scope: other, number, after: 0, signal: AbortSignal.timeout(5_000) });
    await expect(following.next()).rejects.toThrow(NotFoundError);
  });

  test('ends quietly when the follower leaves, and then nothing listens', async () => {
    const { number } = await runningBuild();
    const leaving = new AbortController();
    const following = followBuild({ scope, number, after: 0, signal: leaving.signal });
    expect((await following.next()).value).toHaveLength(2);
    expect(await listeners()).toBe(1);
    const rest = following.next();
    leaving.abort();
    expect(await rest).toEqual({ done: true, value: undefined });
    await expect.poll(listeners).toBe(0);
  });

  test('that has left before it began ends at once', async () => {
    const { number } = await runningBuild();
    const signal = AbortSignal.abort();
    for await (const events of followBuild({ scope, number, after: 0, signal })) expect(events).toEqual([]);
    for await (const rows of followBuilds({ scope, signal })) expect(rows).toEqual([]);
    await expect.poll(listeners).toBe(0);
  });

  test('uses one connection for all, and survives its loss without losing a line', async () => {
    const { number, attempt } = await runningBuild();
    const following = Array.from({ length: 10 }, () => follow(number));
    await expect.poll(listeners).toBe(1);
    const working = work(attempt, 300);
    await prisma().$queryRaw`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN%'`;
    await working;
    for (const seen of await Promise.all(following)) expect(linesOf(seen)).toEqual(linesUpTo(300));
  });

  test('reads each event once for all who follow', async () => {
    const { number, attempt } = await runningBuild();
    const { eventHead } = await prisma().build.findUniqueOrThrow({ where: { id: attempt.id } });
    const signal = AbortSignal.timeout(30_000);
    const followers = Array.from({ length: 5 }, () =>
      followBuild({ scope, number, after: eventHead, signal }),
    );
    onTestFinished(async () => {
      for (const follower of followers) await follower.return();
    });
    const nextOfEach = () => followers.map((follower) => follower.next());
    const write = (text: string, after: number) =>
      writeAttempt(attempt, { events: [{ kind: 'log', stage: 'pull', level: 'info', text }], after });
    const firsts = nextOfEach();
    const { head } = await write('one', attempt.head);
    await Promise.all(firsts);
    // Each has had the first, so all of them wait for the second: what comes is one read that all of them get.
    const seconds = nextOfEach();
    await write('two', head);
    const batches = (await Promise.all(seconds)).map(({ value }) => value);
    expect(new Set(batches).size).toBe(1);
    expect(batches[0]).toEqual(await readEvents(prisma(), { buildId: attempt.id, after: head, limit: 10 }));
  });
});

describe('following a workspace’s builds', () => {
  function followRows() {
    const leaving = new AbortController();
    onTestFinished(() => leaving.abort());
    const rows = new Map<number, BuildRow>();
    let batches = 0;
    const ended = (async () => {
      for await (const batch of followBuilds({ scope, signal: leaving.signal })) {
        batches += 1;
        for (const row of batch) rows.set(row.number, row);
      }
    })();
    return { rows, batchesSoFar: () => batches, leave: () => leaving.abort(), ended };
  }

  test('begins with what is there and tells every change, of this workspace alone', async () => {
    await runningBuild();
    const { rows, leave, ended } = followRows();
    await expect.poll(() => rows.get(1)?.state).toBe('running');
    const { number } = await startBuild({ scope, input });
    await startBuild({ scope: await makeWorkspace(), input: { ...input, reference: 'foreign/image' } });
    await expect.poll(() => rows.get(number)?.state).toBe('queued');
    await requestCancel({ scope, number });
    await expect.poll(() => rows.get(number)?.state).toBe('cancelled');
    expect([...rows.values()].map(({ reference }) => reference)).not.toContain(
      'docker.io/foreign/image:latest',
    );
    leave();
    await ended;
    await expect.poll(listeners).toBe(0);
  });

  test('is told of a storm of events a few times, and of its end', async () => {
    const { number, attempt } = await runningBuild();
    const { rows, batchesSoFar } = followRows();
    await expect.poll(() => rows.get(number)?.state).toBe('running');
    const startedAt = performance.now();
    await work(attempt, 200);
    await expect.poll(() => rows.get(number)?.state).toBe('cancelled');
    const quarterSeconds = (performance.now() - startedAt) / 250;
    expect(batchesSoFar()).toBeLessThanOrEqual(quarterSeconds + 3);
  });

  test('learns after a broken connection what it missed', async () => {
    const { number, attempt } = await runningBuild();
    const { rows } = followRows();
    await expect.poll(() => rows.get(number)?.state).toBe('running');
    await prisma().$queryRaw`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN%'`;
    await endAttempt(attempt, { state: 'cancelled', by: 'the test' });
    await expect.poll(() => rows.get(number)?.state).toBe('cancelled');
  });

  test('also when the database, back again, cannot be read at first', async () => {
    const { number, attempt } = await runningBuild();
    const { rows } = followRows();
    await expect.poll(() => rows.get(number)?.state).toBe('running');
    await prisma().$queryRaw`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN%'`;
    await endAttempt(attempt, { state: 'cancelled', by: 'the test' });
    await prisma().$executeRaw`ALTER TABLE build RENAME TO elsewhere`;
    await expect.poll(listeners).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await prisma().$executeRaw`ALTER TABLE elsewhere RENAME TO build`;
    await expect.poll(() => rows.get(number)?.state).toBe('cancelled');
  });
});
