import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestEngine, testEngines } from '#tests/support/engines.ts';
import { type Bench, openBench } from './bench.ts';

let engine: TestEngine;
let bench: Bench;

beforeAll(async () => {
  // What a builder's steps may use, its operator bounds.
  engine = (await testEngines.find(({ name }) => name === 'Buildah')?.start()) as TestEngine;
  bench = await openBench(engine);
});
afterAll(async () => {
  await bench?.close();
  await engine?.stop();
});

test('a step that forks without end finds its bound, and the next one has its processes', async () => {
  const forks = 'i=0; while test $i -lt 6000; do sleep 98761 & i=$((i+1)); done; echo endless';
  // Thousands of forks take a busy machine minutes.
  await expect(bench.run([forks], { limits: { timeoutMs: 300_000 } })).rejects.toMatchObject({
    code: 'step_failed',
    advice: { why: expect.stringContaining("can't fork") },
  });
  const { lines } = await bench.run(['sleep 0 & wait; ulimit -u; echo done']);
  expect(lines.map(({ text }) => text).sort()).toEqual(['4096', 'done']);
});

test('programs begin with few open files, and may have as many as this process', async () => {
  const { lines } = await bench.run(['ulimit -Sn; ulimit -Hn']);
  const [, hard] = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  expect(lines.map(({ text }) => text)).toEqual(['1024', hard]);
});

test('a step that takes more memory than it may is ended, and says so', async () => {
  const eats = 'busybox tail -c 2000000000 /dev/zero';
  await expect(bench.run([eats], { limits: { memoryBytes: 64_000_000 } })).rejects.toMatchObject({
    code: 'step_failed',
    exitCode: 137,
    advice: { why: expect.stringContaining('it was killed, often because memory ran out') },
  });
});
