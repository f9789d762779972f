import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endProcess, runProgram, spawnBound } from '#tests/support/bound-process.ts';
import { startDockerEngine, type TestDockerEngine } from '#tests/support/docker-engine.ts';
import { openBuildkit, type TestEngine } from '#tests/support/engines.ts';
import { type Bench, openBench } from './bench.ts';

let docker: TestDockerEngine;
let engine: TestEngine;
let bench: Bench;
let service: ChildProcess | undefined;

beforeAll(async () => {
  docker = await startDockerEngine({ hasOwnNetwork: true });
  engine = await openBuildkit(docker);
  bench = await openBench(engine);
});
afterAll(async () => {
  await bench?.close();
  await engine?.stop();
});

/** On the machine of the builder, as a cloud has it. */
async function startMetadataService(address: string): Promise<void> {
  const inNetwork = ['--target', String(docker.pid), '--net', '--'];
  const length = address.includes(':') ? 128 : 32;
  execFileSync('nsenter', [
    ...inNetwork,
    ...['ip', 'address', 'replace', `${address}/${length}`, 'dev', 'lo'],
  ]);
  const script = `require('node:http').createServer((_, response) => response.end('credentials')).listen(80, '${address}', () => console.log('ready'))`;
  service = spawnBound('nsenter', [...inNetwork, process.execPath, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (service.stdout !== null) await once(service.stdout, 'data');
}

async function stopMetadataService(): Promise<void> {
  if (service !== undefined) await endProcess(service);
}

/** As if the last trial had been a quarter of an hour ago. */
async function forget(): Promise<void> {
  const then = new Date(Date.now() - 900_000);
  await utimes(path.join(engine.folder, 'tried-private'), then, then);
}

test('a private network that leads to a metadata service is refused before a step runs on it', async () => {
  await startMetadataService('169.254.169.254');
  const lines: string[] = [];
  const running = bench.run(['echo run'], { network: 'private', onLine: ({ text }) => lines.push(text) });
  await expect(running).rejects.toMatchObject({
    code: 'metadata_reached',
    advice: {
      why: expect.stringContaining('169.254.169.254 takes connections'),
      next: expect.stringContaining('iptables -I DOCKER-USER -d 169.254.169.254 -j REJECT'),
    },
  });
  expect(lines).toEqual([]);
  // What is asked for explicitly is not tried.
  expect((await bench.run(['echo run'], { network: 'none' })).lines).toHaveLength(1);
});

test('a builder whose steps get out of their root runs none, unless any isolation is good enough', async () => {
  const chrooted = await startDockerEngine({ isInChroot: true });
  try {
    const found = await openBuildkit(chrooted);
    const strict = await openBench(found);
    for (const network of ['none', 'private', 'host'] as const)
      await expect(strict.run(['echo run'], { network })).rejects.toMatchObject({ code: 'root_left' });
    await strict.close();
    const said = await runProgram(
      'sh',
      ['-c', `"$1" lib/cli/main.ts doctor --engine; echo "ended with $?"`, 'sh', process.execPath],
      {
        env: { ...process.env, ...found.environment },
      },
    );
    expect(said).toMatch(
      /^failed {3}Step {7}Steps would reach the files of the builder’s machine.*\n {9}to do: Run it as a service.*\nended with 10\n$/m,
    );
    const trusting = await openBuildkit(chrooted, { isTrusted: true });
    expect(trusting.found.facts).toMatchObject({
      isIsolated: false,
      isolation: 'containers of the Docker engine, not tried',
    });
    const lax = await openBench(trusting);
    expect((await lax.run(['echo run'])).lines).toHaveLength(1);
    await lax.close();
  } finally {
    await chrooted.stop();
  }
});

test('once it is out of reach, steps run, and some minutes later it is tried again', async () => {
  await stopMetadataService();
  expect((await bench.run(['echo run'], { network: 'private' })).lines).toHaveLength(1);
  await startMetadataService('169.254.170.23');
  await forget();
  await expect(bench.run(['echo run'], { network: 'private' })).rejects.toMatchObject({
    advice: { why: expect.stringContaining('169.254.170.23') },
  });
  await stopMetadataService();
});
