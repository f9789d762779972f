import { describe, expect, test } from 'vitest';
import { stripAnsi } from '#lib/builds/ansi.ts';
import { createStageLog } from '#lib/builds/build-log.ts';
import { checkImage } from '#lib/builds/check-image.ts';
import { readImageConfig } from '#lib/builds/image-config.ts';
import { createPullReport } from '#lib/builds/pull-report.ts';
import type { BuildEvent } from '#lib/builds/schema.ts';
import { parseDigest } from '#lib/oci/digest.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import type { ResolvedImage } from '#lib/pull/resolve.ts';

const digest = (hex: string) => parseDigest(`sha256:${hex.repeat(64)}`);
const descriptor = (hex: string, sizeBytes: number): Descriptor => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: digest(hex),
  sizeBytes,
});
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const platform = { os: 'linux', architecture: 'amd64' };

function imageWith(config: unknown, layers = [descriptor('a', 184)]): ResolvedImage {
  return {
    config: config instanceof Uint8Array ? config : bytesOf(config),
    platform,
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

describe('checks', () => {
  const statesOf = async (image: ResolvedImage, has = true) => {
    const checks = await checkImage({ image, platform, store: { has: async () => has } });
    return Object.fromEntries(checks.map(({ name, state }) => [name, state]));
  };
  const good = { Platform: 'passed', Config: 'passed', Blobs: 'passed', Entrypoint: 'passed' };

  test.each([
    ['a sound image', goodConfig, good],
    ['no platform', { ...goodConfig, os: undefined }, { ...good, Platform: 'warned' }],
    ['another platform', { ...goodConfig, architecture: 'arm64' }, { ...good, Platform: 'failed' }],
    ['another count of layers', { ...goodConfig, rootfs: { diff_ids: [] } }, { ...good, Config: 'failed' }],
    ['null for the layers', { ...goodConfig, rootfs: { diff_ids: null } }, { ...good, Config: 'failed' }],
    ['a list', [], { ...good, Platform: 'warned', Config: 'failed' }],
    ['bytes that are no JSON', new Uint8Array([123]), { ...good, Platform: 'warned', Config: 'failed' }],
  ])('of %s', async (_, config, states) => expect(await statesOf(imageWith(config))).toEqual(states));

  test('repeat a hostile config in short', async () => {
    const endless = 'x'.repeat(1_000_000);
    const configs = [
      { ...goodConfig, config: { Entrypoint: [endless], Cmd: [] } },
      { ...goodConfig, config: { Entrypoint: [], Cmd: [endless] } },
      { ...goodConfig, os: endless, architecture: endless, variant: endless },
    ];
    for (const config of configs) {
      const checks = await checkImage({
        image: imageWith(config),
        platform,
        store: { has: async () => true },
      });
      for (const { detail } of checks) expect(detail.length).toBeLessThan(400);
    }
  });

  test('take no longer for a history that is made to be slow', () => {
    const history = [{ created_by: `RUN${' '.repeat(4_000_000)}x` }];
    expect(readImageConfig(bytesOf({ ...goodConfig, history }))?.createdBy).toEqual(['RUN']);
  });

  test('miss a blob that is gone', async () =>
    expect(await statesOf(imageWith(goodConfig), false)).toMatchObject({ Blobs: 'failed' }));
});

describe('a config', () => {
  test.each([
    ['/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'],
    ['/bin/sh -c apt-get update', 'RUN apt-get update'],
    ['RUN /bin/sh -c apt-get update # buildkit', 'RUN apt-get update'],
    ['COPY a\t/b\n # buildkit', 'COPY a /b'],
  ])('%j reads %j', (createdBy, text) => {
    const config = { ...goodConfig, history: [{ created_by: createdBy }] };
    expect(readImageConfig(bytesOf(config))?.createdBy).toEqual([text]);
  });

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
