import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '#tests/support/bound-process.ts';
import { debianLayer } from '#tests/support/debian-image.ts';
import { type PushedImage, type PushedManifest, pushImage, pushIndex } from '#tests/support/images.ts';
import { makeTextLayer } from '#tests/support/layers.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { type RegistryProxy, startRegistryProxy } from '#tests/support/registry-proxy.ts';
import { createPullBench, type PullBench } from '#tests/support/slipway-pull.ts';

/** What `slipway pull` brings from private registries, held against what skopeo brings. */
describe.each(['htpasswd', 'token'] as const)('pulling from a private registry (%s)', (auth) => {
  let registry: TestRegistry;
  let proxy: RegistryProxy;
  let bench: PullBench;
  let debian: PushedImage;
  let sibling: PushedImage;
  let index: PushedManifest;

  beforeAll(async () => {
    registry = await startRegistry({ auth });
    proxy = await startRegistryProxy({ target: registry.url });
    bench = await createPullBench({ hosts: [registry.host, proxy.host] });
    const base = await debianLayer();
    const readme = makeTextLayer({ 'srv/readme.txt': 'team' });
    debian = await pushImage({ registry, repository: 'team/python', tag: '3', layers: [base, readme] });
    sibling = await pushImage({
      registry,
      repository: 'team/python',
      tag: '3-app',
      layers: [base, readme, 50_000],
    });
    const arm = await pushImage({
      ...{ registry, repository: 'team/python', layers: [70_000] },
      platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
    });
    index = await pushIndex({ registry, repository: 'team/python', tag: 'all', images: [debian, arm] });
  });
  afterAll(async () => {
    await bench.stop();
    await proxy.stop();
    await registry.stop();
  });

  const signIn = () => ['--username', registry.username, '--password-stdin'];
  const pull = (tag: string, to: string, ...more: readonly string[]) =>
    bench.run([`${proxy.host}/team/python:${tag}`, '--to', bench.folder(to), ...signIn(), ...more], {
      input: `${registry.password}\n`,
    });
  const skopeoCopy = (tag: string, to: string, ...more: readonly string[]) =>
    runProgram('skopeo', [
      ...['copy', '-q', '--src-tls-verify=false', '--src-creds', `${registry.username}:${registry.password}`],
      ...[...more, `docker://${registry.host}/team/python:${tag}`, `oci:${bench.folder(to)}:${tag}`],
    ]);

  it('brings a Debian with Python as skopeo does, and other tools read and validate it', async () => {
    const { code, stdout, stderr } = await pull('3', 'debian');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const place = `oci:${bench.folder('debian')}:3`;
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`Pulled ${debian.digest} to ${place}`);

    const { Digest, Layers } = JSON.parse(await runProgram('skopeo', ['inspect', place]));
    expect({ Digest, Layers }).toEqual({
      Digest: debian.digest,
      Layers: debian.layers.map(({ digest }) => digest),
    });
    await runProgram('oci-image-tool', [
      'validate',
      '--type',
      'image',
      '--ref',
      'name=3',
      bench.folder('debian'),
    ]);
    await runProgram('skopeo', ['copy', '-q', place, `oci:${bench.folder('copied')}:3`]);
    expect(await runProgram('umoci', ['ls', '--layout', bench.folder('debian')])).toBe('3\n');

    await skopeoCopy('3', 'by-skopeo');
    expect(await contentsOf(bench.folder('debian'))).toEqual(await contentsOf(bench.folder('by-skopeo')));
    expect((await readdir(bench.folder('debian'))).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  it('fetches nothing the second time, and asks at most twice', async () => {
    await pull('3', 'debian');
    proxy.reset();
    const { code, stdout } = await pull('3', 'debian', '--json');
    expect(code).toBe(0);
    expect(linesOf(stdout).at(-1)).toMatchObject({ kind: 'done', digest: debian.digest, fetchedBytes: 0 });
    expect(proxy.blobRequests()).toEqual([]);
    expect(proxy.requests.filter(({ status }) => status !== 401).length).toBeLessThanOrEqual(2);
  });

  it('fetches of a sibling only the layer that is new', async () => {
    await pull('3', 'debian');
    proxy.reset();
    const { stdout } = await pull('3-app', 'debian', '--json');
    const added = sibling.layers[2];
    expect(linesOf(stdout).at(-1)).toMatchObject({ kind: 'done', fetchedBytes: added?.size });
    const fetched = proxy.blobRequests().map(({ path }) => path.split('/').at(-1));
    expect(fetched.sort()).toEqual([sibling.config.digest, added?.digest].sort());
    for (const tag of ['3', '3-app'])
      await runProgram('skopeo', ['inspect', `oci:${bench.folder('debian')}:${tag}`]);
  });

  it.each([
    ['linux/amd64', 'amd64'],
    ['linux/arm64', 'arm64'],
  ])('chooses %s from an index, as skopeo does', async (platform, architecture) => {
    const { code, stdout } = await pull('all', `all-${architecture}`, '--platform', platform, '--json');
    expect(code).toBe(0);
    expect(linesOf(stdout)).toContainEqual(
      expect.objectContaining({ kind: 'plan', indexDigest: index.digest, platform }),
    );
    await skopeoCopy('all', `all-${architecture}-by-skopeo`, '--override-arch', architecture);
    const [ours, theirs] = await Promise.all([
      indexedDigests(bench.folder(`all-${architecture}`)),
      indexedDigests(bench.folder(`all-${architecture}-by-skopeo`)),
    ]);
    expect(ours).toEqual(theirs);
  });

  it('keeps the digest of a Docker image and lists it in a form that other tools read', async () => {
    const image = await pushImage({
      registry,
      repository: 'team/python',
      tag: 'docker',
      layers: [9000, 9000],
      format: 'docker',
    });
    const { code, stdout } = await pull('docker', 'docker');
    expect(code).toBe(0);
    expect(stdout).toContain(`Pulled ${image.digest} to`);
    const place = `oci:${bench.folder('docker')}:docker`;
    const { Layers } = JSON.parse(await runProgram('skopeo', ['inspect', place]));
    expect(Layers).toEqual(image.layers.map(({ digest }) => digest));
    await runProgram('oci-image-tool', [
      'validate',
      '--type',
      'image',
      '--ref',
      'name=docker',
      bench.folder('docker'),
    ]);
    expect(await contentsOf(bench.folder('docker'))).toContain(image.digest);
  });

  it('loses no name when several pulls end in one layout at once', async () => {
    const tags = ['3', '3-app', 'all'];
    const ends = await Promise.all(tags.map((tag) => pull(tag, 'together')));
    expect(ends.map(({ code, stderr }) => `${code}${stderr}`)).toEqual(['0', '0', '0']);
    const listed = await runProgram('umoci', ['ls', '--layout', bench.folder('together')]);
    expect(listed.trim().split('\n').sort()).toEqual(tags.toSorted());
  });

  it.each([
    ['a wrong password', ['--username', 'ines', '--password-stdin'], 'wrong', 'team/python:3', 3],
    ['no sign-in', [], '', 'team/python:3', 3],
    ['a missing tag', ['--username', 'ines', '--password-stdin'], undefined, 'team/python:none', 4],
    [
      'a platform that is not there',
      ['--platform', 'linux/s390x', '--username', 'ines', '--password-stdin'],
      undefined,
      'team/python:all',
      4,
    ],
  ])('ends with its own code after %s', async (_what, args, input, name, exitCode) => {
    const { code, stdout, stderr } = await bench.run(
      [`${proxy.host}/${name}`, '--to', bench.folder(`failed-${exitCode}`), ...args],
      { input: input ?? registry.password },
    );
    expect({ code, stderr }).toEqual({ code: exitCode, stderr: expect.stringMatching(/^slipway: .+\n$/) });
    expect(stdout + stderr).not.toContain(registry.password);
  });
});

function linesOf(stdout: string): readonly unknown[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The digests of a layout's blobs, each checked to be what its name says. */
async function contentsOf(layout: string): Promise<readonly string[]> {
  const folder = path.join(layout, 'blobs', 'sha256');
  const names = await readdir(folder);
  const sums = await runProgram(
    'sha256sum',
    names.map((name) => path.join(folder, name)),
  );
  expect(
    sums
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toEqual(names);
  return names.map((name) => `sha256:${name}`).sort();
}

async function indexedDigests(layout: string): Promise<readonly string[]> {
  const { manifests } = JSON.parse(await readFile(path.join(layout, 'index.json'), 'utf8'));
  return manifests.map(({ digest }: { readonly digest: string }) => digest);
}
