import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDataFolder, prepareSlipway, runSlipway, startSlipway } from '#tests/support/slipway.ts';

let folder: Awaited<ReturnType<typeof makeDataFolder>>;
beforeAll(async () => {
  await prepareSlipway();
  folder = await makeDataFolder();
});
afterAll(() => folder.remove());

const reset = (email: string, password: string) =>
  runSlipway(['user', 'reset-password', email], { SLIPWAY_DATA: folder.path }, `${password}\n`);

test('it works while Slipway runs and while it does not; an email that nobody has is not found', async () => {
  const running = await startSlipway({ dataFolder: folder.path });
  const whileRunning = await reset('nobody@example.com', 'correct horse battery staple');
  expect(whileRunning).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('This account does not exist'),
  });
  await running.stop();
  expect(await reset('nobody@example.com', 'correct horse battery staple')).toEqual(whileRunning);
});

test('a password that will not do is refused before anything happens', async () => {
  const { code, stderr } = await reset('nobody@example.com', 'short');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^slipway: That password will not do\. .+\n$/);
});
