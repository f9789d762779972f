import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endProcess, runProgram } from '#tests/support/bound-process.ts';
import { type PushedImage, pushImage } from '#tests/support/images.ts';
import { peakMemoryBytes } from '#tests/support/process-status.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { type RegistryProxy, startRegistryProxy } from '#tests/support/registry-proxy.ts';
import { createPullBench, type PullBench, type PullProcess } from '#tests/support/slipway-pull.ts';

const megabyte = 1_000_000;

/** Pulls that are killed, cancelled, put to sleep, or run beside each other. Each layer must travel once. */
describe('a pull that does not run alone or to its end', () => {
  let registry: TestRegistry;
  let proxy: RegistryProxy;
  let bench: PullBench;
  let image: PushedImage;
  let layerBytes: number;

  beforeAll(async () => {
    registry = await startRegistry({ auth: 'htpasswd' });
    proxy = await startRegistryProxy({ target: registry.url });
    bench = await createPullBench({ hosts: [proxy.host] });
    image = await pushImage({
      registry,
      repository: 'team/app',
      tag: '1',
      layers: [12 * megabyte, 8 * megabyte],
    });
    layerBytes = image.layers.reduce((sum, { size }) => sum + size, 0);
  });
  afterAll(async () => {
    await bench.stop();
    await proxy.stop();
    await registry.stop();
  });
  beforeEach(() => proxy.reset({ bytesPerSecond: 4 * megabyte }));

  const start = (to: string) =>
    bench.start(
      [
        `${proxy.host}/team/app:1`,
        '--to',
        bench.folder(to),
        '--json',
        '--username',
        registry.username,
        '--password-stdin',
      ],
      { input: registry.password },
    );
  const bodyBytes = () => proxy.blobRequests().reduce((sum, request) => sum + request.bodyBytes, 0);
  /** Once so many bytes were sent, the rest takes minutes. Waits until a pull has told of so many that are there. */
  const slowInTheMiddle = async (
    pull: PullProcess,
    bytes: { readonly sent: number; readonly done: number },
  ) => {
    await expect.poll(bodyBytes, { interval: 20 }).toBeGreaterThan(bytes.sent);
    proxy.changeSpeed(20_000);
    await untilDone(pull, bytes.done);
  };
  const expectWhole = (to: string) =>
    runProgram('oci-image-tool', ['validate', '--type', 'image', '--ref', 'name=1', bench.folder(to)]);

  it('goes on after kill -9 with what is missing and nothing else', async () => {
    const first = start('killed');
    await slowInTheMiddle(first, { sent: 9 * megabyte, done: 6 * megabyte });
    await endProcess(first.child, 'SIGKILL');
    expect(await readdir(path.join(bench.folder('killed'), 'blobs', 'sha256'))).toEqual([]);

    proxy.reset();
    const { code, stdout } = await start('killed').ended;
    expect(code).toBe(0);
    const { fetchedBytes, reusedBytes } = doneOf(stdout);
    expect(fetchedBytes + reusedBytes).toBe(layerBytes);
    expect(reusedBytes).toBeGreaterThan(3 * megabyte);
    // What went over the wire is what it says, with the config: nothing came twice.
    expect(bodyBytes()).toBe(fetchedBytes + image.config.size);
    expect(proxy.blobRequests().filter(({ range }) => range !== undefined).length).toBeGreaterThan(0);
    await expectWhole('killed');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops at once after %s, with exit code 130, and can go on',
    async (signal) => {
      const first = start(signal);
      await slowInTheMiddle(first, { sent: 8 * megabyte, done: 5 * megabyte });
      first.child.kill(signal);
      const { code, stdout, stderr } = await first.ended;
      expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
      expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
        kind: 'error',
        error: { code: 'cancelled' },
      });

      proxy.reset();
      const second = await start(signal).ended;
      expect(second.code).toBe(0);
      expect(doneOf(second.stdout).reusedBytes).toBeGreaterThan(3 * megabyte);
      await expectWhole(signal);
    },
  );

  it('shares one download among processes that want the same image in one layout', async () => {
    proxy.reset({ bytesPerSecond: 8 * megabyte });
    const ends = await Promise.all([start('shared').ended, start('shared').ended, start('shared').ended]);
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    const results = ends.map(({ stdout }) => doneOf(stdout));
    expect(results.reduce((sum, { fetchedBytes }) => sum + fetchedBytes, 0)).toBe(layerBytes);
    const fetched = proxy.blobRequests().map(({ path }) => path.split('/').at(-1));
    for (const { digest } of image.layers) expect(fetched.filter((name) => name === digest)).toHaveLength(1);
    await expectWhole('shared');
  });

  it('takes over from a leader that was killed while others followed it', async () => {
    const leader = start('orphaned');
    await slowInTheMiddle(leader, { sent: 7 * megabyte, done: 4 * megabyte });
    const follower = start('orphaned');
    await untilFollowing(follower);
    await endProcess(leader.child, 'SIGKILL');
    const sentBytes = bodyBytes();
    proxy.changeSpeed(4 * megabyte);
    const { code, stdout } = await follower.ended;
    expect(code).toBe(0);
    expect(doneOf(stdout).reusedBytes).toBeGreaterThan(2 * megabyte);
    // What had left the registry and was not written yet came twice.
    expect(bodyBytes() - sentBytes).toBeLessThan(layerBytes - 2 * megabyte);
    await expectWhole('orphaned');
  });

  it('takes over from a leader that sleeps, and is not harmed when that one wakes', async () => {
    const sleeper = start('asleep');
    await slowInTheMiddle(sleeper, { sent: 7 * megabyte, done: 4 * megabyte });
    sleeper.child.kill('SIGSTOP');
    proxy.changeSpeed(4 * megabyte);
    const follower = await start('asleep').ended;
    expect(follower.code).toBe(0);
    await expectWhole('asleep');
    sleeper.child.kill('SIGCONT');
    expect((await sleeper.ended).code).toBe(0);
    await expectWhole('asleep');
    expect((await readdir(bench.folder('asleep'))).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  it('holds less than 250 MB in memory, whatever comes', async () => {
    const large = await pushImage({ registry, repository: 'team/large', tag: '1', layers: [250 * megabyte] });
    proxy.reset();
    const { child, ended } = bench.start(
      [
        `${proxy.host}/team/large:1`,
        '--to',
        bench.folder('large'),
        '--json',
        '--username',
        registry.username,
        '--password-stdin',
      ],
      { input: registry.password },
    );
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, peakMemoryBytes(child.pid));
    }, 50);
    const { code, stdout } = await ended;
    clearInterval(watch);
    expect(code).toBe(0);
    expect(doneOf(stdout)).toMatchObject({ digest: large.digest });
    expect(peak).toBeGreaterThan(10_000_000);
    expect(peak).toBeLessThan(256_000_000);
  });
});

interface Done {
  readonly digest: string;
  readonly fetchedBytes: number;
  readonly reusedBytes: number;
}

function doneOf(stdout: string): Done {
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '{}');
  expect(last).toMatchObject({ kind: 'done' });
  return last;
}

/** Until it has told of so many bytes of layers that are there. */
async function untilDone({ output }: PullProcess, bytes: number): Promise<void> {
  const doneBytes = () => {
    const [, line = ''] = output.stdout.split('\n').reverse();
    if (!line.includes('"progress"')) return 0;
    const { layers } = JSON.parse(line) as { readonly layers: readonly { readonly doneBytes: number }[] };
    return layers.reduce((sum, layer) => sum + layer.doneBytes, 0);
  };
  await expect.poll(doneBytes, { interval: 20 }).toBeGreaterThan(bytes);
}

/** Until its display says that bytes come: they come to the leader. */
async function untilFollowing({ output }: PullProcess): Promise<void> {
  await expect.poll(() => output.stdout).toContain('"state":"fetching"');
}
