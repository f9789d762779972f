import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endProcess, runProgram } from '#tests/support/bound-process.ts';
import { type PushedImage, pushImage } from '#tests/support/images.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { type RegistryProxy, startRegistryProxy } from '#tests/support/registry-proxy.ts';
import { seeded } from '#tests/support/seeded.ts';
import { createPullBench, type PullBench } from '#tests/support/slipway-pull.ts';

const megabyte = 1_000_000;
const firstSeed = Math.floor(Math.random() * 1e9);

/** Disks that fill up and processes that are killed, at moments that nobody chose. Large enough for threads and ranges. */
describe(`disasters from seed ${firstSeed}`, () => {
  let registry: TestRegistry;
  let proxy: RegistryProxy;
  let bench: PullBench;
  let image: PushedImage;

  beforeAll(async () => {
    registry = await startRegistry({ auth: 'none' });
    proxy = await startRegistryProxy({ target: registry.url });
    bench = await createPullBench({ hosts: [proxy.host] });
    const layers = [40 * megabyte, 9 * megabyte, 2 * megabyte];
    image = await pushImage({ registry, repository: 'team/app', tag: '1', layers });
  }, 120_000);
  afterAll(async () => {
    await bench.stop();
    await proxy.stop();
    await registry.stop();
  });

  it('a disk that fills up at any write', { timeout: 3_600_000 }, async () => {
    const chance = seeded(firstSeed);
    for (let round = 0; round < 60; round += 1) {
      proxy.reset({ bytesPerSecond: 20 * megabyte });
      const { stdout, stderr } = await bench.runOnSmallDisk({
        sizeBytes: 70 * megabyte,
        script: `
          $PULL ${proxy.host}/team/app:1 --to disk/out >log 2>&1 & pull=$!
          sleep 0.${String(chance.below(1000)).padStart(3, '0')}
          dd if=/dev/zero of=disk/filler bs=1k 2>/dev/null
          wait $pull; echo "code $?"
          (cd disk/out/blobs/sha256 2>/dev/null && for blob in *; do test ! -e $blob || echo "$blob  $blob" | sha256sum --check --quiet; done)
          rm disk/filler
          $PULL ${proxy.host}/team/app:1 --to disk/out >log 2>&1; echo "code $?"
          oci-image-tool validate --type image --ref name=1 disk/out >log 2>&1; echo "valid $?"`,
      });
      const said = stdout.trim().split('\n');
      expect(['code 0', 'code 9'], `round ${round}: ${stdout}${stderr}`).toContain(said[0]);
      expect(said.slice(1), `round ${round}: ${stdout}${stderr}`).toEqual(['code 0', 'valid 0']);
    }
  });

  it('a leader that is killed while somebody follows', { timeout: 3_600_000 }, async () => {
    const chance = seeded(firstSeed + 1);
    const layerBytes = image.layers.reduce((sum, { size }) => sum + size, 0);
    for (let round = 0; round < 60; round += 1) {
      proxy.reset({ bytesPerSecond: 20 * megabyte });
      const to = bench.folder(`killed-${round}`);
      const args = [`${proxy.host}/team/app:1`, '--to', to, '--json'];
      const leader = bench.start(args);
      const follower = bench.start(args);
      await new Promise((resolve) => setTimeout(resolve, 300 + chance.below(1500)));
      await endProcess(leader.child, 'SIGKILL');
      const { code, stdout, stderr } = await follower.ended;
      expect({ code, stderr }, `round ${round}: ${stdout}`).toEqual({ code: 0, stderr: '' });
      await runProgram('oci-image-tool', ['validate', '--type', 'image', '--ref', 'name=1', to]);
      // What was on its way when the leader died may come twice: no more than buffers hold, for each connection.
      const sentBytes = proxy.blobRequests().reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
      expect(sentBytes, `round ${round}`).toBeLessThan(layerBytes + 16 * megabyte);
    }
  });
});
