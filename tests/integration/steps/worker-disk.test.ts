import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestCancel } from '#lib/builds/mutations.ts';
import { uploadText } from '#tests/support/uploads.ts';
import { until } from '../worker/yard.ts';
import { openStepYard, runs, type StepYard } from './step-yard.ts';

let steps: StepYard;

beforeAll(async () => {
  steps = await openStepYard();
  await steps.yard.startWorker({ slots: 2, env: { SLIPWAY_STEP_NETWORK: 'none' } });
});
afterAll(() => steps?.close());

test('a worker that cannot write to its own disk ends the build at once, and says so', async () => {
  const { scope } = steps;
  // While a build runs, a worker does not tidy its engine's folder.
  const other = await steps.start(runs(`echo begun; sleep 98760.${process.pid}`));
  await until(async () => (await steps.logOf(other)).includes('\nbegun'));
  const engines = path.join(steps.yard.dataFolder, 'engine');
  const [own = ''] = (await readdir(engines)).filter((name) => !name.startsWith('.'));
  // A file where a folder should be: even root gets no further.
  const uploads = path.join(engines, own, 'uploads');
  await rm(uploads, { recursive: true, force: true });
  await writeFile(uploads, '');
  const file = await uploadText({ scope, name: 'app.py', content: 'print(1)\n' });
  const view = await steps.ended(await steps.start({ kind: 'add_file', path: '/srv/app.py', ...file }));
  expect(view).toMatchObject({
    state: 'failed',
    attempt: 1,
    error: {
      code: 'upload_unwritten',
      what: 'A file of the step could not be brought to the worker',
      why: 'The worker cannot write to its own disk (ENOTDIR).',
    },
  });
  await requestCancel({ scope, number: other });
  expect((await steps.ended(other)).state).toBe('cancelled');
});
