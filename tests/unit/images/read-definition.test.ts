import { describe, expect, test } from 'vitest';
import { definitionJsonSchema } from '#lib/images/json-schema.ts';
import { readDefinition } from '#lib/images/read-definition.ts';

const whole = { source: 'from_registry', reference: 'python:3.12' };
const problemsOf = (value: unknown) => {
  const read = readDefinition(typeof value === 'string' ? value : JSON.stringify(value));
  return 'problems' in read ? read.problems.map(({ path, message }) => `${path}: ${message}`) : [];
};

describe('a definition as JSON', () => {
  test('is taken with what it leaves out, and with the name of its schema', () => {
    const text = `\uFEFF${JSON.stringify({ $schema: 'https://x.test/image.json', ...whole })}`;
    expect(readDefinition(text)).toEqual({
      definition: {
        version: 1,
        ...whole,
        secret: null,
        platform: 'linux/amd64',
        add_python: null,
        steps: [],
      },
    });
  });

  test.each<[string, unknown, string]>([
    ['another shape', { ...whole, reference: 3 }, 'reference: A string is expected here.'],
    ['what is missing', { source: 'from_registry' }, 'reference: This is missing: a string is expected.'],
    ['what there is not', { ...whole, stepz: [] }, ': There is no “stepz” here.'],
    [
      'another source',
      { ...whole, source: 'from_hub' },
      'source: One of these is expected: "from_registry", "from_aws_ecr", "from_gcp_artifact_registry".',
    ],
    ['another Python', { ...whole, add_python: '3' }, 'add_python: Enter a series of Python, such as 3.12.'],
    [
      'a place deep inside',
      {
        ...whole,
        steps: [
          { kind: 'env', variables: {} },
          { kind: 'apt_install', packages: ['a', 7] },
        ],
      },
      'steps[1].packages[1]: A string is expected here.',
    ],
    ['a list', [], ': An object is expected here.'],
    ['a broken line', '{\n  "source" "x"}', ': This is no JSON: look at line 2, column 12.'],
  ])('says where it is wrong and what is expected: %s', (_, value, problem) => {
    expect(problemsOf(value)).toContain(problem);
  });

  test('names the kinds of steps that there are', () => {
    expect(problemsOf({ ...whole, steps: [{ kind: 'pip' }] })[0]).toMatch(
      /^steps\[0\]\.kind: One of these is expected: "pip_install", .*"dockerfile_commands"\.$/,
    );
  });
});

describe('its schema', () => {
  const schema = definitionJsonSchema('https://x.test/api/schemas/image.json');

  test('says what it is', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'https://x.test/api/schemas/image.json',
      required: ['source', 'reference'],
      additionalProperties: false,
    });
  });

  test('describes every field', () => {
    const bare: string[] = [];
    const walk = (node: unknown, path: string) => {
      if (typeof node !== 'object' || node === null) return;
      const { properties = {}, ...rest } = node as Record<string, unknown>;
      for (const [name, field] of Object.entries(properties as Record<string, Record<string, unknown>>)) {
        if (field.description === undefined && name !== 'kind') bare.push(`${path}.${name}`);
        walk(field, `${path}.${name}`);
      }
      for (const [name, child] of Object.entries(rest)) walk(child, `${path}/${name}`);
    };
    walk(schema, '');
    expect(bare).toEqual([]);
  });
});
