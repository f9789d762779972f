import { describe, expect, test } from 'vitest';
import { splitRefusal } from '#app/(dashboard)/builds/new/_components/split-refusal.ts';
import { parseInput, refusalOf } from '#app/(dashboard)/builds/refusal.ts';
import { startBuildSchema } from '#lib/builds/schema.ts';
import { InputError } from '#lib/errors/input.ts';
import { definitionSchema } from '#lib/images/schema.ts';

const advice = { what: 'The image was not saved', why: 'Because.', next: 'Correct it.' };
const controls = { name: 'name', secret: 'secret', secretName: 'secret' } as const;
const split = (fields: Readonly<Record<string, string>>) =>
  splitRefusal(refusalOf(new InputError(advice, fields)), { controls, stepCount: 2 });

describe('a refusal is said', () => {
  test('at its control, and nowhere else', () => {
    expect(split({ name: 'Taken.' })).toEqual({
      controls: { name: 'Taken.' },
      steps: new Map(),
      panel: null,
    });
    expect(split({ secret: 'Gone.' }).controls).toEqual(split({ secretName: 'Gone.' }).controls);
  });

  test('at its step', () => {
    expect(split({ 'steps.1.secrets': 'No such secret.' })).toMatchObject({
      steps: new Map([[1, { message: 'No such secret.', field: 'secrets' }]]),
      panel: null,
    });
  });

  test('in the panel, when no field is known or the form has no such control', () => {
    for (const fields of [{}, { source: 'No.' }, { steps: 'Upload a.txt.' }, { definition: 'No.' }]) {
      expect(split(fields).panel).toMatchObject({ what: advice.what, why: 'Because.' });
    }
    expect(split({ 'steps.7.secrets': 'No.' }).panel).not.toBeNull();
    expect(split({ constructor: 'No.' }).panel).not.toBeNull();
  });

  test('in the panel and at a control, each its part', () => {
    expect(split({ name: 'Taken.', source: 'Another source.' })).toMatchObject({
      controls: { name: 'Taken.' },
      panel: { why: 'Another source.' },
    });
  });

  test('not at all while there is none', () => {
    expect(splitRefusal(null, { controls, stepCount: 0 })).toEqual({
      controls: {},
      steps: new Map(),
      panel: null,
    });
  });
});

describe('input of another shape', () => {
  const problemsOf = (work: () => unknown) => {
    try {
      return work();
    } catch (error) {
      return refusalOf(error).fields;
    }
  };
  const start = (input: object) =>
    problemsOf(() => parseInput(startBuildSchema, input, 'The build was not started'));

  test('is refused at the field that is wrong, whichever it is', () => {
    expect(start({ reference: ' ' })).toEqual({
      reference: 'Type or paste an image reference, such as python:3.13.',
    });
    const step = { kind: 'env', variables: { A: '1' } };
    expect(start({ reference: 'python', steps: Array(102).fill(step) })).toEqual({
      steps: 'A build has at most 100 steps.',
    });
    expect(start({ reference: 'python', platform: '' })).toEqual({ platform: 'Choose a platform.' });
  });

  test('of a definition goes by the names of the definition', () => {
    const step = { kind: 'env', variables: { A: '1' } };
    const definition = { source: 'from_registry', reference: 'python', steps: Array(101).fill(step) };
    expect(problemsOf(() => parseInput(definitionSchema, definition, 'The image was not saved'))).toEqual({
      steps: 'An image has at most 100 steps.',
    });
  });
});
