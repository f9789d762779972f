import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { closeDatabase, configureDatabase, prisma } from '#lib/db/client.ts';
import { followPreflight } from '#lib/preflight/live.ts';
import { askPreflight } from '#lib/preflight/mutations.ts';
import {
  checkNames,
  type PreflightRequest,
  type PreflightView,
  preflightInputSchema,
} from '#lib/preflight/schema.ts';
import { listAllowances } from '#lib/secrets/data.ts';
import { mintScope } from '#lib/teams/mint-scope.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { pushImage } from '#tests/support/images.ts';
import { allKept } from '#tests/support/kept.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { type RegistryProxy, startRegistryProxy } from '#tests/support/registry-proxy.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import {
  openYard,
  preflightProcesses,
  registryHost,
  type TestWorker,
  until,
  type Yard,
} from '../worker/yard.ts';

let database: TestDatabase;
let registry: TestRegistry;
let proxy: RegistryProxy;
let yard: Yard;
let scope: Scope;

/** While it is true, the registry takes requests and answers none. */
let isSilent = false;
/** Once it opens, the registry answers. */
let gate = Promise.resolve();
/** While it is true, the registry says how many pulls are left. */
let isCounting = false;

const password = 'correct-horse-battery-staple';
const values = { REGISTRY_HOST: registryHost, REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: password };
const layerBytes = 200_000;
const reference = `${registryHost}/team/app:1`;

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  registry = await startRegistry({ auth: 'token', username: 'ines', password });
  proxy = await startRegistryProxy({ target: registry.url, intercept });
  yard = await openYard({ database, endpoint: proxy.url });
  scope = await makeWorkspace();
  const wrong = { ...values, REGISTRY_PASSWORD: 'wrong-password' };
  await yard.saveSecret({ scope, type: 'registry', name: 'ours', values });
  await yard.saveSecret({ scope, type: 'registry', name: 'wrong', values: wrong });
  await pushImage({ registry, repository: 'team/app', tag: '1', layers: [layerBytes, 400] });
});
afterEach(() => {
  isSilent = false;
  gate = Promise.resolve();
  isCounting = false;
});
afterAll(async () => {
  await yard?.close();
  await proxy?.stop();
  await registry?.stop();
  await closeDatabase();
  await database?.drop();
});

async function intercept(_: IncomingMessage, response: ServerResponse): Promise<boolean> {
  await gate;
  if (isCounting)
    response.setHeader('ratelimit-limit', '100;w=21600').setHeader('ratelimit-remaining', '76;w=21600');
  return isSilent;
}

interface Asked {
  readonly id: string;
  readonly leave: () => void;
  /** Every view until the last. */
  readonly views: Promise<readonly PreflightView[]>;
}

async function ask(request: Partial<PreflightRequest>, as = scope): Promise<Asked> {
  const leaving = new AbortController();
  const input = preflightInputSchema.parse({ reference, isAsked: true, ...request });
  const { id } = await askPreflight({ scope: as, input });
  const follow = async () => {
    const views: PreflightView[] = [];
    for await (const view of followPreflight({ scope: as, id, signal: leaving.signal })) views.push(view);
    return views;
  };
  return { id, leave: () => leaving.abort(), views: follow() };
}

/** How a check ends. */
async function ended(asked: Asked): Promise<PreflightView> {
  const last = (await asked.views).at(-1);
  return last?.state === 'ended' ? last : expect.fail('It did not end');
}

const statesOf = (view: PreflightView | undefined) =>
  view?.checks.map(({ name, state }) => `${state} ${name}`);
const failureOf = (view: PreflightView) => view.checks.find(({ state }) => state === 'failed');
const rowOf = ({ id }: Asked) => prisma().preflight.findUniqueOrThrow({ where: { id } });

/** A check in the middle of its sign-in, with the process that makes it. */
async function askSilent(as = scope): Promise<Asked & { readonly pid: number }> {
  isSilent = true;
  const before = proxy.requests.length;
  const asked = await ask({ secretName: 'ours' }, as);
  await until(() => proxy.requests.length > before);
  // That of a check before it may still be on its way out.
  await until(async () => (await preflightProcesses()).length === 1);
  const [pid = 0] = await preflightProcesses();
  return { ...asked, pid };
}

describe('a check', () => {
  let worker: TestWorker;
  beforeAll(async () => {
    worker = await yard.startWorker();
  });
  afterAll(async () => {
    await worker.stop();
  });

  test('is made by a worker and seen as it goes on', async () => {
    const views = await (await ask({ secretName: 'ours' })).views;
    expect(views[0]?.checks.map(({ name }) => name)).toEqual(checkNames);
    expect(['queued', 'running']).toContain(views[0]?.state);
    expect(views.slice(0, -1).every(({ state }) => state !== 'ended')).toBe(true);
    expect(statesOf(views.at(-1))).toEqual([
      'passed name',
      'passed dns',
      'skipped tls',
      'passed sign_in',
      'passed permission',
      'passed manifest',
      'passed platform',
      'passed size',
      'passed pulls_left',
    ]);
    const made = views.at(-1)?.checks.filter(({ state }) => state === 'passed');
    expect(made?.every(({ detail, tookMs }) => detail !== '' && tookMs !== undefined)).toBe(true);
  });

  test('fetches no layer, is no use of the secret, and leaves no process', async () => {
    proxy.reset();
    const asked = await ask({ secretName: 'ours' });
    await ended(asked);
    expect(proxy.requests.length).toBeGreaterThan(0);
    expect(proxy.requests.every(({ bodyBytes }) => bodyBytes < layerBytes)).toBe(true);
    expect(await prisma().secret.findFirst({ where: { name: 'ours' } })).toMatchObject({
      lastUsedAt: null,
      lastUsedBuild: null,
    });
    await until(async () => (await preflightProcesses()).length === 0);
  });

  test.each<[string, Partial<PreflightRequest>, string, string]>([
    [
      'an image that is not there',
      { reference: `${registryHost}/team/app:2` },
      'manifest',
      'manifest_unknown',
    ],
    ['no secret', { secretName: null }, 'permission', 'access_denied'],
    ['a secret for another registry', { reference: 'ghcr.io/team/app:1' }, 'name', 'secret_host_mismatch'],
  ])('says what is wrong with %s', async (_, request, name, code) => {
    const view = await ended(await ask({ secretName: 'ours', ...request }));
    expect(failureOf(view)).toMatchObject({ name, problem: { code } });
  });

  test('of a secret that does not open fails where it would sign in, and nothing is sent', async () => {
    await yard.saveSecret({ scope, name: 'moved', type: 'registry', values });
    await prisma().$executeRaw`
      UPDATE secret_version SET sealed = other.sealed, state = 'accepted'
      FROM secret_version AS other JOIN secret ON secret.id = other.secret_id, secret AS mine
      WHERE secret_version.secret_id = mine.id AND mine.name = 'moved' AND secret.name = 'ours'`;
    proxy.reset();
    const view = await ended(await ask({ secretName: 'moved' }));
    expect(failureOf(view)).toMatchObject({ name: 'sign_in', problem: { code: 'seal_broken' } });
    expect(proxy.requests).toEqual([]);
  });

  test('that was refused is not repeated while somebody types, but when it is asked for', async () => {
    const first = await ask({ secretName: 'wrong' });
    expect(failureOf(await ended(first))).toMatchObject({ name: 'sign_in', problem: { kind: 'denied' } });
    proxy.reset();
    const typed = await ask({
      secretName: 'wrong',
      reference: `${registryHost}/team/other:1`,
      isAsked: false,
    });
    expect(await ended(typed)).toEqual(await ended(first));
    expect(proxy.requests).toEqual([]);
    await ended(await ask({ secretName: 'wrong' }));
    expect(proxy.requests.length).toBeGreaterThan(0);
  });

  test('tries a secret alone', async () => {
    const good = await ended(await ask({ reference: null, secretName: 'ours' }));
    expect(good.checks.find(({ name }) => name === 'sign_in')).toMatchObject({ state: 'passed' });
    const bad = await ended(await ask({ reference: null, secretName: 'wrong' }));
    expect(failureOf(bad)).toMatchObject({ name: 'sign_in' });
  });

  test('tries a draft, which is gone afterwards', async () => {
    const draft = await yard.seal({ scope, type: 'registry', values });
    const asked = await ask({ draft });
    expect(failureOf(await ended(asked))).toBeUndefined();
    expect(await rowOf(asked)).toMatchObject({ draft: null, draftSealed: null });
    expect(await prisma().secret.findUnique({ where: { id: draft.secretId } })).toBeNull();
    const sealed = Buffer.from(draft.version.sealed, 'base64');
    for (const [place, bytes] of await allKept(yard.dataFolder)) {
      expect(bytes.includes(sealed), place).toBe(false);
      expect(bytes.includes(sealed.toString('hex')), place).toBe(false);
    }
  });

  test('keeps the pulls that the registry says are left, by secret, and none for a draft', async () => {
    isCounting = true;
    const draft = await yard.seal({ scope, type: 'registry', values });
    expect((await ended(await ask({ draft }))).allowance).toMatchObject({ remaining: 76 });
    const left = () => listAllowances({ scope });
    expect(await left()).toEqual([]);
    await ended(await ask({ secretName: 'ours' }));
    await until(async () => (await left()).length > 0);
    const { id: secretId } = await prisma().secret.findFirstOrThrow({ where: { name: 'ours' } });
    const counts = { limit: 100, remaining: 76, windowSeconds: 21_600 };
    expect(await left()).toMatchObject([{ registry: registryHost, secretId, ...counts }]);
  });

  test('opens no draft that was sealed for another secret or another workspace', async () => {
    const draft = await yard.seal({ scope, type: 'registry', values });
    proxy.reset();
    const other = await makeWorkspace();
    const moved = await ask({ draft: { ...draft, secretId: randomUUID() } });
    const taken = await ask({ draft }, other);
    for (const asked of [moved, taken]) {
      expect(failureOf(await ended(asked))).toMatchObject({ problem: { code: 'seal_broken' } });
    }
    expect(proxy.requests).toEqual([]);
  });

  test('is made by a process whose environment names no database, no key and no secret', async () => {
    const asked = await askSilent();
    const environment = (await readFile(`/proc/${asked.pid}/environ`, 'utf8')).split('\0');
    expect(environment.map((entry) => entry.split('=')[0]).toSorted()).toEqual([
      '',
      'NODE_CHANNEL_FD',
      'NODE_CHANNEL_SERIALIZATION_MODE',
      'NODE_COMPILE_CACHE',
      'NODE_ENV',
      'PATH',
    ]);
    const commandLine = (await readFile(`/proc/${asked.pid}/cmdline`, 'utf8')).split('\0');
    expect(commandLine.slice(2)).toEqual([asked.id, '']);
    asked.leave();
    await until(async () => (await preflightProcesses()).length === 0);
  });

  test('dies with its process as soon as whoever asked leaves', async () => {
    const asked = await askSilent();
    asked.leave();
    await until(async () => (await preflightProcesses()).length === 0);
    // By itself it would have ended.
    expect(await rowOf(asked)).toMatchObject({ state: 'abandoned' });
  });

  test('whose process is killed ends with its cause, where it stood', async () => {
    const asked = await askSilent();
    process.kill(asked.pid, 'SIGKILL');
    expect(failureOf(await ended(asked))).toMatchObject({
      name: 'sign_in',
      problem: { code: 'check_lost', what: 'The process of this check was lost (SIGKILL)' },
    });
  });

  test('that meets a fault says so, and what it was is told to the log alone', async () => {
    const marker = path.join(yard.dataFolder, 'store', 'oci-layout');
    const before = await readFile(marker);
    await writeFile(marker, 'something else');
    const view = await ended(await ask({ secretName: 'ours' }));
    await writeFile(marker, before);
    expect(failureOf(view)).toMatchObject({ name: 'name', problem: { code: 'not_a_layout' } });
    await until(() => worker.output().includes('A check met a fault'));
    expect(worker.output()).toContain('preflight-process.ts');
    expect(JSON.stringify(view)).not.toContain('preflight-process.ts');
  });

  test('leaves no value and no token in the database, the data folder or the output of the worker', async () => {
    for (const secretName of ['ours', 'wrong']) await ended(await ask({ secretName }));
    const tokens = registry.tokenServer?.issued ?? [];
    expect(tokens.length).toBeGreaterThan(0);
    const basic = Buffer.from(`ines:${password}`).toString('base64');
    const needles = [password, 'wrong-password', basic, Buffer.from(password).toString('hex'), ...tokens];
    const places = [
      ['output of the worker', Buffer.from(worker.output())],
      ...(await allKept(yard.dataFolder)),
    ] as const;
    expect(places.length).toBeGreaterThan(20);
    for (const [place, bytes] of places) {
      for (const needle of needles)
        expect(bytes.includes(needle), `${place}: ${needle.slice(0, 8)}…`).toBe(false);
    }
  });
});

describe('workers', () => {
  afterEach(async () => {
    await yard.stopWorkers();
  });

  test('share the checks, and each is made once', async () => {
    const workers = [await yard.startWorker(), await yard.startWorker()];
    // More than one of them has slots for, and none ends before each of them has one.
    const { promise, resolve: open } = Promise.withResolvers<void>();
    gate = promise;
    const people = [colleague('1'), colleague('2')];
    const asked = await Promise.all(
      people.flatMap((person) => Array.from({ length: 3 }, () => ask({ secretName: 'ours' }, person))),
    );
    await until(async () => {
      const rows = await prisma().preflight.findMany({ where: { id: { in: asked.map(({ id }) => id) } } });
      return new Set(rows.flatMap(({ workerId }) => workerId ?? [])).size === workers.length;
    });
    open();
    for (const one of asked) expect(failureOf(await ended(one))).toBeUndefined();
    const logged = () => workers.map((worker) => [...worker.output().matchAll(/"preflightId":"([^"]+)"/g)]);
    await until(() => logged().flat().length >= asked.length);
    expect(
      logged()
        .flat()
        .map(([, id]) => id)
        .toSorted(),
    ).toEqual(asked.map(({ id }) => id).toSorted());
    expect(logged().every((lines) => lines.length > 0)).toBe(true);
  });

  test('that are killed lose their checks, which end with that cause, and the process goes with them', async () => {
    const workers = [await yard.startWorker(), await yard.startWorker()];
    const asked = await askSilent();
    (await makerOf(asked, workers)).kill('SIGKILL');
    expect(failureOf(await ended(asked))).toMatchObject({ problem: { code: 'check_lost' } });
    expect(await preflightProcesses()).toEqual([]);
  });

  test('that stop give their checks back', async () => {
    const workers = [await yard.startWorker(), await yard.startWorker()];
    const asked = await askSilent();
    const first = await makerOf(asked, workers);
    isSilent = false;
    expect(await first.stop()).toBe(0);
    expect(failureOf(await ended(asked))).toBeUndefined();
    expect(await makerOf(asked, workers)).not.toBe(first);
  });

  test('end a process that hangs, and a process ends by itself when its worker hangs', async () => {
    await yard.startWorker();
    const hanging = await askSilent();
    process.kill(hanging.pid, 'SIGSTOP');
    expect(failureOf(await ended(hanging))).toMatchObject({ problem: { code: 'check_took_too_long' } });
    await until(async () => (await preflightProcesses()).length === 0);
    await yard.stopWorkers();

    const sleeper = await yard.startWorker();
    const left = await askSilent();
    sleeper.kill('SIGSTOP');
    expect(failureOf(await ended(left))).toMatchObject({ problem: { code: 'check_lost' } });
    await until(async () => (await preflightProcesses()).length === 0);
    const before = await rowOf(left);
    sleeper.kill('SIGCONT');
    await until(() => sleeper.output().includes('Check ended'));
    expect(await rowOf(left)).toEqual(before);
  });
});

/** The worker that makes a check, or made it. */
async function makerOf(asked: Asked, workers: readonly TestWorker[]): Promise<TestWorker> {
  const { workerId } = await rowOf(asked);
  const { pid } = await prisma().worker.findUniqueOrThrow({ where: { id: workerId ?? '' } });
  return workers.find((worker) => worker.pid === pid) ?? expect.fail('It is none of them');
}

/** Somebody else of the same workspace, with a rate of their own. */
function colleague(userId: string): Scope {
  return mintScope({ ...scope, userId });
}
