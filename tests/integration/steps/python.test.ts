import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStepYard, runs, type StepYard } from './step-yard.ts';

let steps: StepYard;

beforeAll(async () => {
  steps = await openStepYard();
  await steps.yard.startWorker({ env: { SLIPWAY_STEP_NETWORK: 'none' } });
});
afterAll(() => steps?.close());

/** Says what it was told, and by which variable. */
const python = { program: '#!/bin/sh\necho "told $PIP_BREAK_SYSTEM_PACKAGES: $*"\n' };
const install = { kind: 'pip_install' as const, packages: ['six'] };

test('pip_install finds a Python that an env step before it puts on PATH', async () => {
  const tree = { 'opt/py/bin/python': python, 'opt/py/bin/pip': python };
  const variables = { PATH: '/opt/py/bin:/bin' };
  const number = await steps.startOn(tree, { kind: 'env', variables }, install);
  const { error } = await steps.ended(number);
  const log = await steps.logOf(number);
  expect(error, log).toBeNull();
  expect(log).toContain('\ntold : -m pip install six\n');
});

test('pip_install tells a managed Python to install, whatever step brought it', async () => {
  const tree = { 'opt/python3.11': python };
  const library = '/usr/lib/python3.11';
  const bring = [
    `busybox mkdir -p ${library} /usr/bin && : > ${library}/os.py && : > ${library}/EXTERNALLY-MANAGED`,
    'busybox cp /opt/python3.11 /usr/bin/python3.11 && busybox ln -s python3.11 /usr/bin/python',
  ];
  const number = await steps.startOn(tree, runs(bring.join(' && ')), install);
  const { error } = await steps.ended(number);
  const log = await steps.logOf(number);
  expect(error, log).toBeNull();
  expect(log).toContain('RUN PIP_BREAK_SYSTEM_PACKAGES=1 python -m pip install six');
  expect(log).toContain('\ntold 1: -m pip install six\n');
});
