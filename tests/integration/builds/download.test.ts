import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { get, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { sessionOf } from '#lib/auth/session-of.ts';
import { signAddress } from '#lib/auth/signed-address.ts';
import { closeDatabase, configureDatabase, prisma, transaction } from '#lib/db/client.ts';
import type { Digest } from '#lib/oci/digest.ts';
import { parseManifest } from '#lib/oci/manifest.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { type BlobStore, openBlobStore } from '#lib/store/blob-store.ts';
import { blobsOf } from '#lib/store/image-blobs.ts';
import { holdImage, recordImageUse } from '#lib/store/mutations.ts';
import { blobFile } from '#lib/store/paths.ts';
import { runProgram } from '#tests/support/bound-process.ts';
import { startDockerEngine } from '#tests/support/docker-engine.ts';
import { testFolder } from '#tests/support/folder.ts';
import { makeLayer } from '#tests/support/layers.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { peakMemoryBytes } from '#tests/support/process-status.ts';
import { startWeb, type TestWeb } from '#tests/support/web.ts';
import { openAuth, openBrowser, owner, setUpOwner } from '../auth/people.ts';
import { makeWorkspace } from './workspace.ts';

let database: TestDatabase;
let dataFolder: string;
let store: BlobStore;
let web: TestWeb;
let cookie: string;
let workspaceId: string;

/** A layer of zeros that takes no room on the disk. */
const hugeBytes = 600_000_000;

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  dataFolder = await mkdtemp(path.join(tmpdir(), 'slipway-download-'));
  store = await openBlobStore({ root: path.join(dataFolder, 'store'), durability: 'fast' });
  await setUpOwner();
  workspaceId = (await prisma().workspace.findFirstOrThrow()).id;
  web = await startWeb({ databaseUrl: database.url, dataFolder });
  cookie = (await openBrowser({ auth: await openAuth(), ...owner })).get('cookie') ?? '';
});
afterAll(async () => {
  await web?.stop();
  await rm(dataFolder, { recursive: true, force: true });
  await closeDatabase();
  await database?.drop();
});

interface Made {
  readonly digest: Digest;
  readonly config: Digest;
  readonly layers: readonly Digest[];
}

interface Blob {
  readonly digest: Digest;
  readonly diffId: string;
  readonly sizeBytes: number;
}

/** Puts an image into the store as a build does, and the build that made it into the history. */
async function built(options: {
  readonly number: number;
  readonly name?: string;
  readonly revision?: number;
  readonly layers: readonly Blob[];
  readonly isDocker?: boolean;
  readonly workspace?: string;
}): Promise<Made> {
  const { number, name, layers, isDocker = false, workspace = workspaceId } = options;
  const types = isDocker ? dockerTypes : ociTypes;
  const config = Buffer.from(
    JSON.stringify({
      created: '2026-11-23T00:00:00Z',
      ...{ os: 'linux', architecture: 'amd64', config: { Cmd: ['python'] } },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: layers.map(() => ({ created: '2026-11-23T00:00:00Z', created_by: 'a test' })),
    }),
  );
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: { mediaType: types.config, digest: digestOf(config), size: config.length },
      layers: layers.map(({ digest, sizeBytes }) => ({ mediaType: types.layer, digest, size: sizeBytes })),
    }),
  );
  const manifest = parseManifest({ bytes });
  if (manifest.kind !== 'image') throw new Error('It is an index');
  const { digest } = manifest;
  await store.write({ digest: digestOf(config), bytes: config });
  await store.write({ digest, bytes });
  const imageId = name === undefined ? null : await imageNamed(name, workspace);
  const id = randomUUID();
  await prisma().build.create({
    data: {
      ...{ id, workspaceId: workspace, number, state: 'running', platform: 'linux/amd64' },
      ...{ reference: 'registry.test:5000/team/base:3', requestedBy: '', requesterName: 'Ines' },
      ...{ imageId, imageName: name ?? null, imageRevision: name ? (options.revision ?? 1) : null },
      ...{ baseDigest: digest, resultDigest: name ? digest : null, stepCount: name ? 1 : 0 },
    },
  });
  await transaction((tx) => holdImage(tx, { buildId: id, image: { digest, blobs: blobsOf({ manifest }) } }));
  await transaction(async (tx) => {
    await tx.build.update({ where: { id }, data: { state: 'succeeded', endedAt: new Date() } });
    await recordImageUse(tx, id);
  });
  return { digest, config: digestOf(config), layers: layers.map((layer) => layer.digest) };
}

async function imageNamed(name: string, workspace: string): Promise<string> {
  const key = { workspaceId: workspace, name };
  const { id } = await prisma().image.upsert({
    where: { workspaceId_name: key },
    create: { ...key, createdBy: 'Ines' },
    update: {},
  });
  return id;
}

const ociTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};
const dockerTypes = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

async function layer(seed: string, fileBytes = 300_000): Promise<Blob> {
  const { digest, diffId, sizeBytes, content } = makeLayer({ seed, fileBytes });
  if (!Buffer.isBuffer(content)) throw new Error('It is a file');
  await store.write({ digest, bytes: content });
  return { digest, diffId, sizeBytes };
}

async function hugeLayer(): Promise<Blob> {
  const file = path.join(dataFolder, 'huge');
  const handle = await open(file, 'w');
  await handle.truncate(hugeBytes);
  await handle.close();
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 4 * 1024 * 1024 })) hash.update(chunk);
  const digest = `sha256:${hash.digest('hex')}` as Digest;
  await rename(file, blobFile(store.root, digest));
  return { digest, diffId: digest, sizeBytes: hugeBytes };
}

function ask(
  address: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Response> {
  return fetch(`${web.url}${address}`, { method, headers: { cookie, ...headers }, redirect: 'manual' });
}

async function save(address: string): Promise<{ readonly file: string; readonly bytes: Buffer }> {
  const response = await ask(address);
  expect(
    response.status,
    await response
      .clone()
      .text()
      .catch(() => ''),
  ).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(response.headers.get('content-length')).toBe(String(bytes.length));
  const file = path.join(await testFolder(), 'image.tar');
  await writeFile(file, bytes);
  return { file, bytes };
}

/** Blobs of the store that the web process has open. */
async function openBlobs(): Promise<readonly string[]> {
  const folder = `/proc/${web.pid}/fd`;
  const links = await Promise.all(
    (await readdir(folder)).map((fd) => readlink(path.join(folder, fd)).catch(() => '')),
  );
  return links.filter((link) => link.startsWith(path.join(dataFolder, 'store', 'blobs')));
}

const nothingLeft = async () => ({ open: await openBlobs(), loans: await prisma().imageLoan.count() });
const settled = () => expect.poll(nothingLeft).toEqual({ open: [], loans: 0 });

const digestsOf = async (from: string): Promise<Made> => {
  const raw = JSON.parse(await runProgram('skopeo', ['inspect', '--raw', from]));
  return {
    digest: raw.config.digest,
    config: raw.config.digest,
    layers: raw.layers.map(({ digest }: { digest: Digest }) => digest),
  };
};

describe('a downloaded image', () => {
  test('is read by skopeo as an OCI archive, with the digests of the store', async () => {
    const made = await built({ number: 1, name: 'trainer', layers: [await layer('a'), await layer('b')] });
    const { file } = await save('/images/trainer/latest.tar?format=oci');
    const folder = await testFolder();
    await runProgram('skopeo', ['copy', `oci-archive:${file}:latest`, `oci:${folder}:copy`]);
    const copied = await digestsOf(`oci:${folder}:copy`);
    expect(copied).toMatchObject({ config: made.config, layers: made.layers });
    const index = JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8'));
    expect(index.manifests[0].digest).toBe(made.digest);
    const unpacked = await testFolder();
    await runProgram('tar', ['-xf', file, '-C', unpacked]);
    await runProgram('oci-image-tool', ['validate', '--type', 'image', '--ref', 'name=latest', unpacked]);
  });

  test('is read by skopeo as what docker load takes, by its name, and as an OCI archive too', async () => {
    const made = await built({ number: 2, name: 'trainer', revision: 2, layers: [await layer('a')] });
    const { file } = await save('/images/trainer/r2.tar');
    const folder = await testFolder();
    // As Docker's own format, so that skopeo does not write another config.
    await runProgram('skopeo', ['copy', `docker-archive:${file}:trainer:r2`, `dir:${folder}/docker`]);
    expect((await digestsOf(`dir:${folder}/docker`)).config).toBe(made.config);
    await runProgram('skopeo', ['copy', `oci-archive:${file}:r2`, `oci:${folder}/oci:copy`]);
    expect(await digestsOf(`oci:${folder}/oci:copy`)).toMatchObject({
      config: made.config,
      layers: made.layers,
    });
    const listed = await runProgram('tar', ['-xOf', file, 'manifest.json', 'repositories']);
    expect(listed).toContain('"RepoTags":["trainer:r2"]');
    expect(listed).toContain(`{"trainer":{"r2":"${made.layers[0]?.slice(7)}"}}`);
  });

  test('without steps is the base under its own name, in Docker’s types or not', async () => {
    const shared = await layer('a');
    const made = await built({ number: 3, layers: [shared, await layer('c'), shared], isDocker: true });
    const { file } = await save('/builds/3/image.tar?format=docker');
    const folder = await testFolder();
    const from = `docker-archive:${file}:registry.test:5000/team/base:3`;
    await runProgram('skopeo', ['copy', from, `dir:${folder}/docker`]);
    expect((await digestsOf(`dir:${folder}/docker`)).config).toBe(made.config);
    const oci = await save('/builds/3/image.tar?format=oci');
    await runProgram('skopeo', ['copy', `oci-archive:${oci.file}:3`, `oci:${folder}/oci:copy`]);
    expect((await digestsOf(`oci:${folder}/oci:copy`)).layers).toEqual(made.layers);
  });
});

test('a downloaded image is what a real docker load takes', async () => {
  const made = await built({ number: 10, name: 'loaded', layers: [await layer('a'), await layer('b')] });
  const { file } = await save('/images/loaded/b10.tar');
  const docker = await startDockerEngine();
  onTestFinished(docker.stop);
  const socketPath = docker.host.slice('unix://'.length);
  const call = async (method: string, address: string, body?: NodeJS.ReadableStream) => {
    const request = httpRequest({
      socketPath,
      method,
      path: address,
      headers: { 'content-type': 'application/x-tar' },
    });
    if (body === undefined) request.end();
    else body.pipe(request);
    const [response] = await once(request, 'response');
    return text(response);
  };
  expect(await call('POST', '/images/load?quiet=1', createReadStream(file))).toContain(
    'Loaded image: loaded:b10',
  );
  const loaded = JSON.parse(await call('GET', '/images/loaded:b10/json'));
  expect(loaded.Id).toBe(made.digest);
  expect(loaded.RootFS.Layers).toHaveLength(2);
});

describe('the bytes of a download', () => {
  test('are the same each time, are known before, and go on from anywhere', async () => {
    await built({ number: 4, name: 'resumed', layers: [await layer('d', 900_000), await layer('e')] });
    const address = '/images/resumed/b4.tar';
    const { bytes } = await save(address);
    expect((await save(address)).bytes.equals(bytes)).toBe(true);
    const head = await ask(address, {}, 'HEAD');
    expect(head.headers.get('content-length')).toBe(String(bytes.length));
    expect(head.headers.get('accept-ranges')).toBe('bytes');
    expect(head.headers.get('content-disposition')).toBe('attachment; filename="resumed-b4.tar"');
    expect(head.headers.get('content-encoding')).toBeNull();
    const etag = head.headers.get('etag') ?? '';
    for (const [range, part] of [
      ['bytes=0-0', bytes.subarray(0, 1)],
      ['bytes=511-', bytes.subarray(511)],
      ['bytes=700000-', bytes.subarray(700_000)],
      ['bytes=600000-950000', bytes.subarray(600_000, 950_001)],
      ['bytes=-1000', bytes.subarray(-1000)],
    ] as const) {
      const response = await ask(address, { range, 'if-range': etag });
      expect(response.status).toBe(206);
      expect(Buffer.from(await response.arrayBuffer()).equals(part), range).toBe(true);
    }
    const other = await ask(address, { range: 'bytes=700000-', 'if-range': '"another"' });
    expect([other.status, (await other.arrayBuffer()).byteLength]).toEqual([200, bytes.length]);
    const beyond = await ask(address, { range: `bytes=${bytes.length}-` });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`]);
    expect((await ask(address, { 'if-none-match': etag })).status).toBe(304);
    expect((await ask(`${address}?format=oci`, {}, 'HEAD')).headers.get('etag')).not.toBe(etag);
    await settled();
  });

  test('of a damaged blob break off, and the log says which it was', async () => {
    const damaged = await layer('f', 2_000_000);
    await built({ number: 5, name: 'damaged', layers: [damaged] });
    const file = blobFile(store.root, damaged.digest);
    const content = await readFile(file);
    content.writeUInt8(content.readUInt8(1_900_000) ^ 1, 1_900_000);
    await writeFile(file, content);
    const address = '/images/damaged/latest.tar';
    const receivedOf = async (headers: Readonly<Record<string, string>>) => {
      let received = 0;
      const reading = (async () => {
        const response = await ask(address, headers);
        for await (const chunk of response.body ?? []) received += chunk.byteLength;
      })();
      await expect(reading).rejects.toThrow();
      return received;
    };
    expect(await receivedOf({})).toBeLessThan(damaged.sizeBytes);
    await expect.poll(() => web.output()).toContain(damaged.digest);
    // A range that ends before the damage is no way around it.
    expect(await receivedOf({ range: 'bytes=10000-20000' })).toBeLessThan(10_001);
    await settled();
  });

  test('take no memory, however many they are, and a reader that leaves leaves nothing open', async () => {
    await built({ number: 6, name: 'huge', layers: [await hugeLayer()] });
    const address = '/images/huge/latest.tar';
    const left = await ask(address);
    const reader = left.body?.getReader();
    await reader?.read();
    await expect.poll(async () => (await openBlobs()).length).toBe(1);
    expect(await prisma().imageLoan.count()).toBe(1);
    await reader?.cancel();
    await settled();

    const before = peakMemoryBytes(web.pid);
    const request = get(`${web.url}${address}`, { headers: { cookie } });
    const [response] = await once(request, 'response');
    let received = 0;
    for await (const chunk of response) received += chunk.length;
    expect(received).toBe(Number(response.headers['content-length']));
    expect(received).toBeGreaterThan(hugeBytes);
    expect(peakMemoryBytes(web.pid) - before).toBeLessThan(100_000_000);
    await settled();
  });

  test('stay where they are while nobody reads', async () => {
    const request = get(`${web.url}/images/huge/latest.tar`, { headers: { cookie } });
    const [response] = await once(request, 'response');
    await expect.poll(async () => (await openBlobs()).length).toBe(1);
    const [fd] = await openBlobs();
    const readSoFar = async () => {
      const folder = `/proc/${web.pid}/fdinfo`;
      for (const each of await readdir(folder)) {
        const link = await readlink(`/proc/${web.pid}/fd/${each}`).catch(() => '');
        if (link === fd)
          return Number(/pos:\s+(\d+)/.exec(await readFile(path.join(folder, each), 'utf8'))?.[1]);
      }
      return 0;
    };
    let last = -1;
    await expect
      .poll(
        async () => {
          const now = await readSoFar();
          const hasStopped = now === last;
          last = now;
          return hasStopped;
        },
        { interval: 200 },
      )
      .toBe(true);
    // What the sockets hold, and no more.
    expect(last).toBeLessThan(50_000_000);
    response.destroy();
    await settled();
  });
});

describe('a signed address', () => {
  const path = '/images/trainer/latest.tar';
  const signed = async () => {
    const headers = await openBrowser({ auth: await openAuth(), ...owner });
    const session = await sessionOf({ auth: await openAuth(), headers });
    if (session === null) throw new Error('Nobody is signed in');
    return { session, ...(await signAddress({ session, path })) };
  };
  const statusOf = async (address: string) => (await ask(address, { cookie: '' }, 'HEAD')).status;

  test('opens that file without a cookie, in each form, and no other', async () => {
    const { address } = await signed();
    const whole = await ask(address, { cookie: '' });
    expect(whole.status).toBe(200);
    expect((await whole.arrayBuffer()).byteLength).toBe(Number(whole.headers.get('content-length')));
    expect(await statusOf(`${address}&format=oci`)).toBe(200);
    expect((await ask(address, { cookie: '', range: 'bytes=10-19' })).status).toBe(206);
    expect(await statusOf(address.replace('latest', 'r1'))).toBe(403);
    await settled();
  });

  test('ends with the session in which it was made, and says so', async () => {
    const { session, address } = await signed();
    await prisma().session.delete({ where: { id: session.sessionId } });
    const response = await ask(address);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 'address_expired' } });
  });

  test('ends with the membership of whoever made it', async () => {
    const { session, address } = await signed();
    const { workspaceId: id, userId } = session.scope;
    const member = { workspaceId_userId: { workspaceId: id, userId: userId ?? '' } };
    const row = await prisma().member.delete({ where: member });
    expect(await statusOf(address)).toBe(403);
    await prisma().member.create({ data: row });
    expect(await statusOf(address)).toBe(200);
    await settled();
  });
});

describe('an image that cannot be downloaded', () => {
  test.each([
    ['/images/unknown/latest.tar', 404, 'not_found'],
    ['/images/trainer/newest.tar', 404, 'not_found'],
    ['/images/trainer/r99.tar', 404, 'no_result'],
    ['/images/trainer/latest.tar?format=zip', 400, 'input'],
    ['/builds/999/image.tar', 404, 'not_found'],
  ])('%s answers %i %s', async (address, status, code) => {
    const response = await ask(address);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
  });

  test('is not there for another workspace, and not for strangers', async () => {
    const other = await makeWorkspace();
    await built({ number: 1, name: 'theirs', layers: [await layer('a')], workspace: other.workspaceId });
    expect((await ask('/images/theirs/latest.tar')).status).toBe(404);
    expect((await ask('/images/trainer/latest.tar', { cookie: '' })).status).toBe(401);
  });

  test('because it was collected is told as gone, to browsers as a page', async () => {
    const made = await built({ number: 7, name: 'collected', layers: [await layer('g')] });
    await prisma().storedImage.delete({ where: { digest: made.digest } });
    const json = await ask('/images/collected/latest.tar');
    expect(json.status).toBe(410);
    expect(await json.json()).toMatchObject({ error: { code: 'result_gone' } });
    const page = await ask('/images/collected/latest.tar', { accept: 'text/html' });
    expect([page.status, page.headers.get('content-type')]).toEqual([410, 'text/html; charset=utf-8']);
    const text = await page.text();
    expect(text).toContain('not in the store any more');
    expect(text).toContain('Build it again');
    expect(text).toContain('href="/images/collected"');
  });

  test('because a file is missing that the records name is told as gone', async () => {
    const lost = await layer('h');
    await built({ number: 8, name: 'lost', layers: [lost] });
    await rm(blobFile(store.root, lost.digest));
    expect((await ask('/images/lost/latest.tar')).status).toBe(410);
    await settled();
  });

  test('because this server does not share the store says what to share', async () => {
    const hidden = `${store.root}.hidden`;
    await rename(store.root, hidden);
    const response = await ask('/images/trainer/latest.tar');
    await rename(hidden, store.root);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 'store_unseen' } });
    await settled();
  });
});
