import { expect, test } from 'vitest';
import { builtStepsOf, definitionSchema, stepsMax } from '#lib/images/schema.ts';
import { toWorkerSchema } from '#lib/worker/messages.ts';

test('a build asks for the results of all its steps, Python before as many as an image may have', () => {
  const definition = definitionSchema.parse({
    source: 'from_registry',
    reference: 'registry.test/team/base:1',
    add_python: '3.12',
    steps: Array.from({ length: stepsMax }, () => ({ kind: 'run_commands', commands: ['true'] })),
  });
  const keys = builtStepsOf(definition).map((_, index) => index.toString(16).padStart(64, '0'));
  const asks = (asked: readonly string[]) =>
    toWorkerSchema.safeParse({ kind: 'results?', id: 1, keys: asked }).success;
  expect(keys).toHaveLength(stepsMax + 1);
  expect(asks(keys)).toBe(true);
  expect(asks([...keys, 'f'.repeat(64)])).toBe(false);
});
