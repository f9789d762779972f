import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { runAmongFaults } from '#tests/support/fault-run.ts';

// A registry that fails in every way that we know of, as the seed has it. A run that is not as it should be names its seed and what the
// server did; `npm run test:long` makes thousands of them, of other seeds each time.

it('ends right or with one clear error, whatever a registry does', async () => {
  const before = (await readdir('/proc/self/fd')).length;
  const codes = new Map<string, number>();
  let seed = 0;
  const runInTurn = async () => {
    while (seed < runs) {
      seed += 1;
      const { code = 'pulled' } = await runAmongFaults({ seed, asksPeer: seed % 20 === 0 });
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runInTurn));
  process.stdout.write(`faults: ${[...codes].map(([code, count]) => `${count} ${code}`).join(', ')}\n`);
  expect(codes.get('pulled')).toBeGreaterThan(runs / 10);
  expect(codes.size).toBeGreaterThan(3);
  // Some belong to the runner itself and come and go.
  await expect.poll(async () => (await readdir('/proc/self/fd')).length).toBeLessThan(before + 8);
});

const runs = 300;
const atOnce = 8;
