import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  checkSteps,
  draftsOf,
  newStep,
  type StepDraft,
  type StepProblem,
} from '#app/(dashboard)/_components/steps/steps-draft.ts';
import { refusalOf, safeName } from '#app/(dashboard)/_components/steps/upload-file.ts';
import { dockerfileOf } from '#lib/images/dockerfile.ts';
import { pythonOf } from '#lib/images/python-preview.ts';
import { readDefinition } from '#lib/images/read-definition.ts';
import { type Definition, definitionSchema, stepSchema } from '#lib/images/schema.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9 ="'$]{0,12}[a-z0-9]$/);
const words = fc.array(word, { minLength: 1, maxLength: 4 });
const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/);
const variables = fc.dictionary(name, word, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
const path = fc.stringMatching(/^(?:\/[a-z][a-z ]{0,5}[a-z]){1,3}$/);
const run = { secrets: fc.uniqueArray(fc.constantFrom('hf', 'npm')), force_build: fc.boolean() };
const upload = {
  name: fc.stringMatching(/^[a-z][a-z .]{0,8}[a-z]$/),
  file: fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
  size_bytes: fc.nat(),
};
const files = fc.uniqueArray(fc.record({ ...upload, mode: fc.constantFrom('0644', '0755') }), {
  selector: (each) => each.name,
  maxLength: 3,
});
const python = {
  packages: fc.uniqueArray(word, { minLength: 1, maxLength: 4 }),
  pre: fc.boolean(),
  index_url: fc.option(fc.constant('https://x.test/simple'), { nil: undefined }),
  find_links: fc.option(fc.constant('/wheels'), { nil: undefined }),
  extra_options: fc.constantFrom('', '--no-deps --only-binary ":all:"'),
  ...run,
};

const step = fc.oneof(
  fc.record({ kind: fc.constant('pip_install'), ...python }),
  fc.record({ kind: fc.constant('uv_pip_install'), ...python }),
  fc.record({ kind: fc.constant('apt_install'), packages: python.packages, ...run }),
  fc.record({
    kind: fc.constant('run_commands'),
    commands: words,
    env: fc.oneof(fc.constant({}), variables),
    ...run,
  }),
  fc.record({ kind: fc.constant('env'), variables }),
  fc.record({ kind: fc.constant('workdir'), path }),
  fc.record({ kind: fc.constantFrom('entrypoint', 'cmd'), arguments: fc.oneof(fc.constant([]), words) }),
  fc.record({ kind: fc.constant('add_file'), path, mode: fc.constantFrom('0644', '0755'), ...upload }),
  fc.tuple(files, words, fc.record(run)).map(([own, lines, more]) => ({
    kind: 'dockerfile_commands',
    commands: [
      ...own.map((each) => `COPY ${JSON.stringify([each.name, '/srv/'])}`),
      '',
      ...lines.map((each) => `RUN ${each}`),
    ],
    files: own,
    ...more,
  })),
);

const definition = fc
  .record({
    source: fc.constant('from_registry'),
    reference: fc.constant('python:3.12'),
    secret: fc.constantFrom(null, 'hub'),
    add_python: fc.constantFrom(null, '3.12'),
    steps: fc.array(step, { maxLength: 5 }),
  })
  .map((value): Definition => definitionSchema.parse(JSON.parse(JSON.stringify(value))));

test('a definition goes through JSON and the form, and is the same', () => {
  fc.assert(
    fc.property(definition, (before) => {
      const read = readDefinition(JSON.stringify(before));
      if ('problems' in read) throw new Error(JSON.stringify(read.problems));
      const { steps, problems } = checkSteps(draftsOf(read.definition.steps));
      expect([...problems.values()]).toEqual([]);
      const after = { ...read.definition, steps };
      expect(after).toEqual(before);
      expect(dockerfileOf({ ...after, steps: [...steps] })).toBe(dockerfileOf(before));
      expect(pythonOf({ ...after, steps: [...steps] })).toBe(pythonOf(before));
    }),
  );
});

test('whatever a file is called, its upload has a name that a step takes', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), (typed) => {
      const named = safeName(typed);
      const { error } = stepSchema.safeParse({
        kind: 'add_file',
        path: '/a',
        name: named,
        file: `sha256:${'0'.repeat(64)}`,
        size_bytes: 0,
      });
      expect(error?.issues ?? []).toEqual([]);
    }),
  );
});

test.each<[string, readonly number[], boolean, string | undefined]>([
  ['one', [7], false, undefined],
  ['several where one fits', [1, 1, 1], false, '3 files were dropped, and this step takes one.'],
  ['several', [1, 7], true, undefined],
  ['one that is too large', [8], false, 'The file is too large.'],
  ['several, of which one is too large', [1, 8], true, 'b: The file is too large.'],
])('of files that are dropped, none is left out in silence: %s', (_, sizes, takesSeveral, refusal) => {
  const files = sizes.map((size, index) => ({ name: 'abc'.charAt(index), size }));
  const found = refusalOf({ files, bytesMax: 7, takesSeveral });
  if (refusal === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(refusal);
});

test('a step whose file has not arrived holds the form up, and one that says nothing does not', () => {
  const fresh = newStep('add_file', 0);
  expect(checkSteps([fresh]).problems.size).toBe(0);
  const begun = { ...fresh, path: '/srv/app.py' } as typeof fresh;
  expect([...checkSteps([begun]).problems.values()]).toEqual([
    { message: 'Choose a file, and wait until it has arrived.', field: 'file' },
  ]);
});

const rows = (...names: readonly string[]) =>
  names.map((each, id) => ({ id: id + 3, name: each, value: 'x' }));
const secondA = 'There is a variable A above: change one of the names, or remove one.';
const wrongName = 'Use letters, digits and underscores only, and begin with no digit.';

test.each<[string, StepDraft, StepProblem]>([
  [
    'a variable twice',
    { id: 0, kind: 'env', rows: rows('A', 'B', 'A') },
    { message: secondA, field: 'variables', rowId: 5 },
  ],
  [
    'a variable of commands twice',
    { id: 0, kind: 'run_commands', text: 'make', rows: rows('A', 'A'), secrets: [], isForced: false },
    { message: secondA, field: 'env', rowId: 4 },
  ],
  [
    'a name that is none',
    { id: 0, kind: 'env', rows: rows('A', 'B-C') },
    { message: wrongName, field: 'variables', rowId: 4 },
  ],
  [
    'a value without a name',
    { id: 0, kind: 'env', rows: rows('A', '') },
    { message: wrongName, field: 'variables', rowId: 4 },
  ],
  [
    'a path that is none',
    { id: 0, kind: 'workdir', path: 'srv' },
    { message: 'Enter a path from the root, such as /srv/app.', field: 'path', rowId: undefined },
  ],
])('a problem is said at its field: %s', (_, draft, problem) => {
  const { steps, problems } = checkSteps([draft]);
  expect(steps).toEqual([]);
  expect(problems.get(0)).toEqual(problem);
});

test('rows that say nothing are no variables, and not two of one name', () => {
  const empty = [1, 2].map((id) => ({ id, name: '', value: '' }));
  expect(checkSteps([{ id: 0, kind: 'env', rows: [...rows('A'), ...empty] }])).toEqual({
    steps: [{ kind: 'env', variables: { A: 'x' } }],
    problems: new Map(),
  });
});
