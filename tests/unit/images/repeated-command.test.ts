import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { repeatsCommand } from '#lib/images/repeated-command.ts';
import { type StepInput, stepSchema } from '#lib/images/schema.ts';
import { canonicalStep, stepKeys } from '#lib/images/step-keys.ts';

const cmd: StepInput = { kind: 'cmd', arguments: ['a'] };
const entrypoint: StepInput = { kind: 'entrypoint', arguments: ['/bin/e'] };
const lines = (...commands: string[]): StepInput => ({ kind: 'dockerfile_commands', commands });
const stepsOf = (inputs: readonly StepInput[]) => inputs.map((input) => stepSchema.parse(input));

test.each<[string, readonly StepInput[], boolean]>([
  ['an entrypoint after a command', [cmd, entrypoint], true],
  ['one after another, after a command', [cmd, entrypoint, entrypoint], true],
  ['one with other steps between', [cmd, { kind: 'workdir', path: '/' }, entrypoint], true],
  ['one among lines, after one among lines', [lines('cmd a'), lines('USER a', 'entrypoint e')], true],
  ['an entrypoint alone', [entrypoint], false],
  ['one before a command', [entrypoint, cmd], false],
  ['a command after both', [cmd, entrypoint, cmd], false],
  ['lines that say both', [cmd, lines('ENTRYPOINT e', 'CMD b')], false],
])('%s', (_, inputs, isRepeated) => {
  expect(repeatsCommand(stepsOf(inputs), inputs.length - 1)).toBe(isRepeated);
});

test('a result without the command, kept by an earlier version, is no hit', () => {
  const steps = stepsOf([cmd, entrypoint]);
  const origin = { workspaceId: 'w', baseDigest: 'd', platform: 'linux/amd64' };
  const [before, key] = stepKeys({ origin, steps, secretIds: new Map() });
  const parts = [before, canonicalStep(stepSchema.parse(entrypoint)), []];
  expect(key).not.toBe(createHash('sha256').update(JSON.stringify(parts)).digest('hex'));
});
