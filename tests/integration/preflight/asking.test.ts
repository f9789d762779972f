import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { reportError } from '#lib/errors/report.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { CheckLostError } from '#lib/preflight/errors.ts';
import { followPreflight } from '#lib/preflight/live.ts';
import { abandonPreflight, askPreflight } from '#lib/preflight/mutations.ts';
import { claimPreflight, endPreflight, forgetOldPreflights } from '#lib/preflight/queue.ts';
import {
  type PreflightCheck,
  type PreflightRequest,
  type PreflightView,
  preflightInputSchema,
} from '#lib/preflight/schema.ts';
import { failChecks, waitingChecks } from '#lib/preflight/view.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { makeSecretRow, makeWorkspace } from '../builds/workspace.ts';
import { post, startKeyring } from '../secrets/sealing.ts';

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
  scope = await makeWorkspace();
  await makeSecretRow(scope, { name: 'ours', type: 'registry', host: 'ghcr.io' });
  await makeSecretRow(scope, { name: 'hub', type: 'docker_hub', host: 'docker.io' });
});
afterEach(async () => {
  await prisma().preflight.deleteMany();
});

const workerId = randomUUID();

async function ask(request: Partial<PreflightRequest>, as = scope): Promise<string> {
  const input = preflightInputSchema.parse({ reference: 'ghcr.io/acme/app:1', ...request });
  return (await askPreflight({ scope: as, input })).id;
}

/** The check is made by a worker that finds this. */
async function make(
  id: string,
  options: { checks?: PreflightCheck[]; isRefused?: boolean } = {},
): Promise<void> {
  const claim = await claimPreflight({ workerId });
  expect(claim?.id).toBe(id);
  const { checks = allPassed, isRefused = false } = options;
  expect(await endPreflight({ id, workerId }, { checks, isRefused })).toBe(true);
}

const allPassed: PreflightCheck[] = waitingChecks.map((check) => ({
  ...check,
  state: 'passed',
  detail: 'Found',
}));
const problem = reportError(new NotFoundError('image'));
const missing = failChecks(allPassed.with(5, { name: 'manifest', state: 'running', detail: '' }), {
  problem,
});
const signInRefused = failChecks(
  waitingChecks.map((check, index) => (index < 3 ? { ...check, state: 'passed' } : check)),
  { problem },
);
const lost = failChecks(waitingChecks, { problem: reportError(new CheckLostError({ what: 'Lost' })) });

const rowOf = (id: string) => prisma().preflight.findUniqueOrThrow({ where: { id } });
/** As if it had happened some seconds before. */
const age = (id: string, seconds: number) => prisma().$executeRaw`
  UPDATE preflight SET created_at = created_at - ${seconds}::int * interval '1 second',
                       ended_at = ended_at - ${seconds}::int * interval '1 second'
  WHERE id = ${id}::uuid`;

async function refusal(asking: Promise<unknown>): Promise<SlipwayError> {
  return asking.then(
    () => expect.fail('It was taken'),
    (error: unknown) => (error instanceof SlipwayError ? error : expect.fail(String(error))),
  );
}

describe('asking', () => {
  test('queues the normalised question, once for each time', async () => {
    const id = await ask({ reference: 'ubuntu', platform: 'linux/x86_64', secretName: 'hub' });
    const secret = await prisma().secret.findFirstOrThrow({
      where: { name: 'hub', workspaceId: scope.workspaceId },
      include: { versions: true },
    });
    expect(await rowOf(id)).toMatchObject({
      workspaceId: scope.workspaceId,
      requestedBy: scope.userId,
      reference: 'docker.io/library/ubuntu:latest',
      platform: 'linux/amd64',
      secretId: secret.id,
      secretVersionId: secret.versions[0]?.id,
      state: 'queued',
    });
    expect(await ask({ reference: 'ubuntu', secretName: 'hub' })).not.toBe(id);
  });

  test.each<[string, Partial<PreflightRequest>, string]>([
    ['what is no reference', { reference: 'ghcr.io/UPPER/app' }, 'reference_invalid'],
    ['what is no platform', { platform: 'linux' }, 'platform_invalid'],
    ['a secret that does not exist', { secretName: 'nobodys' }, 'input'],
  ])('refuses %s, and nothing is queued', async (_, request, code) => {
    expect((await refusal(ask(request))).code).toBe(code);
    expect(await prisma().preflight.count()).toBe(0);
  });

  test('refuses a secret of another workspace as one that does not exist', async () => {
    const other = await makeWorkspace();
    const theirs = await refusal(ask({ secretName: 'ours' }, other));
    const nobodys = await refusal(ask({ secretName: 'none' }, other));
    expect(theirs.advice.what).toBe(nobodys.advice.what.replace('none', 'ours'));
  });

  test('leaves it to the checks whether the secret is for that registry', async () => {
    await makeSecretRow(scope, { name: 'steps', type: 'custom', host: null });
    for (const secretName of ['hub', 'steps'])
      await expect(ask({ secretName })).resolves.toBeTypeOf('string');
  });
});

describe('a result', () => {
  test('answers the same question for a minute', async () => {
    const id = await ask({ secretName: 'ours' });
    await make(id);
    expect(await ask({ secretName: 'ours' })).toBe(id);
    expect(await ask({ secretName: 'ours', platform: 'linux/x86_64' })).toBe(id);
    await age(id, 61);
    expect(await ask({ secretName: 'ours' })).not.toBe(id);
  });

  test('also where an image is missing', async () => {
    const id = await ask({});
    await make(id, { checks: missing });
    expect(await ask({})).toBe(id);
  });

  test.each<[string, Partial<PreflightRequest>]>([
    ['another tag', { reference: 'ghcr.io/acme/app:2' }],
    ['another platform', { platform: 'linux/arm64' }],
    ['no secret', { secretName: null }],
    ['another secret', { secretName: 'hub' }],
    ['whoever presses the button', { isAsked: true }],
  ])('is no answer for %s', async (_, request) => {
    const id = await ask({ secretName: 'ours' });
    await make(id);
    expect(await ask({ secretName: 'ours', ...request })).not.toBe(id);
  });

  test('is no answer in another workspace', async () => {
    const id = await ask({});
    await make(id);
    expect(await ask({}, await makeWorkspace())).not.toBe(id);
  });

  test('is no answer once the values were replaced', async () => {
    const id = await ask({ secretName: 'ours' });
    await make(id, { checks: signInRefused, isRefused: true });
    await replaceValues('ours');
    expect(await ask({ secretName: 'ours' })).not.toBe(id);
  });

  test('that only says that Slipway failed is no answer', async () => {
    const id = await ask({});
    await make(id, { checks: lost });
    expect(await ask({})).not.toBe(id);
  });

  test('of a draft answers nothing, neither for a saved secret nor for asking without one', async () => {
    const id = await askDraft();
    await make(id);
    for (const request of [{ secretName: 'ours' }, { secretName: null }])
      expect(await ask(request)).not.toBe(id);
    expect(await askDraft()).not.toBe(id);
  });
});

describe('credentials that were refused', () => {
  const refuse = async (request: Partial<PreflightRequest> = { secretName: 'ours' }) => {
    const id = await ask(request);
    await make(id, { checks: signInRefused, isRefused: true });
    return id;
  };

  test('are not tried again at that registry while somebody types', async () => {
    const id = await refuse();
    await age(id, 3_600);
    expect(
      await ask({ secretName: 'ours', reference: 'ghcr.io/acme/other:9', platform: 'linux/arm64' }),
    ).toBe(id);
    expect(await ask({ secretName: 'ours', reference: 'GHCR.io/acme/app:1' })).toBe(id);
  });

  test('are tried again when somebody presses the button, and from then on if they were taken', async () => {
    const id = await refuse();
    const again = await ask({ secretName: 'ours', isAsked: true });
    expect(again).not.toBe(id);
    await make(again);
    expect(await ask({ secretName: 'ours', reference: 'ghcr.io/acme/other:9' })).not.toBe(id);
  });

  test('stay refused when what followed did not get so far as to try them', async () => {
    const id = await refuse();
    const again = await ask({ secretName: 'ours', isAsked: true });
    await make(again, { checks: failChecks(waitingChecks, { problem }) });
    expect(await ask({ secretName: 'ours', reference: 'ghcr.io/acme/other:9' })).toBe(id);
  });

  test('say nothing of another registry, nor of asking without a secret', async () => {
    const id = await refuse();
    expect(await ask({ secretName: 'ours', reference: 'ghcr.io.example/acme/app:1' })).not.toBe(id);
    expect(await ask({ secretName: null })).not.toBe(id);
  });

  test('are known to be refused also when the secret was tried alone', async () => {
    const id = await refuse({ reference: null, secretName: 'ours' });
    expect(await ask({ secretName: 'ours' })).toBe(id);
  });

  test('are forgotten after a day', async () => {
    const id = await refuse();
    const open = await ask({ reference: 'ghcr.io/acme/open:1' });
    for (const old of [id, open]) await age(old, 25 * 3_600);
    await forgetOldPreflights();
    expect(await prisma().preflight.findMany({ select: { id: true } })).toEqual([{ id: open }]);
    expect(await ask({ secretName: 'ours' })).not.toBe(id);
  });
});

describe('one person', () => {
  test('has four checks at once, however they are asked for', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => ask({})));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    const error = await refusal(ask({}));
    expect(error).toMatchObject({ code: 'too_many_checks', kind: 'rate_limited', retryAfterSeconds: 5 });
    await prisma().preflight.updateMany({ data: { state: 'abandoned', endedAt: new Date() } });
    await expect(ask({})).resolves.toBeTypeOf('string');
  });

  test('has thirty a minute, of which held results are none', async () => {
    for (let times = 0; times < 30; times += 1) await make(await ask({ isAsked: true }));
    await expect(ask({})).resolves.toBeTypeOf('string');
    const { createdAt } = await prisma().preflight.findFirstOrThrow({ orderBy: { createdAt: 'asc' } });
    const leftSeconds = () => 60 - (Date.now() - createdAt.getTime()) / 1000;
    const before = leftSeconds();
    const error = await refusal(ask({ isAsked: true }));
    expect(error).toMatchObject({ code: 'too_many_checks', kind: 'rate_limited' });
    const seconds = Number(/in (\d+) seconds?/.exec(error.advice.next)?.[1]);
    // In whole seconds, rounded up.
    expect(seconds).toBeGreaterThan(leftSeconds() - 1);
    expect(seconds).toBeLessThan(before + 2);
    await prisma().$executeRaw`UPDATE preflight SET created_at = created_at - interval '61 seconds'`;
    await expect(ask({ isAsked: true })).resolves.toBeTypeOf('string');
  });

  test('does not use up what others have', async () => {
    for (let times = 0; times < 4; times += 1) await ask({});
    await expect(ask({}, await makeWorkspace())).resolves.toBeTypeOf('string');
  });
});

describe('a draft', () => {
  test('is kept sealed until the check ends, and not a moment longer', async () => {
    const id = await askDraft();
    expect(await rowOf(id)).toMatchObject({ secretVersionId: null, draft: { type: 'docker_hub' } });
    await make(id);
    expect(await rowOf(id)).toMatchObject({ draft: null, draftSealed: null });
    const left = await askDraft();
    await abandonPreflight({ scope, id: left });
    expect(await rowOf(left)).toMatchObject({ state: 'abandoned', draft: null, draftSealed: null });
  });

  test('of a key that no worker has published is refused', async () => {
    const error = await refusal(askDraft({ keyId: '0123456789abcdef' }));
    expect(error.advice.next).toContain('Reload the page');
    expect(await prisma().preflight.count()).toBe(0);
  });
});

describe('following', () => {
  const follow = (id: string, options: { signal?: AbortSignal; as?: Scope } = {}) =>
    followPreflight({
      scope: options.as ?? scope,
      id,
      signal: options.signal ?? AbortSignal.timeout(30_000),
    });
  const next = async (views: AsyncGenerator<PreflightView, void, void>) => (await views.next()).value;
  /** The first view that says what the check waits for; those before it say only what is to come. */
  const nextWaiting = async (views: AsyncGenerator<PreflightView, void, void>) => {
    for (;;) {
      const view = await next(views);
      if (view?.waitsFor !== undefined) return view;
      expect(view).toEqual({ state: 'queued', checks: waitingChecks });
    }
  };

  test('begins at once with every check to come, and says when no worker is there to make them', async () => {
    const views = follow(await ask({}));
    expect(await nextWaiting(views)).toEqual({
      state: 'queued',
      checks: waitingChecks,
      waitsFor: 'worker',
    });
    await views.return();
  });

  test('says so, too, when the workers that are there have no slot free', async () => {
    await prisma().worker.create({ data: { id: randomUUID(), hostname: 'a', pid: 1, slots: 1 } });
    const views = follow(await ask({}));
    expect(await nextWaiting(views)).toMatchObject({ waitsFor: 'slot' });
    await views.return();
    await prisma().worker.deleteMany();
  });

  test('ends with the last view, and abandons nothing then', async () => {
    const id = await ask({});
    const leaving = new AbortController();
    const views = follow(id, { signal: leaving.signal });
    await next(views);
    await make(id);
    const seen: PreflightView[] = [];
    for await (const view of views) seen.push(view);
    expect(seen.at(-1)).toMatchObject({ state: 'ended', checks: allPassed });
    expect(Date.parse(seen.at(-1)?.endedAt ?? '')).toBeGreaterThan(Date.now() - 10_000);
    leaving.abort();
    expect(await rowOf(id)).toMatchObject({ state: 'ended' });
  });

  test('a held result shows it whole, with its time', async () => {
    const id = await ask({});
    await make(id, { checks: missing });
    const views = follow(await ask({}));
    expect(await next(views)).toMatchObject({ state: 'ended', checks: missing, endedAt: expect.any(String) });
    expect(await next(views)).toBeUndefined();
  });

  test.each(['before it begins', 'while it waits', 'by returning'])(
    'abandons the check on leaving %s',
    async (when) => {
      const id = await ask({});
      const leaving = new AbortController();
      const views = follow(id, { signal: leaving.signal });
      if (when !== 'before it begins') await next(views);
      if (when === 'by returning') await views.return();
      else leaving.abort();
      await expect.poll(async () => (await rowOf(id)).state).toBe('abandoned');
      expect(await next(views)).toBeUndefined();
      expect(await claimPreflight({ workerId })).toBeNull();
    },
  );

  test('a check that no worker takes ends after thirty seconds, and says why', async () => {
    const id = await ask({});
    const views = follow(id);
    await next(views);
    await age(id, 31);
    const seen: PreflightView[] = [];
    for await (const view of views) seen.push(view);
    expect(seen.at(-1)).toMatchObject({ state: 'ended' });
    expect(seen.at(-1)?.checks[0]).toMatchObject({
      name: 'name',
      state: 'failed',
      problem: { code: 'no_worker_took' },
    });
    expect(
      seen
        .at(-1)
        ?.checks.slice(1)
        .every(({ state }) => state === 'skipped'),
    ).toBe(true);
  });

  test('a check whose worker is gone ends, with no other worker to see it', async () => {
    const id = await ask({});
    const views = follow(id);
    await next(views);
    await claimPreflight({ workerId });
    await prisma().$executeRaw`UPDATE preflight SET lease_until = now() - interval '1 second'`;
    const seen: PreflightView[] = [];
    for await (const view of views) seen.push(view);
    expect(seen.at(-1)?.checks[0]).toMatchObject({ state: 'failed', problem: { code: 'check_lost' } });
    expect(await endPreflight({ id, workerId }, { checks: allPassed, isRefused: false })).toBe(false);
  });

  test('goes on after a connection that broke', async () => {
    const id = await ask({});
    const views = follow(id);
    await next(views);
    await prisma().$queryRaw`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN%'`;
    await make(id);
    const seen: PreflightView[] = [];
    for await (const view of views) seen.push(view);
    expect(seen.at(-1)).toMatchObject({ state: 'ended' });
  });

  test('a check of another workspace is refused, and goes on', async () => {
    const id = await ask({});
    const leaving = new AbortController();
    const views = follow(id, { as: await makeWorkspace(), signal: leaving.signal });
    await expect(views.next()).rejects.toThrow(NotFoundError);
    leaving.abort();
    await make(id);
  });
});

async function askDraft(change: { readonly keyId?: string } = {}): Promise<string> {
  const { keyring } = await startKeyring();
  const { id: secretId, name: _, ...version } = await post({ scope, keyring });
  return ask({ reference: 'ubuntu', draft: { secretId, version: { ...version, ...change } } });
}

async function replaceValues(name: string): Promise<void> {
  const { id } = await prisma().secret.update({
    where: { workspaceId_name: { workspaceId: scope.workspaceId, name } },
    data: { versionNumber: 2 },
  });
  const version = { id: randomUUID(), secretId: id, number: 2, keyId: '0'.repeat(16), keys: [], facts: {} };
  await prisma().secretVersion.create({ data: { ...version, sealed: new Uint8Array([1]), createdBy: 'x' } });
}
