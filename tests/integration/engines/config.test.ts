import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StepImage } from '#lib/engines/take-result.ts';
import { type TestEngine, testEngines } from '#tests/support/engines.ts';
import { type Bench, openBench } from './bench.ts';

/** A shell that leaves a mark, so that one sees which was taken. */
const shell = ['/bin/busybox', 'env', 'MARK=yes', '/bin/sh', '-c'];

/** All that Docker's and OCI's configs know, and something that neither does. */
const settings = {
  Hostname: 'host',
  Domainname: 'domain',
  User: '1:1',
  ExposedPorts: { '80/tcp': {} },
  Env: ['PATH=/bin', 'A=1'],
  Entrypoint: ['/bin/sh'],
  Cmd: ['-c', 'true'],
  Volumes: { '/data': {} },
  WorkingDir: '/bin',
  Labels: { one: '1' },
  StopSignal: 'SIGINT',
  StopTimeout: 5,
  ArgsEscaped: true,
  Memory: 1_000_000,
  MemorySwap: 2_000_000,
  CpuShares: 3,
  Healthcheck: { Test: ['CMD', 'true'], Interval: 30_000_000_000, Retries: 3 },
  Shell: shell,
  Unheard: { of: 'kept' },
};
const image = {
  author: 'ines',
  'os.version': '1.2',
  'os.features': ['one'],
  docker_version: '20.10',
  unheard: 1,
};

describe.each(testEngines)('$name', ({ start }) => {
  let engine: TestEngine;
  let bench: Bench;

  beforeAll(async () => {
    engine = await start();
    bench = await openBench(engine);
  });
  afterAll(async () => {
    await bench?.close();
    await engine?.stop();
  });

  test.each<[string, readonly string[], object]>([
    ['no instruction', ['true'], {}],
    ['ENV', ['ENV B=2'], { Env: ['PATH=/bin', 'A=1', 'B=2'] }],
    ['LABEL', ['LABEL two="2 2"'], { Labels: { one: '1', two: '2 2' } }],
    ['USER', ['USER 2:2'], { User: '2:2' }],
    ['WORKDIR', ['WORKDIR /srv'], { WorkingDir: '/srv' }],
    ['EXPOSE', ['EXPOSE 53/udp'], { ExposedPorts: { '80/tcp': {}, '53/udp': {} } }],
    ['CMD', ['CMD ["x"]'], { Cmd: ['x'] }],
    ['ENTRYPOINT, which takes CMD away', ['ENTRYPOINT ["x"]'], { Entrypoint: ['x'], Cmd: undefined }],
    ['ENTRYPOINT and CMD', ['ENTRYPOINT ["x"]', 'CMD ["y"]'], { Entrypoint: ['x'], Cmd: ['y'] }],
    ['an empty CMD', ['CMD []'], { Cmd: undefined }],
    ['an empty ENTRYPOINT', ['ENTRYPOINT []'], { Entrypoint: undefined, Cmd: undefined }],
    ['SHELL', ['SHELL ["/bin/sh", "-ec"]'], { Shell: ['/bin/sh', '-ec'] }],
    ['the last SHELL', ['SHELL ["a"]', 'SHELL ["/bin/sh", "-c"]', 'true'], { Shell: ['/bin/sh', '-c'] }],
  ])('keeps the config of a base but for what %s changes', async (_, lines, changes) => {
    const base = await bench.makeBase({ config: settings, image });
    const { config, ...rest } = configOf((await bench.run(lines, { base })).image);
    expect(config).toEqual({ ...settings, ...changes });
    expect(rest).toMatchObject(image);
  });

  test('adds a PATH, and nothing else, to a config that says nothing', async () => {
    const base = await bench.makeBase({ config: { Env: undefined } });
    const { config } = configOf((await bench.run(['WORKDIR /bin'], { base })).image);
    const Env = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
    expect(config).toEqual({ Env, WorkingDir: '/bin' });
  });

  test('runs commands in the shell of the base, and in that of the step', async () => {
    const base = await bench.makeBase({ config: { Shell: shell } });
    const { lines } = await bench.run(['echo "$MARK"', 'SHELL ["/bin/sh", "-c"]', 'echo "none$MARK"'], {
      base,
    });
    expect(lines.map(({ text }) => text)).toEqual(['yes', 'none']);
  });

  test('keeps what a command writes, and removes, below a volume of the base', async () => {
    const base = await bench.makeBase({ config: { Volumes: { '/data': {} } }, tree: { 'data/old': 'old' } });
    const first = await bench.run(['echo kept > /data/new; busybox rm /data/old', 'cat /data/new'], { base });
    expect(first.lines.map(({ text }) => text)).toEqual(['kept']);
    const second = await bench.run(['busybox ls /data'], { base: first.image });
    expect(second.lines.map(({ text }) => text)).toEqual(['new']);
    expect(configOf(second.image).config).toMatchObject({ Volumes: { '/data': {} } });
  });

  test.each<[string, object, object]>([
    ['none', { os: undefined, architecture: undefined }, { architecture: 'amd64' }],
    ['an empty variant', { architecture: 'amd64', variant: '' }, { architecture: 'amd64' }],
    ['a spelling of its own', { architecture: 'x86_64' }, { architecture: 'x86_64' }],
  ])('runs a step on a base whose config has %s as its platform', async (_, said, told) => {
    const base = await bench.makeBase({ image: said });
    const platform = { os: 'linux', architecture: 'amd64' };
    const end = await bench.run(['echo ran'], { base, platform });
    expect(end.lines.map(({ text }) => text)).toEqual(['ran']);
    const { os, architecture, variant } = configOf(end.image);
    expect({ os, architecture, variant }).toEqual({ os: 'linux', variant: undefined, ...told });
  });
});

function configOf(made: StepImage) {
  return JSON.parse(new TextDecoder().decode(made.config));
}
