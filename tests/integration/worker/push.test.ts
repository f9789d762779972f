import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeDatabase, configureDatabase, Prisma, prisma, transaction } from '#lib/db/client.ts';
import { saveImage } from '#lib/images/mutations.ts';
import { definitionSchema } from '#lib/images/schema.ts';
import { lastPushOf, listPushes, newestResultOf, readPushTarget } from '#lib/push/data.ts';
import { buildAndPush, cancelPush, savePushTarget, startPush } from '#lib/push/mutations.ts';
import { pushInputSchema, pushTargetSchema } from '#lib/push/schema.ts';
import type { PushView } from '#lib/push/types.ts';
import { deleteSecret, replaceValues } from '#lib/secrets/mutations.ts';
import { sealedVersionSchema } from '#lib/secrets/sealed-secret.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { runProgram } from '#tests/support/bound-process.ts';
import { type PushedImage, pushImage } from '#tests/support/images.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { type RegistryProxy, startRegistryProxy } from '#tests/support/registry-proxy.ts';
import { makeWorkspace } from '../builds/workspace.ts';
import {
  openYard,
  pushProcesses,
  reached,
  registryHost,
  start,
  type TestWorker,
  until,
  type Yard,
} from './yard.ts';

let database: TestDatabase;
let source: TestRegistry;
let registry: TestRegistry;
let plain: TestRegistry;
let proxy: RegistryProxy;
let sourceProxy: RegistryProxy;
let yard: Yard;
let worker: TestWorker;
let scope: Scope;
let base: PushedImage;
let number: number;
/** Cuts the connection of a request instead of passing it on. */
let cuts: (request: { readonly method?: string | undefined; readonly url?: string | undefined }) => boolean =
  () => false;
/** Answers that there is no such repository, as registries do where somebody may not see it. */
let hides: (url: string) => boolean = () => false;

const ours = 'ours.test:5000';
const other = 'other.test:5000';
const password = 'correct-horse-battery-staple';

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  source = await startRegistry({ auth: 'token', username: 'ines', password });
  registry = await startRegistry({ auth: 'token', username: 'ines', password });
  plain = await startRegistry({ auth: 'htpasswd', username: 'ines', password });
  sourceProxy = await startRegistryProxy({
    target: source.url,
    intercept: ({ url = '' }, response) => {
      if (!hides(url)) return false;
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'NAME_UNKNOWN', message: 'not known to registry' }] }));
      return true;
    },
  });
  proxy = await startRegistryProxy({
    target: registry.url,
    intercept: (request) => {
      if (!cuts(request)) return false;
      request.socket.destroy();
      return true;
    },
  });
  yard = await openYard({
    database,
    endpoint: sourceProxy.url,
    others: { [ours]: proxy.url, [other]: plain.url },
  });
  scope = await makeWorkspace();
  await save('source', registryHost);
  await save('ours', ours);
  await save('other', other);
  // One layer of more than a chunk, and small ones.
  base = await pushImage({
    registry: source,
    repository: 'team/app',
    tag: '1',
    layers: [200_000, 70_000_000, 400],
  });
  worker = await yard.startWorker();
  number = await start(scope, 'team/app:1', 'source');
  await reached(scope, number, ['succeeded']);
});
beforeEach(() => {
  cuts = () => false;
  hides = () => false;
  proxy.reset();
});
afterAll(async () => {
  await yard?.close();
  await proxy?.stop();
  await sourceProxy?.stop();
  for (const each of [source, registry, plain]) await each?.stop();
  await closeDatabase();
  await database?.drop();
});

async function save(name: string, host: string, owner = scope): Promise<{ readonly secretId: string }> {
  const values = { REGISTRY_HOST: host, REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: password };
  return yard.saveSecret({ scope: owner, name, type: 'registry', values });
}

async function push(reference: string, secretName: string | null = 'ours', of = number): Promise<string> {
  return (await startPush({ scope, number: of, input: pushInputSchema.parse({ reference, secretName }) })).id;
}

const ends = ['succeeded', 'failed', 'cancelled'];

/** The push once it is in one of these states. */
async function pushed(id: string, states: readonly string[] = ends): Promise<PushView> {
  const { build } = await prisma().push.findUniqueOrThrow({ where: { id }, select: { build: true } });
  const find = async () => (await listPushes({ scope, number: build.number })).find((each) => each.id === id);
  await until(async () => states.includes((await find())?.state ?? ''));
  const found = await find();
  if (found === undefined) throw new Error('The push is gone');
  return found;
}

const uploads = () => proxy.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD');
const totalBytes = () => base.layers.reduce((sum, { size }) => sum + size, base.config.size);

async function manifestAt(at: TestRegistry, repository: string, tag: string): Promise<Buffer> {
  const authorization = at.authorize(repository);
  const answer = await fetch(`${at.url}/v2/${repository}/manifests/${tag}`, {
    headers: { accept: base.mediaType, ...(authorization === undefined ? {} : { authorization }) },
  });
  return answer.status === 200 ? Buffer.from(await answer.arrayBuffer()) : Buffer.from(String(answer.status));
}

describe('a push by hand', () => {
  test('brings the image byte for byte to another registry, and skopeo reads it back', async () => {
    const done = await pushed(await push(`${ours}/copies/app:1`));
    expect(done.error).toBeNull();
    expect(done).toMatchObject({
      state: 'succeeded',
      digest: base.digest,
      sentBytes: totalBytes(),
      mountedBytes: 0,
      presentBytes: 0,
    });
    expect(done.progress?.blobs.map(({ kind, state }) => [kind, state])).toEqual([
      ['layer', 'uploaded'],
      ['layer', 'uploaded'],
      ['layer', 'uploaded'],
      ['config', 'uploaded'],
    ]);
    expect((await manifestAt(registry, 'copies/app', '1')).equals(base.bytes)).toBe(true);
    const credentials = `ines:${password}`;
    const raw = await runProgram('skopeo', [
      'inspect',
      '--raw',
      '--tls-verify=false',
      `--creds=${credentials}`,
      `docker://${registry.host}/copies/app:1`,
    ]);
    expect(createHash('sha256').update(raw).digest('hex')).toBe(base.digest.slice('sha256:'.length));
    // The large layer goes up in chunks, the others whole.
    expect(uploads().filter(({ method }) => method === 'PATCH').length).toBeGreaterThan(1);
  });

  test('again asks for the tag alone', async () => {
    await pushed(await push(`${ours}/copies/app:1`));
    proxy.reset();
    const again = await pushed(await push(`${ours}/copies/app:1`));
    expect(again).toMatchObject({ state: 'succeeded', sentBytes: 0, presentBytes: totalBytes() });
    expect(uploads()).toEqual([]);
    expect(proxy.requests.filter(({ path: asked }) => asked.includes('/manifests/'))).toHaveLength(1);
    expect(proxy.requests.filter(({ path: asked }) => asked.includes('/blobs/'))).toHaveLength(0);
  });

  test('under another tag sends the manifest alone', async () => {
    const done = await pushed(await push(`${ours}/copies/app:2`));
    expect(done).toMatchObject({ sentBytes: 0, presentBytes: totalBytes() });
    expect(uploads().map(({ method }) => method)).toEqual(['PUT']);
  });

  test('to another repository of that registry mounts every blob', async () => {
    const done = await pushed(await push(`${ours}/elsewhere/app:1`));
    expect(done).toMatchObject({ state: 'succeeded', sentBytes: 0, mountedBytes: totalBytes() });
    const posts = uploads().filter(({ method }) => method === 'POST');
    expect(posts).toHaveLength(4);
    expect(
      posts.every(({ path: asked, status }) => asked.includes('&from=copies/app') && status === 201),
    ).toBe(true);
    expect((await manifestAt(registry, 'elsewhere/app', '1')).equals(base.bytes)).toBe(true);
  });

  test('to a registry with passwords of its own', async () => {
    expect(await pushed(await push(`${other}/copies/app:1`, 'other'))).toMatchObject({ state: 'succeeded' });
    expect((await manifestAt(plain, 'copies/app', '1')).equals(base.bytes)).toBe(true);
  });

  test('asks for tokens of the target for pull and push, and of the base for pull alone', async () => {
    const scopes = registry.tokenServer?.requests.flatMap((request) => request.scopes) ?? [];
    expect(
      scopes.filter((each) => each.includes(':copies/app:')).every((each) => /:pull(,push)?$/.test(each)),
    ).toBe(true);
    expect(scopes).toContain('repository:copies/app:pull,push');
    const ofBase = source.tokenServer?.requests.flatMap((request) => request.scopes) ?? [];
    expect(new Set(ofBase)).toEqual(new Set(['repository:team/app:pull']));
  });
});

describe('a push that is disturbed', () => {
  test('goes on after a cut connection where the registry is', async () => {
    const fresh = await freshBuild('cut');
    let patches = 0;
    cuts = ({ method }) => {
      if (method !== 'PATCH') return false;
      patches += 1;
      return patches === 2;
    };
    const done = await pushed(await push(`${ours}/fresh/cut:1`, 'ours', fresh));
    expect(done.error).toBeNull();
    expect(patches).toBe(4);
    const asked = proxy.requests.filter(
      ({ method, path: to }) => method === 'GET' && to.includes('/uploads/'),
    );
    expect(asked.map(({ status }) => status)).toEqual([204]);
    // One for the layer and one for the config: nothing began anew.
    expect(uploads().filter(({ method }) => method === 'POST')).toHaveLength(2);
  });

  test('ends well though its worker was killed in the middle, and sends no blob twice that had arrived', async () => {
    const fresh = await freshBuild('killed');
    proxy.reset({ uploadBytesPerSecond: 20_000_000 });
    const id = await push(`${ours}/fresh/killed:1`, 'ours', fresh);
    await until(() => uploads().some(({ method, status }) => method === 'PATCH' && status === 202));
    worker.kill('SIGKILL');
    await until(async () => (await pushProcesses()).length === 0);
    proxy.reset();
    worker = await yard.startWorker();
    expect(await pushed(id)).toMatchObject({ state: 'succeeded', error: null });
    const { attempt, losses } = await prisma().push.findUniqueOrThrow({ where: { id } });
    expect({ attempt, losses }).toEqual({ attempt: 2, losses: 1 });
  });

  test('by its process being killed is taken up again, and after the third time fails with that cause', async () => {
    const fresh = await freshBuild('process');
    proxy.reset({ uploadBytesPerSecond: 1_000_000 });
    const id = await push(`${ours}/fresh/process:1`, 'ours', fresh);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await until(async () => {
        const row = await prisma().push.findUniqueOrThrow({ where: { id } });
        return row.state === 'running' && row.attempt === attempt && (await pushProcesses()).length === 1;
      });
      for (const pid of await pushProcesses()) process.kill(pid, 'SIGKILL');
    }
    expect(await pushed(id)).toMatchObject({ state: 'failed', error: { code: 'push_lost' } });
  });

  test('stops at once when somebody cancels it', async () => {
    const fresh = await freshBuild('cancelled');
    proxy.reset({ uploadBytesPerSecond: 1_000_000 });
    const id = await push(`${ours}/fresh/cancelled:1`, 'ours', fresh);
    await until(() => uploads().some(({ method }) => method === 'PATCH'));
    const askedAt = performance.now();
    await cancelPush({ scope, id });
    expect(await pushed(id)).toMatchObject({ state: 'cancelled', cause: `Cancelled by ${scope.userName}` });
    // A second on a machine that has nothing else to do; the push would go on for a minute.
    expect(performance.now() - askedAt).toBeLessThan(30_000);
    await until(async () => (await pushProcesses()).length === 0);
    await expect(cancelPush({ scope, id })).rejects.toMatchObject({ code: 'push_ended' });
    expect(String(await manifestAt(registry, 'fresh/cancelled', '1'))).toBe('404');
  });

  test('of a damaged blob fails, says which, and leaves no image', async () => {
    const fresh = await freshBuild('damaged');
    const { baseDigest } = await prisma().build.findFirstOrThrow({ where: { number: fresh } });
    const layer = await prisma().storedImageBlob.findFirstOrThrow({
      where: { imageDigest: baseDigest ?? '', kind: 'layer' },
    });
    const file = path.join(yard.dataFolder, 'store/blobs/sha256', layer.digest.slice('sha256:'.length));
    const handle = await open(file, 'r+');
    await handle.write(Buffer.from('x'), 0, 1, 69_000_000);
    await handle.close();
    const done = await pushed(await push(`${ours}/fresh/damaged:1`, 'ours', fresh));
    expect(done).toMatchObject({ state: 'failed', error: { code: 'stored_blob_damaged' } });
    expect(done.error?.what).toContain(layer.digest.slice(0, 19));
    expect(String(await manifestAt(registry, 'fresh/damaged', '1'))).toBe('404');
    expect(
      uploads().some(
        ({ path: to, status }) =>
          to.includes('digest=sha256') && status === 201 && to.includes(layer.digest.slice(7)),
      ),
    ).toBe(false);
  });
});

describe('the right to push', () => {
  test('is the own workspace’s alone', async () => {
    const stranger = await makeWorkspace({ userName: 'Mallory' });
    const input = { reference: `${ours}/theirs/app:1`, secretName: 'ours' };
    await expect(startPush({ scope: stranger, number, input })).rejects.toMatchObject({ code: 'not_found' });
    await expect(listPushes({ scope: stranger, number })).rejects.toMatchObject({ code: 'not_found' });
    const id = await push(`${ours}/copies/app:1`);
    await expect(cancelPush({ scope: stranger, id })).rejects.toMatchObject({ code: 'not_found' });
    await pushed(id);
    // A secret of another workspace is none.
    await save('theirs', ours, stranger);
    await expect(push(`${ours}/copies/app:1`, 'theirs')).rejects.toMatchObject({ code: 'input' });
  });

  test.each([
    ['a secret for another registry', `${other}/copies/app:1`, 'ours', 'secret_host_mismatch'],
    ['a digest instead of a tag', `${ours}/copies/app@sha256:${'0'.repeat(64)}`, 'ours', 'input'],
    ['no reference', 'UPPER CASE', 'ours', 'reference_invalid'],
  ])('%s is refused at once', async (_, reference, secret, code) => {
    await expect(push(reference, secret)).rejects.toMatchObject({ code });
  });

  test('ends with the right to the base, which its registry is asked for each time', async () => {
    const values = { REGISTRY_HOST: registryHost, REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: password };
    await yard.saveSecret({ scope, name: 'revoked', type: 'registry', values });
    const mine = await start(scope, 'team/app:1', 'revoked');
    await reached(scope, mine, ['succeeded']);
    // The same as a revoked account: the newest values are refused from now on.
    const { id: secretId } = await prisma().secret.findFirstOrThrow({ where: { name: 'revoked' } });
    const wrong = { ...values, REGISTRY_PASSWORD: 'no-more-good-than-this' };
    const { version } = await yard.seal({ scope, type: 'registry', values: wrong, secretId });
    await replaceValues({ scope, id: secretId, input: sealedVersionSchema.parse(version) });
    proxy.reset();
    const done = await pushed(await push(`${ours}/fresh/revoked:1`, 'ours', mine));
    expect(done).toMatchObject({ state: 'failed', error: { code: 'sign_in_refused' } });
    expect(proxy.requests).toEqual([]);
  });

  test('does not end with a base that was deleted, but with its repository', async () => {
    const fresh = await freshBuild('deleted');
    const authorization = source.authorize('team/deleted') ?? '';
    const { baseDigest } = await prisma().build.findFirstOrThrow({ where: { number: fresh } });
    const address = `${source.url}/v2/team/deleted/manifests/${baseDigest}`;
    await fetch(address, { method: 'DELETE', headers: { authorization } });
    expect(await pushed(await push(`${ours}/fresh/deleted:1`, 'ours', fresh))).toMatchObject({
      state: 'succeeded',
    });
    hides = (url) => url.includes('/team/deleted/manifests/');
    proxy.reset();
    const refused = await pushed(await push(`${ours}/fresh/deleted:2`, 'ours', fresh));
    expect(refused).toMatchObject({ state: 'failed', error: { code: 'base_not_proven' } });
    expect(proxy.requests).toEqual([]);
  });

  test('ends with the secret of the base', async () => {
    const { secretId } = await save('passing', registryHost);
    const mine = await start(scope, 'team/app:1', 'passing');
    await reached(scope, mine, ['succeeded']);
    await deleteSecret({ scope, id: secretId });
    await expect(push(`${ours}/copies/app:1`, 'ours', mine)).rejects.toMatchObject({
      code: 'result_refused',
    });
  });

  test('is not in a password that the target refuses', async () => {
    const values = { REGISTRY_HOST: ours, REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: 'wrong-password' };
    await yard.saveSecret({ scope, name: 'wrong', type: 'registry', values });
    const done = await pushed(await push(`${ours}/copies/app:1`, 'wrong'));
    expect(done).toMatchObject({ state: 'failed', error: { code: 'sign_in_refused' } });
  });
});

describe('an image with a push target', () => {
  const target = { reference: `${ours}/released/app:latest`, secretName: 'ours', isAutomatic: true };

  async function makeImage(name: string, reference = `${registryHost}/team/app:1`): Promise<void> {
    const definition = definitionSchema.parse({ source: 'from_registry', reference, secret: 'source' });
    await transaction((tx) => saveImage(tx, { scope, name, definition, basedOn: null }));
  }

  test('is pushed there by each build of it, also by one that fetches nothing', async () => {
    await makeImage('released');
    await savePushTarget({ scope, image: 'released', target });
    for (let time = 0; time < 2; time += 1) {
      const built = await buildAndPush({ scope, name: 'released', cache: 'use' });
      const [waiting] = await listPushes({ scope, number: built.number });
      const done = await pushed(waiting?.id ?? '');
      expect(done).toMatchObject({
        trigger: 'build',
        state: 'succeeded',
        digest: base.digest,
        buildNumber: built.number,
      });
    }
    expect((await manifestAt(registry, 'released/app', 'latest')).equals(base.bytes)).toBe(true);
  });

  test('remembers it, beside its revisions', async () => {
    await makeImage('remembered');
    expect(await readPushTarget({ scope, image: 'remembered' })).toBeNull();
    expect(await newestResultOf({ scope, image: 'remembered' })).toBeNull();
    await savePushTarget({ scope, image: 'remembered', target: pushTargetSchema.parse(target) });
    expect(await readPushTarget({ scope, image: 'remembered' })).toEqual(target);
    expect(await prisma().imageRevision.count({ where: { image: { name: 'remembered' } } })).toBe(1);
    await savePushTarget({ scope, image: 'remembered', target: null });
    expect(await readPushTarget({ scope, image: 'remembered' })).toBeNull();
    expect(await newestResultOf({ scope, image: 'released' })).toBeGreaterThan(number);
    const build = { image: { name: 'released' }, reference: '' };
    expect(await lastPushOf({ scope, build })).toEqual({ reference: target.reference, secretName: 'ours' });
  });

  test('is not pushed by a build that fails', async () => {
    await makeImage('failing', `${registryHost}/team/nothing:1`);
    await savePushTarget({ scope, image: 'failing', target });
    const built = await buildAndPush({ scope, name: 'failing', cache: 'use' });
    await reached(scope, built.number, ['failed']);
    const [waiting] = await listPushes({ scope, number: built.number });
    const done = await pushed(waiting?.id ?? '');
    expect(done).toMatchObject({ state: 'cancelled', cause: `Build #${built.number} came to no image` });
  });

  test('whose secret is gone is built, and its push says so', async () => {
    await makeImage('homeless');
    const { secretId } = await save('gone', ours);
    await savePushTarget({ scope, image: 'homeless', target: { ...target, secretName: 'gone' } });
    await deleteSecret({ scope, id: secretId });
    const built = await buildAndPush({ scope, name: 'homeless', cache: 'use' });
    await reached(scope, built.number, ['succeeded']);
    const [failed] = await listPushes({ scope, number: built.number });
    expect(failed).toMatchObject({ state: 'failed', secret: { name: 'gone' }, error: { code: 'input' } });
  });

  test('takes no target that its secret may not go to, nor one of another workspace', async () => {
    await makeImage('strict');
    const wrong = { ...target, reference: `${other}/a/b:1` };
    await expect(savePushTarget({ scope, image: 'strict', target: wrong })).rejects.toMatchObject({
      code: 'secret_host_mismatch',
    });
    const stranger = await makeWorkspace();
    await expect(savePushTarget({ scope: stranger, image: 'strict', target })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

test('no token and no password is in the database or in the worker’s log', async () => {
  const tables = await prisma().$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`;
  const texts = [worker.output()];
  for (const { name } of tables) {
    const rows = await prisma().$queryRaw<
      { text: string }[]
    >`SELECT t::text AS text FROM ${Prisma.raw(`"${name}"`)} AS t`;
    texts.push(...rows.map(({ text }) => text));
  }
  const all = texts.join('\n');
  const tokens = [...(registry.tokenServer?.issued ?? []), ...(source.tokenServer?.issued ?? [])];
  expect(tokens.length).toBeGreaterThan(5);
  for (const secret of [password, Buffer.from(`ines:${password}`).toString('base64'), ...tokens]) {
    expect(all.includes(secret)).toBe(false);
  }
});

async function freshBuild(name: string): Promise<number> {
  await pushImage({ registry: source, repository: `team/${name}`, tag: '1', layers: [70_000_000] });
  const fresh = await start(scope, `team/${name}:1`, 'source');
  await reached(scope, fresh, ['succeeded']);
  return fresh;
}
