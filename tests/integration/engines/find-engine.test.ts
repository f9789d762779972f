import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareEngine } from '#lib/engines/engine.ts';
import type { EngineAnswer, EngineWish } from '#lib/engines/engine-wish.ts';
import { findEngine } from '#lib/engines/find-engine.ts';
import { runProgram } from '#tests/support/bound-process.ts';
import { makeAuthority } from '#tests/support/certificates.ts';
import { startDockerEngine, type TestDockerEngine } from '#tests/support/docker-engine.ts';
import { testFolder } from '#tests/support/folder.ts';
import { openBench } from './bench.ts';

type Builder = EngineWish['builder'];

const nowhere: Builder = {
  buildkitHost: null,
  dockerHost: 'unix:///nonexistent/docker.sock',
  name: null,
  folder: '/nonexistent',
  certificates: null,
  kubeConfig: null,
  isTrusted: false,
};

let docker: TestDockerEngine;
let searchPath: string;
let bridge: Server;
let bridgeHost: string;

beforeAll(async () => {
  docker = await startDockerEngine();
  searchPath = `${docker.programFolder}${path.delimiter}${process.env.PATH}`;
  // What a BuildKit daemon by itself has: its service on a socket, without Docker before it.
  const socket = path.join(path.dirname(docker.dataFolder), 'buildkit.sock');
  bridge = createServer(toDocker);
  await new Promise<void>((resolve) => bridge.listen(socket, resolve));
  bridgeHost = `unix://${socket}`;
});
afterAll(async () => {
  await new Promise((resolve) => bridge.close(resolve));
  await docker.stop();
});

function toDocker(connection: Socket): void {
  const env = { PATH: searchPath, DOCKER_HOST: docker.host, NODE_ENV: 'test' as const };
  const child = spawn('docker-buildx', ['dial-stdio'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  connection.pipe(child.stdin);
  child.stdout.pipe(connection);
  connection.on('close', () => child.kill('SIGKILL')).on('error', () => {});
  child.stdin.on('error', () => {});
}

const find = (choice: EngineWish['choice'], builder: Partial<Builder> = {}, where = searchPath) =>
  findEngine({ choice, builder: { ...nowhere, ...builder }, searchPath: where });
const nameOf = ({ engine, why }: EngineAnswer) => engine?.facts.name ?? why;

describe('which engine', () => {
  test('by itself it is Buildah, and a builder where Buildah cannot keep steps apart', async () => {
    const builder = { dockerHost: docker.host };
    expect(nameOf(await find('auto', builder))).toBe('Buildah');
    // A path with all but slirp4netns, without which no step has a network of its own.
    const folder = await testFolder();
    for (const name of ['buildah', 'runc', 'setpriv', 'unshare', 'mount', 'ip'])
      await runProgram('sh', ['-c', 'ln -s "$(command -v "$1")" "$2"', 'sh', name, folder]);
    expect(nameOf(await find('auto', builder, `${docker.programFolder}:${folder}`))).toBe('BuildKit');
    expect(nameOf(await find('buildah', builder, folder))).toBe('Buildah is here, but slirp4netns is not.');
  });

  test('is what was chosen, or none', async () => {
    expect(nameOf(await find('buildkit', { dockerHost: docker.host }))).toBe('BuildKit');
    expect(nameOf(await find('buildah'))).toBe('Buildah');
    expect(nameOf(await find('none'))).toBe('SLIPWAY_ENGINE is none.');
  });

  test('says what is missing and what to do', async () => {
    const folder = await testFolder();
    for (const name of ['setpriv', 'sh'])
      await runProgram('sh', ['-c', 'ln -s "$(command -v "$1")" "$2"', 'sh', name, folder]);
    expect(await find('buildkit', {}, folder)).toMatchObject({
      why: 'There is no client of BuildKit: neither docker-buildx nor buildctl.',
      next: expect.stringContaining('apt-get install'),
    });
    await writeFile(path.join(folder, 'docker-buildx'), '#!/bin/sh\necho github.com/docker/buildx v0.12.1\n');
    await chmod(path.join(folder, 'docker-buildx'), 0o755);
    expect(nameOf(await find('buildkit', {}, folder))).toBe(
      'buildx is version 0.12.1; steps need 0.13 or newer.',
    );
    expect(await find('buildkit')).toMatchObject({
      why: expect.stringMatching(/^The builder does not answer: .*docker/),
      next: expect.stringContaining('DOCKER_HOST'),
    });
    expect(await find('buildkit', { name: 'far' })).toMatchObject({
      why: 'The builder far is not described in /nonexistent.',
      next: expect.stringContaining('docker buildx create'),
    });
  });
});

test('a Docker engine that can give no results is none, and says what to change', async () => {
  const old = await startDockerEngine({ hasOldStore: true });
  try {
    expect(await find('buildkit', { dockerHost: old.host })).toMatchObject({
      engine: null,
      why: expect.stringContaining('old store'),
      next: expect.stringContaining('"containerd-snapshotter": true'),
    });
  } finally {
    await old.stop();
  }
});

test('workers that share a builder start while steps of others end', async () => {
  const { engine, why } = await find('buildkit', { dockerHost: docker.host });
  if (engine === null) throw new Error(why);
  const folder = await testFolder();
  await prepareEngine(engine, { folder, searchPath });
  const bench = await openBench({ found: engine, folder, searchPath });
  let isBusy = true;
  const starting = [1, 2, 3].map(async () => {
    const other = await testFolder();
    while (isBusy) await prepareEngine(engine, { folder: other, searchPath });
  });
  const running = async () => {
    for (let round = 0; round < 3; round += 1)
      await Promise.all([1, 2, 3].map(() => bench.run(['echo there > /there'])));
    isBusy = false;
  };
  await Promise.all([running(), ...starting]).finally(() => bench.close());
});

describe('a builder that is not Docker’s', () => {
  test('behind BUILDKIT_HOST runs steps, and none on a network that it does not keep apart', async () => {
    const { engine } = await find('buildkit', { buildkitHost: bridgeHost });
    expect(engine?.facts).toMatchObject({
      isolation: 'containers of a remote builder',
      isIsolated: false,
      networks: ['none', 'host'],
    });
    await runsSteps(engine);
  });

  test('that docker buildx describes is read from its folder alone', async () => {
    const folder = await testFolder();
    const env = { PATH: searchPath, BUILDX_CONFIG: folder, DOCKER_CONFIG: folder, NODE_ENV: 'test' as const };
    await runProgram('docker-buildx', ['create', '--name', 'far', '--driver', 'remote', bridgeHost], { env });
    const before = await readFile(path.join(folder, 'instances', 'far'), 'utf8');
    const { engine } = await find('buildkit', { name: 'far', folder });
    expect(engine).toMatchObject({ builder: { driver: 'remote', instance: { name: 'far', text: before } } });
    await runsSteps(engine);
  });

  test('over TLS is asked by certificates that both sides show, also where buildctl is its only client', async () => {
    const authority = await makeAuthority();
    const shown = await authority.certify({ names: ['IP:127.0.0.1'], days: 2 });
    const ca = await readFile(authority.caFile);
    const server = createTlsServer(
      { ...shown, ca, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] },
      toDocker,
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const buildkitHost = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const certificates = await testFolder();
    const programs = await testFolder();
    await writeFile(path.join(programs, 'buildctl'), '#!/bin/sh\necho buildctl moby/buildkit v0.13.2\n');
    await chmod(path.join(programs, 'buildctl'), 0o755);
    const alone = `${programs}${path.delimiter}${process.env.PATH}`;
    try {
      expect(await find('buildkit', { buildkitHost, certificates }, alone)).toMatchObject({
        why: expect.stringMatching(/^The certificates for the builder cannot be read: .*ca\.pem/),
        next: expect.stringContaining('SLIPWAY_BUILDER_CERTIFICATES'),
      });
      const names = { 'ca.pem': ca, 'cert.pem': shown.cert, 'key.pem': shown.key };
      for (const [name, text] of Object.entries(names)) await writeFile(path.join(certificates, name), text);
      for (const where of [alone, searchPath]) {
        const { engine, why } = await find('buildkit', { buildkitHost, certificates }, where);
        expect(engine?.facts.isolation, why).toBe('containers of a remote builder');
      }
      expect(nameOf(await find('buildkit', { buildkitHost }, alone))).toMatch(
        /^The builder does not answer: /,
      );
    } finally {
      await new Promise((resolve) => server.close(resolve));
      await authority.remove();
    }
  });

  test('and in a container of its own is reached by buildx alone', async () => {
    const folder = await testFolder();
    for (const name of ['setpriv', 'sh'])
      await runProgram('sh', ['-c', 'ln -s "$(command -v "$1")" "$2"', 'sh', name, folder]);
    await writeFile(path.join(folder, 'buildctl'), '#!/bin/sh\necho buildctl moby/buildkit v0.13.2\n');
    await chmod(path.join(folder, 'buildctl'), 0o755);
    const answer = await find('buildkit', { buildkitHost: 'docker-container://far' }, folder);
    expect(nameOf(answer)).toMatch(/^There is no client of BuildKit/);
  });

  async function runsSteps(engine: EngineAnswer['engine']): Promise<void> {
    if (engine === null) throw new Error('There is no engine');
    const folder = await testFolder();
    await mkdir(folder, { recursive: true });
    await prepareEngine(engine, { folder, searchPath });
    const bench = await openBench({ found: engine, folder, searchPath });
    try {
      const { lines, image } = await bench.run(['echo there > /there; cat /there']);
      expect(lines).toEqual([{ stream: 'stdout', text: 'there' }]);
      expect(image.diffIds.slice(0, -1)).toEqual(bench.base.diffIds);
      await expect(bench.run(['exit 5'])).rejects.toMatchObject({ exitCode: 5 });
      await expect(bench.run(['true'], { network: 'private' })).rejects.toMatchObject({
        code: 'engine_failed',
        advice: { next: expect.stringContaining('SLIPWAY_STEP_NETWORK') },
      });
    } finally {
      await bench.close();
    }
  }
});
