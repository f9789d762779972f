import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { getBuild, listBuilds } from '#lib/builds/data.ts';
import { LeaseLostError } from '#lib/builds/errors.ts';
import { appendEvents, readEvents } from '#lib/builds/events.ts';
import { requestCancel, startBuild } from '#lib/builds/mutations.ts';
import {
  type Claim,
  claimBuild,
  endAttempt,
  knownBlobs,
  loseAttempt,
  reapLostBuilds,
  releaseAttempt,
  renewLease,
  succeedAttempt,
  writeAttempt,
  writeForAttempt,
} from '#lib/builds/queue.ts';
import type { BuildEvent } from '#lib/builds/schema.ts';
import { lossesMax } from '#lib/builds/state.ts';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { findStepResults } from '#lib/images/data.ts';
import { unknownContents } from '#lib/images/image-contents.ts';
import { keepContents, keepStepResult } from '#lib/images/mutations.ts';
import { parseDigest } from '#lib/oci/digest.ts';
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
  await prisma().build.deleteMany();
  scope = await makeWorkspace();
});

const input = { reference: 'debian:12', platform: 'linux/amd64', secretName: null };
const start = () => startBuild({ scope, input });
const claim = async () => {
  const claimed = await claimBuild({ workerId: randomUUID() });
  if (claimed === null) throw new Error('nothing to claim');
  return claimed;
};
const line = (text: string): BuildEvent => ({ kind: 'log', stage: 'pull', level: 'info', text });
const progress = (bytesPerSecond: number): BuildEvent => ({ kind: 'progress', layers: [], bytesPerSecond });
const expireLeases = () => prisma().$executeRaw`UPDATE build SET lease_until = now() - interval '1 second'`;

const stepKey = '0'.repeat(64);
const digestOf = (hex: string) => parseDigest(`sha256:${hex.repeat(64)}`);
const keepResult = (attempt: Claim, hex: string) => {
  const manifest = { digest: digestOf(hex), sizeBytes: 1 };
  const result = { scope, key: stepKey, manifest, addedBytes: 1, tookMs: 1, buildNumber: 1 };
  return writeForAttempt(attempt, (tx) => keepStepResult(tx, result));
};
const keepNothingLearnt = (attempt: Claim, hex: string) => {
  const learnt = { scope, digest: digestOf(hex), contents: unknownContents('Not read.') };
  return writeForAttempt(attempt, (tx) => keepContents(tx, learnt));
};

/** Everything of a build that an attempt could change. */
async function snapshot(id: string) {
  const row = await prisma().build.findUniqueOrThrow({ where: { id } });
  return { row, events: await readEvents(prisma(), { buildId: id, after: 0, limit: 10_000 }) };
}

describe('claiming', () => {
  test('takes the oldest first, and nothing when nothing waits', async () => {
    await start();
    await start();
    expect((await claim()).number).toBe(1);
    expect((await claim()).number).toBe(2);
    expect(await claimBuild({ workerId: randomUUID() })).toBeNull();
  });

  test('never gives one build to two workers', async () => {
    await Promise.all(Array.from({ length: 12 }, start));
    const claims = await Promise.all(
      Array.from({ length: 30 }, () => claimBuild({ workerId: randomUUID() })),
    );
    const numbers = claims.flatMap((claimed) => (claimed === null ? [] : [claimed.number]));
    // A claim that met a locked row may have gone away empty-handed; none may have got what another one has.
    expect(new Set(numbers).size).toBe(numbers.length);
    while ((await claimBuild({ workerId: randomUUID() })) !== null) numbers.push(0);
    expect(numbers).toHaveLength(12);
    expect(await prisma().buildEvent.count({ where: { kind: 'state' } })).toBe(24);
  });

  test('numbers of builds have no gaps and no twins, even when some starts fail', async () => {
    const starts = Array.from({ length: 20 }, (_, position) =>
      position % 4 === 0
        ? startBuild({ scope, input: { ...input, secretName: 'missing' } }).catch(() => null)
        : start(),
    );
    const numbers = (await Promise.all(starts)).flatMap((result) => (result === null ? [] : [result.number]));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
  });
});

describe('events', () => {
  test('are numbered without gaps whoever writes at once, and lines too', async () => {
    await start();
    const { id } = await claim();
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, position) =>
        appendEvents(prisma(), {
          buildId: id,
          from: ['running'],
          events: [line(`a${position}\nb`), line('c')],
        }),
      ),
    );
    expect(results.every((result) => result !== null)).toBe(true);
    const { events, row } = await snapshot(id);
    expect(events.map(({ number }) => number)).toEqual(Array.from({ length: 82 }, (_, index) => index + 1));
    expect(row).toMatchObject({ eventHead: 82, logLines: 120 });
    const starts = events.flatMap(({ event }) => (event.kind === 'log' ? [event.firstLine] : []));
    expect(starts).toEqual(Array.from({ length: 40 }, (_, index) => [3 * index + 1, 3 * index + 3]).flat());
  });

  test('of progress keep the newest alone, also within one batch', async () => {
    await start();
    const attempt = await claim();
    let after = attempt.head;
    for (const events of [[progress(1), line('a'), progress(2)], [progress(3)], [progress(4), line('b')]]) {
      after = (await writeAttempt(attempt, { events, after })).head;
    }
    const { events } = await snapshot(attempt.id);
    const speeds = events.flatMap(({ event }) => (event.kind === 'progress' ? [event.bytesPerSecond] : []));
    expect(speeds).toEqual([4]);
    const [row] = (await listBuilds({ scope, limit: 1 })).rows;
    expect(row?.progress?.bytesPerSecond).toBe(4);
  });

  test('written again because the answer was lost are there once', async () => {
    await start();
    const attempt = await claim();
    const batch = { events: [line('once')], after: attempt.head };
    const first = await writeAttempt(attempt, batch);
    expect(await writeAttempt(attempt, batch)).toEqual(first);
    expect((await snapshot(attempt.id)).events.filter(({ event }) => event.kind === 'log')).toHaveLength(1);
  });
});

describe('a lease', () => {
  test('that is renewed is left alone', async () => {
    await start();
    const attempt = await claim();
    await expireLeases();
    await renewLease(attempt);
    expect(await reapLostBuilds()).toBe(0);
  });

  test('that ended gives the build to the next worker, and the old one can change nothing', async () => {
    await start();
    const old = await claim();
    await expireLeases();
    expect(await reapLostBuilds()).toBe(1);
    const next = await claim();
    expect(next).toMatchObject({ id: old.id, attempt: 2 });
    const before = await snapshot(old.id);
    const blobs = [{ digest: `sha256:${'a'.repeat(64)}`, sizeBytes: 1 }];
    for (const write of [
      () => renewLease(old),
      () => writeAttempt(old, { events: [line('from the dead')], after: old.head }),
      () => succeedAttempt(old, { repository: 'docker.io/library/debian', blobs }),
      () => endAttempt(old, { state: 'cancelled', by: 'nobody' }),
      () => releaseAttempt(old),
      () => loseAttempt(old, { what: 'x' }),
      () => keepResult(old, 'b'),
      () => keepNothingLearnt(old, 'b'),
    ]) {
      await expect(write()).rejects.toThrow(LeaseLostError);
    }
    expect(await snapshot(old.id)).toEqual(before);
    expect(await prisma().blob.count()).toBe(0);
  });

  test('that ended leaves what was kept for the workspace as the next worker kept it', async () => {
    await start();
    const old = await claim();
    await keepResult(old, 'a');
    await keepNothingLearnt(old, 'a');
    await expireLeases();
    await reapLostBuilds();
    const next = await claim();
    await keepResult(next, 'c');
    for (const write of [() => keepResult(old, 'b'), () => keepNothingLearnt(old, 'a')])
      await expect(write()).rejects.toThrow(LeaseLostError);
    const [kept] = await findStepResults({ scope, keys: [stepKey] });
    expect(kept?.manifest.digest).toBe(digestOf('c'));
  });

  test('lost too often fails the build with its cause', async () => {
    const { number } = await start();
    for (let losses = 1; losses <= lossesMax; losses += 1) {
      await claim();
      await expireLeases();
      expect(await reapLostBuilds()).toBe(1);
    }
    const { view } = await getBuild({ scope, number });
    expect(view).toMatchObject({
      state: 'failed',
      cause: 'The worker was lost',
      error: { code: 'build_lost' },
    });
    expect(await claimBuild({ workerId: randomUUID() })).toBeNull();
  });

  test('given back by a worker that stops is no loss, however often', async () => {
    const { number } = await start();
    for (let stops = 0; stops < lossesMax + 2; stops += 1) await releaseAttempt(await claim());
    const { view } = await getBuild({ scope, number });
    expect(view.state).toBe('queued');
  });

  test('given back by a worker that stops, when it was to stop anyway, ends as cancelled', async () => {
    const { number } = await start();
    const claimed = await claim();
    await requestCancel({ scope, number });
    await releaseAttempt(claimed);
    const { view } = await getBuild({ scope, number });
    expect(view).toMatchObject({ state: 'cancelled', cause: 'Cancelled by Ines Okafor' });
    expect(await claimBuild({ workerId: randomUUID() })).toBeNull();
  });

  test('lost by a build that was to stop ends it as cancelled', async () => {
    const { number } = await start();
    await claim();
    await requestCancel({ scope, number });
    await expireLeases();
    await reapLostBuilds();
    const { view } = await getBuild({ scope, number });
    expect(view).toMatchObject({ state: 'cancelled', cause: 'Cancelled by Ines Okafor' });
  });

  test('is taken once by many reapers', async () => {
    await Promise.all(Array.from({ length: 8 }, start));
    for (let index = 0; index < 8; index += 1) await claim();
    await expireLeases();
    const reaped = await Promise.all(Array.from({ length: 6 }, reapLostBuilds));
    expect(reaped.reduce((sum, count) => sum + count, 0)).toBe(8);
    expect(await prisma().build.count({ where: { losses: 1, state: 'queued' } })).toBe(8);
  });
});

describe('a build that succeeds', () => {
  test('leaves what was delivered, and to whom', async () => {
    await start();
    const attempt = await claim();
    const blobs = ['a', 'b', 'a'].map((hex) => ({ digest: `sha256:${hex.repeat(64)}`, sizeBytes: 7 }));
    await succeedAttempt(attempt, { repository: 'docker.io/library/debian', blobs });
    const digests = blobs.map(({ digest }) => digest);
    const known = (workspaceId: string, repository: string) =>
      knownBlobs({ workspaceId, repository }, digests);
    expect(await known(scope.workspaceId, 'docker.io/library/debian')).toHaveLength(2);
    expect(await known(scope.workspaceId, 'docker.io/library/other')).toEqual([]);
    expect(await known((await makeWorkspace()).workspaceId, 'docker.io/library/debian')).toEqual([]);
  });
});
