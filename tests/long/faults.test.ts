import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { runAmongFaults } from '#tests/support/fault-run.ts';

it('ends right or with one clear error, thousands of times', { timeout: 3_600_000 }, async () => {
  const firstSeed = Math.floor(Math.random() * 1e9);
  process.stdout.write(`faults: seeds ${firstSeed} to ${firstSeed + runs - 1}\n`);
  const before = (await readdir('/proc/self/fd')).length;
  const memoryBefore = process.memoryUsage().rss;
  let next = 0;
  const runInTurn = async () => {
    while (next < runs) {
      const seed = firstSeed + next;
      next += 1;
      await runAmongFaults({ seed, asksPeer: seed % 100 === 0, inThreads: seed % 10 === 0 });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runInTurn));
  expect((await readdir('/proc/self/fd')).length).toBeLessThan(before + 8);
  expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(300e6);
});

const runs = 5_000;
const atOnce = 8;
