import { describe, expect, test } from 'vitest';
import { definitionChanges, summaryOfChanges } from '#lib/images/definition-changes.ts';
import { type Definition, definitionSchema } from '#lib/images/schema.ts';

function definition(given: object = {}): Definition {
  return definitionSchema.parse({
    source: 'from_registry',
    reference: 'docker.io/library/python:3.12',
    ...given,
  });
}

const pip = (...packages: string[]) => ({ kind: 'pip_install', packages });
const digest = (letter: string) => `@sha256:${letter.repeat(64)}`;

describe('what a revision changed, in one line', () => {
  test.each<[string, object, object, string]>([
    ['nothing', {}, {}, 'No change'],
    ['the tag', {}, { reference: 'docker.io/library/python:3.13' }, 'tag 3.12 -> 3.13'],
    ['no tag', {}, { reference: 'docker.io/library/python' }, 'tag 3.12 -> latest'],
    [
      'another repository with a port',
      { reference: 'localhost:5000/a' },
      { reference: 'localhost:5001/a' },
      'base localhost:5001/a',
    ],
    [
      'a digest in place of a tag',
      {},
      { reference: `docker.io/library/python${digest('a')}` },
      `base docker.io/library/python${digest('a')}`.slice(0, 59).concat('…'),
    ],
    ['a secret', {}, { secret: 'hub' }, 'secret hub'],
    ['a secret less', { secret: 'hub' }, {}, 'no secret'],
    ['a platform', {}, { platform: 'linux/arm64' }, 'platform linux/arm64'],
    ['a Python', {}, { add_python: '3.12' }, 'Python 3.12'],
    ['a Python less', { add_python: '3.12' }, {}, 'no Python'],
    ['packages', { steps: [pip('numpy')] }, { steps: [pip('numpy', 'torch')] }, 'step 1: +torch'],
    [
      'commands',
      { steps: [{ kind: 'run_commands', commands: ['make'] }] },
      { steps: [{ kind: 'run_commands', commands: ['make all'] }] },
      'step 1: run_commands changed',
    ],
    ['a step more', {}, { steps: [pip('torch')] }, 'pip_install added'],
    ['a step less', { steps: [pip('torch')] }, {}, 'pip_install removed'],
    [
      'more than a line holds',
      {},
      { secret: 'hub', platform: 'linux/arm64', add_python: '3.12', steps: [pip('a')] },
      'secret hub, platform linux/arm64, Python 3.12, 1 more',
    ],
  ])('%s', (_, before, after, expected) => {
    expect(summaryOfChanges(definitionChanges(definition(before), definition(after)))).toBe(expected);
  });

  test('steps that stayed are left out, and the others keep their places', () => {
    const before = definition({ steps: [pip('a'), { kind: 'workdir', path: '/srv' }] });
    const after = definition({ steps: [pip('a'), { kind: 'workdir', path: '/app' }] });
    expect(definitionChanges(before, after).steps).toMatchObject([{ way: 'changed', before: 1, after: 1 }]);
  });
});
