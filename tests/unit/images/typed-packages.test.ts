import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDefinition } from '#lib/images/read-definition.ts';
import { builtStepSchema, keptDefinitionSchema, type StepInput, stepSchema } from '#lib/images/schema.ts';
import { beginsWithName, endsAtComma, splitPackages } from '#lib/images/typed-packages.ts';

describe('packages out of a text', () => {
  test.each<[string, string, readonly string[]]>([
    ['nothing', ' , ', []],
    [
      'names between blanks and commas',
      'torch huggingface, numpy,scipy,',
      ['torch', 'huggingface', 'numpy', 'scipy'],
    ],
    ['a range', 'torch>=2,<3', ['torch>=2,<3']],
    ['a range with blanks', 'torch >= 2 , < 3, numpy', ['torch >= 2 , < 3', 'numpy']],
    ['a range of three parts', 'a>=1,!=1.5,<2 b~=3.1', ['a>=1,!=1.5,<2', 'b~=3.1']],
    ['a range in brackets', 'torch (>=2, <3) numpy', ['torch (>=2, <3)', 'numpy']],
    ['an operator with a blank after it', 'numpy >= 1.26', ['numpy >= 1.26']],
    ['any version', 'a===1.0+local, b==2.*', ['a===1.0+local', 'b==2.*']],
    ['extras', 'uvicorn[standard, http2] a [b]>=1,<2 c', ['uvicorn[standard, http2]', 'a [b]>=1,<2', 'c']],
    ['a marker', 'a<2; python_version < "3.9", b', ['a<2; python_version < "3.9"', 'b']],
    [
      'a marker of several parts',
      `a ; (os_name=='nt' or extra == "x") and "linux" not in sys_platform b`,
      [`a ; (os_name=='nt' or extra == "x") and "linux" not in sys_platform`, 'b'],
    ],
    ['a marker that is still typed', 'a; python_version < "3', ['a; python_version < "3']],
    ['a marker that goes on', 'a; os_name == "nt" and', ['a; os_name == "nt" and']],
    ['an address', 'a @ https://x.test/a,b;c.whl, b', ['a @ https://x.test/a,b;c.whl', 'b']],
    ['a repository', 'git+https://x.test/a.git@v1#egg=a b', ['git+https://x.test/a.git@v1#egg=a', 'b']],
    [
      'an address with a marker',
      'a @ https://x.test/a.whl ; os_name == "nt" b',
      ['a @ https://x.test/a.whl ; os_name == "nt"', 'b'],
    ],
    ['files', './a.whl /wheels/b.whl', ['./a.whl', '/wheels/b.whl']],
    [
      'packages of apt',
      'g++ git=1:2.* nginx/bookworm-backports,libc6:arm64',
      ['g++', 'git=1:2.*', 'nginx/bookworm-backports', 'libc6:arm64'],
    ],
    [
      'lines of a requirements file',
      '# what we need\r\ntorch>=2, <3  # the engine\n\nnumpy==1.26 \\\n    --hash=sha256:ab\nscipy\n',
      ['torch>=2, <3', 'numpy==1.26', '--hash=sha256:ab', 'scipy'],
    ],
    ['a part that has lost its name', '<3 torch', ['<3', 'torch']],
  ])('%s', (_, text, packages) => {
    expect(splitPackages(text)).toEqual(packages);
  });

  test('each is found again, whatever stands beside it', () => {
    const name = fc
      .stringMatching(/^[a-z][a-z0-9._-]{0,6}[a-z0-9]$/)
      .filter((each) => !['and', 'or'].includes(each));
    const version = fc.constantFrom('', '>=2', '>=2,<3', ' >= 2, < 3', '==2.*', ' (>1,<2)');
    const extras = fc.constantFrom('', '[a]', '[a, b]');
    const marker = fc.constantFrom('', '; os_name == "a, b"', " ; (extra=='x' or os_name != 'y')");
    const one = fc.tuple(name, extras, version, marker).map((parts) => parts.join(''));
    const gap = fc.constantFrom(' ', ',', ', ', '\n', ' , ');
    fc.assert(
      fc.property(fc.array(one, { maxLength: 5 }), gap, (packages, between) => {
        expect(splitPackages(packages.join(between))).toEqual(packages);
      }),
    );
  });

  test('no text is too long for it', () => {
    for (const part of [' ', ';', '(', '[', 'a,', 'a;a<', '; a<"b" and ', 'a@ ', '<']) {
      const text = part.repeat(50_000);
      expect(splitPackages(text).join('').length).toBeLessThanOrEqual(text.length);
    }
  });
});

describe('a comma', () => {
  test.each(['torch', 'numpy, torch', 'a[b,c]', 'git=1:2.*', 'nginx/bookworm-backports', 'a>=1, b', 'g++'])(
    'ends %s',
    (text) => expect(endsAtComma(text)).toBe(true),
  );
  test.each([
    '',
    'torch>=',
    'torch>=2',
    'torch==2.*',
    'a[b',
    'a (',
    'a @ https://x.test/a',
    'a; os_name',
    'a<2; os_name == "nt"',
    'git=',
  ])('is part of what goes on after %j', (text) => expect(endsAtComma(text)).toBe(false));
});

describe('a part of a range, alone', () => {
  const message = 'A package begins with its name: write a range as one, such as torch>=2,<3.';
  const step = { kind: 'pip_install', packages: ['torch>=2', '<3'] } satisfies StepInput;
  const definition = { source: 'from_registry', reference: 'python:3.12', steps: [step] };

  test.each(['<3', '>=2', '!=1', '~=1', '==1', '; os_name == "nt"', '[standard]', '@ https://x.test/a'])(
    '%s is refused',
    (name) => {
      expect(beginsWithName(name)).toBe(false);
      const { error } = stepSchema.safeParse({ ...step, packages: [name] });
      expect(error?.issues.map((issue) => issue.message)).toEqual([message]);
    },
  );

  test('is refused with its place', () => {
    expect(readDefinition(JSON.stringify(definition))).toEqual({
      problems: [{ path: 'steps[0].packages[1]', message }],
    });
  });

  test('is readable where it was kept', () => {
    expect(keptDefinitionSchema.parse(definition).steps).toMatchObject([step]);
    expect(builtStepSchema.parse(step)).toMatchObject(step);
  });
});
