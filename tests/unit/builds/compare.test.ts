import { describe, expect, test } from 'vitest';
import { type BuildBefore, buildBeforeOf, stepsBefore, whyOfBuild } from '#lib/builds/build-before.ts';
import { type ComparedBuild, compareBuilds } from '#lib/builds/compare.ts';
import { layersByStep } from '#lib/builds/layers-by-step.ts';
import type { BuildEvent } from '#lib/builds/schema.ts';
import type { BuildHead } from '#lib/builds/types.ts';
import { emptyView, foldEvents } from '#lib/builds/view.ts';
import { type StepInput, stepSchema } from '#lib/images/schema.ts';

const sha = (letter: string) => `sha256:${letter.repeat(64)}`;

function head(number: number, over: Partial<BuildHead> = {}): BuildHead {
  return {
    id: `id-${number}`,
    number,
    reference: 'docker.io/library/python:3.12',
    platform: 'linux/amd64',
    secret: { id: 's', name: 'hub', version: 1 },
    secretWhy: null,
    image: { name: 'ml', revision: 1 },
    requesterName: 'Ada',
    trigger: 'manual',
    rerunOf: null,
    createdAt: '2026-11-26T00:00:00.000Z',
    ...over,
  };
}

/** A view from events a second apart. */
function viewOf(events: readonly BuildEvent[]) {
  return foldEvents(
    emptyView,
    events.map((event, at) => ({
      number: at + 1,
      at: new Date(Date.UTC(2026, 10, 26) + at * 1000).toISOString(),
      event,
    })),
  );
}

const layer = (letter: string, sizeBytes: number, index = 0) => ({
  index,
  digest: sha(letter),
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  sizeBytes,
  state: 'verified' as const,
  doneBytes: sizeBytes,
});

const running: BuildEvent = { kind: 'state', state: 'running', attempt: 1 };
const succeeded: BuildEvent = { kind: 'state', state: 'succeeded', attempt: 1 };
const noSteps: BuildEvent = { kind: 'stage', stage: 'steps', state: 'skipped' };
const facts = (some: Extract<BuildEvent, { kind: 'facts' }>['facts']): BuildEvent => ({
  kind: 'facts',
  facts: some,
});

function compared(
  number: number,
  options: Partial<ComparedBuild> & { readonly events?: BuildEvent[] } = {},
): ComparedBuild {
  const { events = [running, succeeded], ...over } = options;
  return {
    head: head(number),
    view: viewOf(events),
    steps: [],
    cachePolicy: 'use',
    stepSecrets: [],
    contents: null,
    ...over,
  };
}

describe('two builds', () => {
  const contents = (python: string, ...packages: [string, string][]) => ({
    os: { id: 'debian', name: 'Debian GNU/Linux 12 (bookworm)', versionId: '12' },
    python: { version: python, path: '/usr/local/bin/python' },
    packages: packages.map(([name, version]) => ({ kind: 'python' as const, name, version })),
    omitted: 0,
    unread: [],
  });
  const steps = (...inputs: StepInput[]) => inputs.map((input) => stepSchema.parse(input));
  const ran = (base: string, added: readonly number[]): BuildEvent[] => [
    running,
    { kind: 'stage', stage: 'pull', state: 'running' },
    { kind: 'stage', stage: 'pull', state: 'done' },
    facts({ baseDigest: sha(base), totalBytes: 100 }),
    { kind: 'layers', layers: [layer(base, 100)] },
    {
      kind: 'steps',
      steps: added.map((_, at) => ({ kind: 'pip_install', title: `step ${at}`, isHit: false, why: 'x' })),
    },
    ...added.flatMap((addedBytes, index): BuildEvent[] => [
      { kind: 'step', index, state: 'running' },
      { kind: 'step', index, state: 'done', addedBytes },
    ]),
    facts({ resultDigest: sha('e'), resultBytes: 100 + added.reduce((sum, each) => sum + each, 0) }),
    succeeded,
  ];

  test('differ in what is installed, in size, in steps and in time', () => {
    const before = compared(11, {
      events: ran('a', [10]),
      steps: steps({ kind: 'pip_install', packages: ['numpy'] }),
      contents: contents('3.12.4', ['numpy', '2.0.0'], ['pip', '24.0']),
    });
    const after = compared(12, {
      events: ran('b', [15, 2]),
      steps: steps(
        { kind: 'pip_install', packages: ['numpy', 'scipy'] },
        { kind: 'env', variables: { A: '1' } },
      ),
      contents: contents('3.12.7', ['numpy', '2.1.0'], ['pip', '24.0'], ['scipy', '1.14.0']),
      head: head(12, { secret: { id: 's', name: 'hub', version: 2 }, requesterName: 'Ines' }),
    });
    const found = compareBuilds(before, after);
    expect(found).toMatchObject({
      isSame: false,
      os: { before: 'Debian GNU/Linux 12 (bookworm)', after: 'Debian GNU/Linux 12 (bookworm)' },
      python: { before: '3.12.4', after: '3.12.7' },
      packagesAlike: 1,
      baseDigest: { before: sha('a'), after: sha('b') },
      sizeBytes: { before: 110, after: 117 },
      baseBytes: { before: 100, after: 100 },
      secret: { before: 'hub v1', after: 'hub v2' },
    });
    expect(found.packages?.map(({ name, way }) => `${name} ${way}`)).toEqual(['numpy up', 'scipy added']);
    expect(found.steps.map(({ way, addedBytes }) => [way, addedBytes])).toEqual([
      ['changed', { before: 10, after: 15 }],
      ['added', { before: null, after: 2 }],
    ]);
    expect(found.baseLayers.map(({ before: b, after: a }) => [b, a])).toEqual([
      [100, null],
      [null, 100],
    ]);
    expect(found.stages.find(({ name }) => name === 'pull')).toMatchObject({ before: 1_000, after: 1_000 });
    expect(found.stages.find(({ name }) => name === 'check')).toMatchObject({ before: null, after: null });
  });

  test('of which one failed are compared by what is known of it', () => {
    const failed = compared(13, {
      events: [
        running,
        facts({ baseDigest: sha('a'), totalBytes: 100 }),
        { kind: 'state', state: 'failed', attempt: 1 },
      ],
    });
    const found = compareBuilds(
      compared(12, { events: ran('a', [1]), contents: contents('3.12.4') }),
      failed,
    );
    expect(found).toMatchObject({
      packages: null,
      python: { before: '3.12.4', after: null },
      sizeBytes: { before: 101, after: null },
      baseDigest: { before: sha('a'), after: sha('a') },
    });
  });

  test('that are one differ in nothing', () => {
    const one = compared(12, {
      events: ran('a', [1, 2]),
      steps: steps({ kind: 'pip_install', packages: ['a'] }, { kind: 'apt_install', packages: ['b'] }),
      contents: contents('3.12.4', ['a', '1']),
    });
    const found = compareBuilds(one, one);
    expect(found).toMatchObject({ isSame: true, packages: [], packagesAlike: 1 });
    expect(found.steps.every(({ way }) => way === 'same')).toBe(true);
    const pairs = [found.sizeBytes, found.totalMs, found.secret, ...found.stages, ...found.baseLayers];
    for (const { before, after } of pairs) expect(after).toEqual(before);
  });

  test('that have not begun compare to nothing known', () => {
    const found = compareBuilds(compared(1, { events: [] }), compared(2, { events: [] }));
    expect(found).toMatchObject({
      packages: null,
      steps: [],
      baseLayers: [],
      totalMs: { before: null, after: null },
    });
  });
});

describe('why a build', () => {
  const before: BuildBefore = buildBeforeOf({
    head: head(11),
    view: viewOf([running, facts({ baseDigest: sha('a'), totalBytes: 100 }), noSteps, succeeded]),
  });
  const planned = (...hits: readonly boolean[]): BuildEvent => ({
    kind: 'steps',
    steps: hits.map((isHit, at) => ({
      kind: 'env',
      title: `env ${at}`,
      isHit,
      why: isHit ? 'Same' : `Reason ${at}`,
    })),
    comparedWith: 11,
  });
  test.each<[string, BuildEvent[], Partial<BuildHead>, BuildBefore | null, ReturnType<typeof whyOfBuild>]>([
    ['is not known yet', [running], {}, before, null],
    [
      'failed before anything was known',
      [running, { kind: 'state', state: 'failed', attempt: 1 }],
      {},
      null,
      null,
    ],
    [
      'was the first',
      [running, facts({ baseDigest: sha('a') }), noSteps],
      {},
      null,
      { isHit: false, why: 'The first build of this image' },
    ],
    [
      'found its base as it was',
      [running, facts({ baseDigest: sha('a') }), noSteps],
      {},
      before,
      { isHit: true, why: 'The base is unchanged' },
    ],
    [
      'found its base moved',
      [running, facts({ baseDigest: `sha256:${'c3d4'.repeat(16)}` }), noSteps],
      {},
      { ...before, baseDigest: `sha256:${'a1b2'.repeat(16)}` },
      { isHit: false, why: 'Base digest moved (docker.io/library/python:3.12: a1b2 -> c3d4)' },
    ],
    [
      'is for another platform',
      [running, facts({ baseDigest: sha('b') }), noSteps],
      { platform: 'linux/arm64' },
      before,
      { isHit: false, why: 'The platform is linux/arm64; in #11 it was linux/amd64' },
    ],
    [
      'has all steps from the cache',
      [running, planned(true, true)],
      {},
      before,
      { isHit: true, why: 'Base and steps are unchanged' },
    ],
    [
      'has to run from a step on',
      [running, planned(true, false, false)],
      {},
      before,
      { isHit: false, why: 'Reason 1' },
    ],
  ])('%s', (_, events, over, earlier, expected) => {
    expect(whyOfBuild({ head: head(12, over), view: viewOf(events), before: earlier })).toEqual(expected);
  });
});

test('a step is compared with the same one of the build before, else with one of its kind in its place', () => {
  const before = ['env A', 'pip_install numpy', 'run_commands make'].map((title) => ({
    kind: title.split(' ')[0] ?? '',
    title,
    addedBytes: null,
    tookMs: null,
  }));
  const titlesOf = (...titles: string[]) =>
    stepsBefore(
      titles.map((title) => ({ kind: title.split(' ')[0] ?? '', title })),
      before,
    ).map((one) => one?.title ?? null);
  expect(titlesOf('env A', 'pip_install numpy scipy', 'run_commands make')).toEqual([
    'env A',
    'pip_install numpy',
    'run_commands make',
  ]);
  expect(titlesOf('run_commands make', 'env B')).toEqual(['run_commands make', null]);
  expect(titlesOf('apt_install git', 'env A')).toEqual([null, 'env A']);
});

test('layers of a result belong to the base, then to the steps whose sizes they make up', () => {
  const view = viewOf([
    running,
    { kind: 'layers', layers: [layer('a', 100), layer('b', 50, 1)] },
    {
      kind: 'steps',
      steps: [
        {
          kind: 'env',
          title: 'env',
          isHit: true,
          why: 'Same',
          made: { addedBytes: 0, tookMs: 1, buildNumber: 3 },
        },
        {
          kind: 'pip_install',
          title: 'pip',
          isHit: true,
          why: 'Same',
          made: { addedBytes: 30, tookMs: 1, buildNumber: 3 },
        },
        // A step that says nothing, which nobody keeps.
        { kind: 'apt_install', title: 'apt', isHit: true, why: 'Same' },
        { kind: 'run_commands', title: 'run', isHit: false, why: 'New' },
      ],
    },
    { kind: 'step', index: 3, state: 'running' },
    { kind: 'step', index: 3, state: 'done', addedBytes: 7 },
    facts({
      resultLayers: [
        [sha('a'), 100],
        [sha('b'), 50],
        [sha('c'), 10],
        [sha('d'), 20],
        [sha('e'), 7],
      ].map(([digest, sizeBytes]) => ({ digest: String(digest), sizeBytes: Number(sizeBytes) })),
    }),
  ]);
  expect(layersByStep(view).map(({ step }) => step)).toEqual([null, null, 1, 1, 3]);
  expect(layersByStep(viewOf([running]))).toEqual([]);
});
