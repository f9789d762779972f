import { describe, expect, test } from 'vitest';
import { readImageConfig, shownCommand } from '#lib/builds/image-config.ts';
import { stripAnsi } from '#lib/builds/log/ansi.ts';
import { createStageLog } from '#lib/builds/log/stage-log.ts';
import type { BuildEvent, Check } from '#lib/builds/schema.ts';
import { checkImage } from '#lib/builds/stages/check-image.ts';
import { createPullReport } from '#lib/builds/stages/pull-report.ts';
import type { RequirementName } from '#lib/images/requirements.ts';
import { createRedactor } from '#lib/log/redact.ts';
import { parseDigest } from '#lib/oci/digest.ts';
import type { Descriptor, Platform } from '#lib/oci/types.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import type { ResolvedImage } from '#lib/pull/resolve.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';
import { archiveOf } from '#tests/support/archive.ts';
import { testFolder } from '#tests/support/folder.ts';

const digest = (hex: string) => parseDigest(`sha256:${hex.repeat(64)}`);
const descriptor = (hex: string, sizeBytes: number): Descriptor => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: digest(hex),
  sizeBytes,
});
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const amd64 = { os: 'linux', architecture: 'amd64' };

function imageWith(config: unknown, layers = [descriptor('a', 184)]): ResolvedImage {
  return {
    config: config instanceof Uint8Array ? config : bytesOf(config),
    platform: amd64,
    manifest: {
      kind: 'image',
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: digest('f'),
      bytes: new Uint8Array(),
      config: descriptor('c', 10),
      layers,
      annotations: {},
    },
  };
}

const goodConfig = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: ['x'] } };

const skipped = {
  Entrypoint: 'skipped',
  Python: 'skipped',
  pip: 'skipped',
  'pip may install': 'skipped',
};
const unmet = {
  Layers: 'passed',
  Entrypoint: 'passed',
  Python: 'warned',
  pip: 'warned',
  'pip may install': 'skipped',
};

describe('checks', () => {
  const check = async (
    image: ResolvedImage,
    options: {
      readonly layer?: Uint8Array;
      readonly platform?: Platform;
      readonly needs?: ReadonlySet<RequirementName>;
    },
  ) => {
    const store = await openBlobStore({ root: await testFolder(), durability: 'fast' });
    const {
      layer = await archiveOf({ 'srv/a': 'x' }),
      platform = amd64,
      needs = new Set<RequirementName>(),
    } = options;
    const { signal } = new AbortController();
    const layers = image.manifest.layers.map((one) => ({ ...one, digest: digestOf(layer) }));
    await store.write({ digest: digestOf(layer), bytes: layer });
    return checkImage({
      image: { ...image, manifest: { ...image.manifest, layers } },
      platform,
      store: { ...store, has: async () => true },
      needs,
      signal,
    });
  };
  const statesOf = (checks: readonly Check[]) =>
    Object.fromEntries(checks.map(({ name, state }) => [name, state]));
  const good = { Platform: 'passed', Config: 'passed', Blobs: 'passed', ...unmet };

  test.each([
    ['a sound image', goodConfig, good],
    ['no platform', { ...goodConfig, os: undefined }, { ...good, Platform: 'warned' }],
    ['another platform', { ...goodConfig, architecture: 'arm64' }, { ...good, Platform: 'failed' }],
    ['another count of layers', { ...goodConfig, rootfs: { diff_ids: [] } }, { ...good, Config: 'failed' }],
    ['null for the layers', { ...goodConfig, rootfs: { diff_ids: null } }, { ...good, Config: 'failed' }],
    ['a list', [], { Platform: 'warned', Config: 'failed', Blobs: 'passed', ...skipped }],
    [
      'bytes that are no JSON',
      new Uint8Array([123]),
      { Platform: 'warned', Config: 'failed', Blobs: 'passed', ...skipped },
    ],
  ])('of %s', async (_, config, states) =>
    expect(statesOf(await check(imageWith(config), {}))).toEqual(states),
  );

  test.each([
    [amd64, 'passed', 'linux/amd64'],
    [
      { os: 'linux', architecture: 'arm64' },
      'warned',
      'linux/arm64, as asked for; the requirement for steps is linux/amd64',
    ],
  ])('say which platform it is: %o', async (platform, state, detail) => {
    const image = imageWith({ ...goodConfig, ...platform });
    expect((await check(image, { platform }))[0]).toMatchObject({ name: 'Platform', state, detail });
  });

  test('look into images for Linux alone', async () => {
    const platform = { os: 'windows', architecture: 'amd64' };
    const checks = await check(imageWith({ ...goodConfig, ...platform }), { platform });
    expect(statesOf(checks)).toEqual({ Platform: 'warned', Config: 'passed', Blobs: 'passed', ...skipped });
  });

  test('say how large the layers are, and what in them is strange', async () => {
    const layer = await archiveOf({ a: 'x'.repeat(1_500), b: 'y' });
    expect(await check(imageWith(goodConfig), { layer })).toContainEqual({
      name: 'Layers',
      state: 'passed',
      detail: '2 files, 1.50 kB unpacked',
    });
    const hostile = await archiveOf({ a: 'x', '../../b': 'y' });
    expect(await check(imageWith(goodConfig), { layer: hostile })).toContainEqual({
      name: 'Layers',
      state: 'warned',
      detail: '1 file, 1 B unpacked; 1 entry that can lie nowhere in an image',
      remedy: expect.stringContaining('left out'),
    });
  });

  test('end with a warning where a layer cannot be read', async () => {
    const checks = await check(imageWith(goodConfig), { layer: Buffer.from('no archive'.repeat(100)) });
    expect(statesOf(checks)).toEqual({
      Platform: 'passed',
      Config: 'passed',
      Blobs: 'passed',
      Layers: 'warned',
      ...skipped,
    });
    expect(checks.find(({ name }) => name === 'Layers')).toMatchObject({
      detail: 'Layer 1 cannot be read: it is no tar archive, or a damaged one',
      remedy: 'Build the image again and push it, then run this build again.',
    });
  });

  test('fail for what steps need', async () => {
    const needs = new Set<RequirementName>(['Python']);
    expect(statesOf(await check(imageWith(goodConfig), { needs }))).toMatchObject({
      Python: 'failed',
      pip: 'warned',
    });
  });

  test('repeat a hostile config in short', async () => {
    const endless = 'x'.repeat(1_000_000);
    const configs = [
      { ...goodConfig, config: { Entrypoint: [endless], Cmd: [] } },
      {
        ...goodConfig,
        config: { Entrypoint: [`/${endless}`], Env: [`PATH=${endless}`], WorkingDir: endless },
      },
      { ...goodConfig, config: { Entrypoint: ['/bin/sh', '-c', endless] } },
      { ...goodConfig, config: { Entrypoint: [], Cmd: [endless] } },
      { ...goodConfig, os: endless, architecture: endless, variant: endless },
    ];
    for (const config of configs) {
      for (const { detail, remedy = '' } of await check(imageWith(config), {})) {
        expect(detail.length).toBeLessThan(400);
        expect(remedy.length).toBeLessThan(400);
      }
    }
  });

  test('miss a blob that is gone', async () => {
    const store = await openBlobStore({ root: await testFolder(), durability: 'fast' });
    const { signal } = new AbortController();
    const checks = await checkImage({ image: imageWith(goodConfig), platform: amd64, store, signal });
    expect(statesOf(checks)).toEqual({ Platform: 'passed', Config: 'passed', Blobs: 'failed', ...skipped });
  });

  test('take no longer for a history that is made to be slow', () => {
    const history = [{ created_by: `RUN${' '.repeat(4_000_000)}x` }];
    const [command = ''] = readImageConfig(bytesOf({ ...goodConfig, history }))?.createdBy ?? [];
    expect(shownCommand(command, (text) => text)).toBe('RUN');
  });
});

describe('a config', () => {
  test.each([
    ['/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'],
    ['/bin/sh -c apt-get update', 'RUN apt-get update'],
    ['RUN /bin/sh -c apt-get update # buildkit', 'RUN apt-get update'],
    ['COPY a\t/b\n # buildkit', 'COPY a /b'],
  ])('%j reads %j', (createdBy, text) => {
    const config = { ...goodConfig, history: [{ created_by: createdBy }] };
    const [command = ''] = readImageConfig(bytesOf(config))?.createdBy ?? [];
    expect(shownCommand(command, (same) => same)).toBe(text);
  });

  test.each([200, 225, 235, 239, 950])(
    'shows no part of a value after %d characters of a command',
    (length) => {
      const secret = 'hf_zyxwvutsrqponmlkjihgfedcba0123456789';
      const { text } = createRedactor([secret]);
      expect(shownCommand(`${'x'.repeat(length)}${secret}`, text)).not.toMatch(/hf_|h…/);
    },
  );

  test('leaves out the history of no layer, and keeps the place of one without a command', () => {
    const history = [
      { created_by: 'one' },
      { created_by: 'env', empty_layer: true },
      {},
      { created_by: 'two' },
    ];
    expect(readImageConfig(bytesOf({ ...goodConfig, history }))?.createdBy).toEqual([
      'one',
      undefined,
      'two',
    ]);
  });
});

test('a pull is told layer by layer', () => {
  const events: BuildEvent[] = [];
  const emit = (event: BuildEvent) => void events.push(event);
  const layers = [descriptor('a', 184), descriptor('b', 88_100_000), descriptor('d', 62_000_000)];
  const image = imageWith(goodConfig, layers);
  const blobs = layers.map((layer, index) => ({
    descriptor: layer,
    index,
    state: index === 0 ? ('present' as const) : ('missing' as const),
    doneBytes: [184, 0, 31_400_000][index] ?? 0,
    isGranted: true,
  }));
  let nowMs = 0;
  const report = createPullReport({
    plan: { image, blobs, totalBytes: 0, toFetchBytes: 0 },
    createdBy: ['ADD rootfs', undefined, 'COPY app'],
    log: createStageLog('pull', emit),
    emit,
    now: () => nowMs,
  });
  const fetching = { state: 'fetching' as const };
  const progress = {
    kind: 'progress' as const,
    layers: [
      { index: 0, state: 'reused' as const, doneBytes: 184 },
      { index: 1, ...fetching, doneBytes: 0 },
      { index: 2, ...fetching, doneBytes: 31_400_000 },
    ],
    bytesPerSecond: 5,
  };
  const ended = { kind: 'layer' as const, resumedBytes: 0 };
  report.begin();
  report.on({ ...ended, index: 0, digest: digest('a'), sizeBytes: 184, state: 'reused', fetchedBytes: 0 });
  report.on(progress);
  report.on(progress);
  nowMs = 2_400;
  report.on({
    ...ended,
    ...{ index: 1, digest: digest('b'), sizeBytes: 88_100_000, state: 'verified', fetchedBytes: 88_100_000 },
  });

  const lines = events.flatMap((event) => (event.kind === 'log' ? [stripAnsi(event.text)] : []));
  expect(lines).toEqual([
    'layer 1 aaaaaaaaaaaa    184 B  reused',
    'layer 2 bbbbbbbbbbbb  88.1 MB  fetching',
    'layer 3 dddddddddddd  62.0 MB  fetching, resuming at 31.4 MB',
    'layer 2 bbbbbbbbbbbb  88.1 MB  verified sha256 matches, 88.1 MB in 2.4s',
  ]);
  expect(events[0]).toMatchObject({
    kind: 'layers',
    layers: [
      { state: 'reused', doneBytes: 184, createdBy: 'ADD rootfs' },
      { state: 'waiting', doneBytes: 0 },
      { state: 'waiting', doneBytes: 31_400_000, createdBy: 'COPY app' },
    ],
  });
});
