import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { claimEngineFolder } from '#lib/engines/engine-folder.ts';
import { thisProcess } from '#lib/store/process-identity.ts';
import { testFolder } from '#tests/support/folder.ts';

const none = async () => {};

/** A folder as a worker left it. */
async function leave(root: string, name: string, owner: object | null, ageMs = 0): Promise<void> {
  const folder = path.join(root, name);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'layers'), name);
  const at = new Date(Date.now() - ageMs);
  if (owner !== null) {
    await writeFile(path.join(folder, 'owner'), JSON.stringify(owner));
    await utimes(path.join(folder, 'owner'), at, at);
  }
  await utimes(folder, at, at);
}

const dead = { ...thisProcess(), birth: '1' };
const elsewhere = { ...thisProcess(), machine: 'another' };
const long = 10 * 60_000;

test('a worker has a folder that no other one takes, and leaves it to the next', async () => {
  const root = await testFolder();
  const [one, two] = await Promise.all([
    claimEngineFolder({ root, clear: none }),
    claimEngineFolder({ root, clear: none }),
  ]);
  expect(one.path).not.toBe(two.path);
  await writeFile(path.join(one.path, 'layers'), 'warm');
  await one.release();
  const three = await claimEngineFolder({ root, clear: none });
  expect(await readFile(path.join(three.path, 'layers'), 'utf8')).toBe('warm');
  expect(await readdir(root)).toHaveLength(2);
});

test.each<[string, Parameters<typeof leave>[2], number, boolean]>([
  ['of a worker that was killed', dead, 0, true],
  ['of a worker that lives', thisProcess(), long, false],
  ['of a worker that stopped', null, 0, true],
  ['of a worker elsewhere that is there', elsewhere, 0, false],
  ['of a worker elsewhere that is silent', elsewhere, long, true],
])('a folder %s', async (_, owner, ageMs, isTaken) => {
  const root = await testFolder();
  await leave(root, 'left', owner, ageMs);
  const cleared: string[] = [];
  const clear = async (folder: string) => void cleared.push(...(await readdir(folder)));
  const { path: own } = await claimEngineFolder({ root, clear });
  expect(cleared.includes('layers')).toBe(isTaken);
  expect((await readdir(root)).includes('left')).toBe(!isTaken);
  expect(
    await stat(path.join(own, 'layers')).then(
      () => true,
      () => false,
    ),
  ).toBe(isTaken);
});

test('of several that were left one is taken over, all are cleared, and the others are removed', async () => {
  const root = await testFolder();
  for (const name of ['a', 'b', '.half-made']) await leave(root, name, dead, long);
  await leave(root, '.being-made', null);
  const cleared: string[] = [];
  const { path: own } = await claimEngineFolder({ root, clear: async (folder) => void cleared.push(folder) });
  expect(cleared).toHaveLength(3);
  expect((await readdir(root)).sort()).toEqual(['.being-made', path.basename(own)]);
});

test('of many workers that start at once each gets one, and every left one has one new owner', async () => {
  const root = await testFolder();
  for (let index = 0; index < 5; index += 1) await leave(root, `left-${index}`, dead);
  const claims = await Promise.all(Array.from({ length: 8 }, () => claimEngineFolder({ root, clear: none })));
  expect(new Set(claims.map(({ path: own }) => own)).size).toBe(8);
  expect(await readdir(root)).toHaveLength(8);
});
