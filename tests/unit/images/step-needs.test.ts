import { expect, test } from 'vitest';
import { type BuiltStep, builtStepSchema } from '#lib/images/schema.ts';
import { needsOf, variablesBeforeRunning } from '#lib/images/step-needs.ts';

const env = (variables: Record<string, string>) => ({ kind: 'env', variables });
const install = { kind: 'pip_install', packages: ['six'] };
const run = { kind: 'run_commands', commands: ['true'] };
const workdir = { kind: 'workdir', path: '/srv' };

test.each<[string, readonly object[], readonly string[], readonly string[]]>([
  ['nothing', [], [], []],
  ['what pip needs', [install], ['Python', 'pip'], []],
  [
    'with the variables before it, the last of a name last',
    [env({ PATH: '/opt/bin', A: '1=1' }), workdir, env({ PATH: '/bin' }), install, env({ B: '2' })],
    ['Python', 'pip'],
    ['PATH=/opt/bin', 'A=1=1', 'PATH=/bin'],
  ],
  ['nothing after commands, which may bring it', [run, env({ A: '1' }), install], [], []],
  ['variables alone', [env({ A: '1' })], [], ['A=1']],
])('steps need of their base %s', (_, given, needs, variables) => {
  const steps: BuiltStep[] = given.map((step) => builtStepSchema.parse(step));
  expect([...needsOf(steps)]).toEqual(needs);
  expect(variablesBeforeRunning(steps)).toEqual(variables);
});
