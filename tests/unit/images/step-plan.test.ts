import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linesOfStep } from '#lib/images/dockerfile.ts';
import { builtStepsOf, builtStepsSchema, type Step, type StepInput, stepSchema } from '#lib/images/schema.ts';
import { stepKeys } from '#lib/images/step-keys.ts';
import { type CachePolicy, planSteps } from '#lib/images/step-plan.ts';

const base = { reference: 'python:3.12', digest: `sha256:${'a'.repeat(64)}`, platform: 'linux/amd64' };
const noSecrets = new Map<string, string>();

function steps(...inputs: StepInput[]): readonly Step[] {
  return inputs.map((input) => stepSchema.parse(input));
}

function keysOf(of: readonly Step[], change: Partial<Parameters<typeof stepKeys>[0]['origin']> = {}) {
  const origin = { workspaceId: 'w1', baseDigest: base.digest, platform: base.platform, ...change };
  return stepKeys({ origin, steps: of, secretIds: new Map([['hf', 'id-1']]) });
}

describe('keys', () => {
  const some = steps(
    { kind: 'apt_install', packages: ['git'] },
    { kind: 'pip_install', packages: ['numpy'], secrets: ['hf'] },
  );

  test.each([
    ['the workspace', { workspaceId: 'w2' }],
    ['the base', { baseDigest: `sha256:${'b'.repeat(64)}` }],
    ['the platform', { platform: 'linux/arm64' }],
  ])('%s changes all of them', (_, change) => {
    const [before, after] = [keysOf(some), keysOf(some, change)];
    expect(after.every((key, index) => key !== before[index])).toBe(true);
  });

  test('a step changes its own and all after it, none before it', () => {
    const [a, b] = [
      keysOf(some),
      keysOf([some[0] as Step, ...steps({ kind: 'pip_install', packages: ['scipy'] })]),
    ];
    expect(b[0]).toBe(a[0]);
    expect(b[1]).not.toBe(a[1]);
  });

  test('order of packages and force_build change nothing', () => {
    const one = steps({ kind: 'pip_install', packages: ['a', 'b'] });
    const other = steps({ kind: 'pip_install', packages: ['b', 'a', 'b'], force_build: true });
    expect(keysOf(one)).toEqual(keysOf(other));
  });

  test('another secret of the same name is another key', () => {
    const origin = { workspaceId: 'w1', baseDigest: base.digest, platform: base.platform };
    const of = (id: string) => stepKeys({ origin, steps: some, secretIds: new Map([['hf', id]]) });
    expect(of('id-1')[1]).not.toBe(of('id-2')[1]);
    expect(of('id-1')[0]).toBe(of('id-2')[0]);
  });
});

test('a step that says nothing is none of a build’s', () => {
  const said = steps({ kind: 'run_commands', commands: ['make'] }, { kind: 'cmd', arguments: [] });
  const nothing = steps(
    { kind: 'pip_install', packages: [] },
    { kind: 'uv_pip_install', packages: [] },
    { kind: 'apt_install', packages: [] },
    { kind: 'run_commands', commands: [], env: { A: '1' } },
    { kind: 'env', variables: {} },
    { kind: 'dockerfile_commands', commands: ['# nothing', ' '] },
  );
  for (const step of nothing) expect(linesOfStep(step)).toEqual([]);
  const all = [...said, ...nothing];
  expect(builtStepsOf({ add_python: null, steps: [...all] })).toEqual(said);
  expect(builtStepsOf({ add_python: '3.12', steps: [...nothing] })).toEqual([
    { kind: 'add_python', version: '3.12' },
  ]);
  expect(builtStepsSchema.parse(all)).toEqual(said);
});

describe('plan', () => {
  const some = steps(
    { kind: 'apt_install', packages: ['git'] },
    { kind: 'pip_install', packages: ['numpy'] },
    { kind: 'run_commands', commands: ['make'] },
  );
  const keys = keysOf(some);

  function plan(options: {
    readonly of?: readonly Step[];
    readonly known?: readonly number[];
    readonly policy?: CachePolicy;
    readonly earlier?: Partial<Parameters<typeof planSteps>[0]['earlier'] & object> | null;
    readonly now?: Partial<typeof base>;
    readonly secretIds?: ReadonlyMap<string, string>;
  }) {
    const { of = some, known = [], policy = 'use', earlier, now = {}, secretIds = noSecrets } = options;
    const planned = planSteps({
      steps: of,
      keys: keysOf(of),
      known: new Set(known.map((index) => keysOf(of)[index] ?? '')),
      policy,
      requester: 'Ada',
      base: { ...base, ...now },
      secretIds,
      earlier: earlier === null ? null : { number: 7, steps: some, base, secretIds: noSecrets, ...earlier },
    });
    return planned.map(({ isHit, why }) => (isHit ? 'hit' : why));
  }

  test.each<[string, Parameters<typeof plan>[0], readonly string[]]>([
    ['all are kept', { known: [0, 1, 2] }, ['hit', 'hit', 'hit']],
    ['the last alone is enough', { known: [2] }, ['hit', 'hit', 'hit']],
    [
      'none was built before',
      { earlier: null },
      ['The first build of these steps', 'After step 1, which is run', 'After step 1, which is run'],
    ],
    ['forced', { known: [0, 1, 2], policy: 'force' }, Array(3).fill('Forced by Ada')],
    ['ignored', { known: [0, 1, 2], policy: 'ignore' }, Array(3).fill('The cache is ignored, as Ada asked')],
    [
      'the base moved',
      {
        now: { digest: `sha256:${'c3d4'.repeat(16)}` },
        earlier: { base: { ...base, digest: `sha256:${'a1b2'.repeat(16)}` } },
      },
      [
        'Base digest moved (python:3.12: a1b2 -> c3d4)',
        'After step 1, which is run',
        'After step 1, which is run',
      ],
    ],
    [
      'the platform is another',
      { now: { platform: 'linux/arm64' } },
      [
        'The platform is linux/arm64; in #7 it was linux/amd64',
        'After step 1, which is run',
        'After step 1, which is run',
      ],
    ],
    [
      'packages came and went',
      {
        of: steps({ kind: 'pip_install', packages: ['numpy'] }),
        earlier: { steps: steps({ kind: 'pip_install', packages: ['scipy'] }) },
      },
      ['Step 1: +numpy -scipy'],
    ],
    [
      'a step is new',
      { of: [...some, ...steps({ kind: 'env', variables: { A: '1' } })], known: [2] },
      ['hit', 'hit', 'hit', 'Step 4 is new since #7'],
    ],
    [
      'a secret was exchanged for another of its name',
      {
        of: steps({ kind: 'run_commands', commands: ['make'], secrets: ['hf'] }),
        secretIds: new Map([['hf', 'id-2']]),
        earlier: {
          steps: steps({ kind: 'run_commands', commands: ['make'], secrets: ['hf'] }),
          secretIds: new Map([['hf', 'id-1']]),
        },
      },
      ['Step 1: the secret hf is another one than in #7'],
    ],
    [
      'a result is gone',
      { known: [0] },
      ['hit', 'Its result is not in the cache any more', 'After step 2, which is run'],
    ],
  ])('%s', (_, options, expected) => {
    expect(plan(options)).toEqual(expected);
  });

  test('a package more is named', () => {
    const changed = [
      some[0] as Step,
      ...steps({ kind: 'pip_install', packages: ['numpy', 'scipy'] }),
      some[2] as Step,
    ];
    expect(plan({ of: changed, known: [0] })).toEqual([
      'hit',
      'Step 2: +scipy',
      'After step 2, which is run',
    ]);
  });

  test('force_build breaks its step and all after it, whatever is kept', () => {
    const forced = [
      some[0] as Step,
      ...steps({ kind: 'pip_install', packages: ['numpy'], force_build: true }),
      some[2] as Step,
    ];
    expect(plan({ of: forced, known: [0, 1, 2] })).toEqual([
      'hit',
      'The step has force_build',
      'After step 2, which is run',
    ]);
  });

  test('hits are a beginning, and without a hit everything runs', () => {
    fc.assert(
      fc.property(
        fc.subarray([0, 1, 2]),
        fc.constantFrom<CachePolicy>('use', 'force', 'ignore'),
        (known, policy) => {
          const hits = plan({ known, policy }).map((each) => each === 'hit');
          const count = policy === 'use' ? Math.max(-1, ...known) + 1 : 0;
          expect(hits).toEqual([0, 1, 2].map((index) => index < count));
        },
      ),
    );
  });

  test('keys are of the length of a digest', () => {
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/);
  });
});
