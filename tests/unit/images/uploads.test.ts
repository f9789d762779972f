import { describe, expect, test } from 'vitest';
import { linesOfStep } from '#lib/images/dockerfile.ts';
import { builtStepsSchema, type StepInput, stepSchema } from '#lib/images/schema.ts';
import { canonicalStep, stepKeys } from '#lib/images/step-keys.ts';
import { planSteps } from '#lib/images/step-plan.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const upload = (name: string, letter = 'a') => ({ name, file: digest(letter), size_bytes: 3 });
const addFile = (more: Partial<Extract<StepInput, { kind: 'add_file' }>> = {}): StepInput => ({
  kind: 'add_file',
  path: '/srv/app.py',
  ...upload('app.py'),
  ...more,
});
const copy = (...commands: string[]): StepInput => ({
  kind: 'dockerfile_commands',
  commands,
  files: [upload('app.py'), upload('a b.txt'), upload('conf/app.toml')],
});
const problemOf = (step: unknown) => stepSchema.safeParse(step).error?.issues[0]?.message;

describe('lines', () => {
  test.each<[string, StepInput, readonly string[]]>([
    ['a file has a name, a place and a mode', addFile(), ['COPY --chmod=0644 app.py /srv/app.py']],
    ['its mode is its own', addFile({ mode: '0755' }), ['COPY --chmod=0755 app.py /srv/app.py']],
    [
      'a blank makes it a list',
      addFile({ name: 'a b.txt', path: '/srv/a b' }),
      ['COPY --chmod=0644 ["a b.txt","/srv/a b"]'],
    ],
    [
      'COPY takes files of its step, by any of its forms',
      copy('COPY app.py /srv/', 'copy --chown=1:1 ["a b.txt", "conf/app.toml", "/srv/"]'),
      ['COPY app.py /srv/', 'COPY --chown=1:1 ["a b.txt", "conf/app.toml", "/srv/"]'],
    ],
  ])('%s', (_, step, lines) => {
    expect(linesOfStep(stepSchema.parse(step))).toEqual(lines);
  });
});

describe('what is refused', () => {
  test.each<[string, unknown, string]>([
    ['a folder', copy('COPY . /srv/'), 'COPY takes files of its step by their names, and . is none of them.'],
    ['a pattern', copy('COPY *.py /srv/'), '*.py is none of them. It has app.py, a b.txt, conf/app.toml.'],
    ['a way out', copy('COPY ../../etc/shadow /srv/'), '../../etc/shadow is none of them'],
    ['a variable', copy('COPY $FILE /srv/'), '$FILE is none of them'],
    ['one of many', copy('COPY app.py other.py /srv/'), 'other.py is none of them'],
    ['another image', copy('COPY --from=python /usr /usr'), 'COPY --from is not taken'],
    ['nowhere', copy('COPY app.py'), 'COPY needs the name of a file and where it goes'],
    ['a broken list', copy('COPY ["app.py", /srv]'), 'COPY has a list that is no JSON'],
    ['a step without files', { kind: 'dockerfile_commands', commands: ['COPY a /'] }, 'It has none yet.'],
    ['a name that leads out', addFile({ name: '../app.py' }), 'without “.”, “..” and empty parts'],
    ['a name from the root', addFile({ name: '/etc/passwd' }), 'cannot begin with a hyphen or a slash'],
    ['a name that is a flag', addFile({ name: '--from=x' }), 'cannot begin with a hyphen or a slash'],
    ['a name of two lines', addFile({ name: 'a\nRUN id' }), 'The name of a file cannot hold'],
    ['a variable in a name', addFile({ name: 'a$HOME' }), 'The name of a file cannot hold'],
    ['a path of a folder', addFile({ path: '/srv/' }), 'Name the file itself'],
    ['a relative path', addFile({ path: 'srv/app' }), 'Enter a path from the root'],
    ['a quote in a path', addFile({ path: '/srv/"x' }), 'Leave out quotes'],
    [
      'a mode in words of a file that COPY takes',
      { kind: 'dockerfile_commands', commands: [], files: [{ ...upload('a'), mode: '+x' }] },
      'four octal digits',
    ],
    ['a mode in words', addFile({ mode: 'u+x' }), 'four octal digits'],
    ['another digest', addFile({ file: `sha512:${'a'.repeat(128)}` }), 'Enter sha256:'],
    [
      'two files of one name',
      { kind: 'dockerfile_commands', commands: [], files: [upload('a'), upload('a', 'b')] },
      'in each other’s way: a',
    ],
    [
      'a file where another has a folder',
      { kind: 'dockerfile_commands', commands: [], files: [upload('a/b'), upload('a')] },
      'in each other’s way: a',
    ],
  ])('%s', (_, step, words) => {
    expect(problemOf(step)).toContain(words);
  });

  test('Python after a step', () => {
    const python = { kind: 'add_python', version: '3.12' };
    expect(builtStepsSchema.safeParse([python, addFile()]).success).toBe(true);
    expect(builtStepsSchema.safeParse([addFile(), python]).success).toBe(false);
  });
});

describe('keys and whys', () => {
  const parse = (step: StepInput) => stepSchema.parse(step);
  const same = (a: StepInput, b: StepInput) => canonicalStep(parse(a)) === canonicalStep(parse(b));

  test('a file is its content, place and mode, not its name', () => {
    expect(same(addFile(), addFile({ name: 'other.py' }))).toBe(true);
    expect(same(addFile(), addFile({ file: digest('b') }))).toBe(false);
    expect(same(addFile(), addFile({ mode: '0600' }))).toBe(false);
    expect(same(addFile(), addFile({ path: '/srv/b' }))).toBe(false);
  });

  test('files of a Dockerfile’s lines are in its key, in whatever order', () => {
    const files = [upload('a'), upload('b')];
    const step = { kind: 'dockerfile_commands' as const, commands: ['COPY a /'] };
    expect(same({ ...step, files }, { ...step, files: files.toReversed() })).toBe(true);
    expect(same({ ...step, files }, { ...step, files: [upload('a', 'c'), upload('b')] })).toBe(false);
    expect(
      same({ ...step, files }, { ...step, files: [{ ...upload('a'), mode: '0755' }, upload('b')] }),
    ).toBe(false);
  });

  test('Python’s image is in its key', () => {
    const origin = { workspaceId: 'w', baseDigest: digest('0'), platform: 'linux/amd64' };
    const keysOf = (pythonDigest: string) =>
      stepKeys({
        origin,
        steps: [{ kind: 'add_python', version: '3.12' }],
        secretIds: new Map(),
        pythonDigest,
      });
    expect(keysOf(digest('a'))).not.toEqual(keysOf(digest('b')));
  });

  const whyOf = (now: StepInput, before: StepInput) =>
    planSteps({
      steps: [parse(now)],
      keys: ['k'],
      known: new Set(),
      policy: 'use',
      requester: 'ada',
      base: { reference: 'r', digest: digest('0'), platform: 'linux/amd64' },
      secretIds: new Map(),
      earlier: {
        number: 7,
        steps: [parse(before)],
        base: { digest: digest('0'), platform: 'linux/amd64' },
        secretIds: new Map(),
      },
    })[0]?.why;

  test.each<[StepInput, StepInput, string]>([
    [addFile({ file: digest('b') }), addFile(), 'Step 1: app.py has other content (aaaa -> bbbb)'],
    [addFile({ mode: '0755' }), addFile(), 'Step 1: +app.py /srv/app.py 0755 -app.py /srv/app.py 0644'],
    [
      { ...(copy('COPY app.py /') as object), files: [upload('app.py', 'c')] } as StepInput,
      { ...(copy('COPY app.py /') as object), files: [upload('app.py')] } as StepInput,
      'Step 1: app.py has other content (aaaa -> cccc)',
    ],
    [
      { ...(copy('COPY app.py /') as object), files: [{ ...upload('app.py'), mode: '0755' }] } as StepInput,
      { ...(copy('COPY app.py /') as object), files: [upload('app.py')] } as StepInput,
      'Step 1: +app.py 0755 -app.py 0644',
    ],
  ])('says what changed: %#', (now, before, why) => {
    expect(whyOf(now, before)).toBe(why);
  });
});
