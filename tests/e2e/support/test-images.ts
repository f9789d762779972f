import { busyboxLayer } from '#tests/support/busybox-layer.ts';
import { pushImage } from '#tests/support/images.ts';
import { makeLayer } from '#tests/support/layers.ts';
import type { TestRegistry } from '#tests/support/registry.ts';

const kib = 1024;
const mib = 1024 * kib;

/**
 * Repositories of the test registry and the bytes of their layers. Those that are watched belong to one
 * test each: a blob that another test had fetched would be reused and not be slow.
 */
const repositories: Readonly<Record<string, readonly number[]>> = {
  'team/app': [16 * mib, 2 * mib, 700 * kib, 90 * kib],
  'team/scan': [300 * kib, 40 * kib],
  'team/wire': [600 * kib, 80 * kib],
  'team/stored': [400 * kib, 70 * kib],
  'team/member': [500 * kib, 60 * kib],
  'slow/cancel': [8 * mib, 8 * mib, 2 * mib],
  'slow/line': [8 * mib, 2 * mib],
  'slow/in-use': [8 * mib, 2 * mib],
  'slow/reload': [6 * mib, 4 * mib, 1 * mib],
  'slow/two-browsers': [6 * mib, 4 * mib, 1 * mib],
  'slow/background': [6 * mib, 4 * mib, 1 * mib],
  'slow/web-restart': [8 * mib, 6 * mib, 1 * mib],
};

/** Pushes them all with the tag `1.4`, and `team/tools:1`, in which steps can run. */
export async function pushTestImages(registry: TestRegistry): Promise<void> {
  for (const [repository, sizes] of Object.entries(repositories)) {
    await pushImage({
      registry,
      repository,
      tag: '1.4',
      layers: sizes.map((fileBytes, index) =>
        makeLayer({ seed: `${repository.replaceAll('/', '-')}-${index}`, fileBytes }),
      ),
    });
  }
  await pushImage({ registry, repository: 'team/tools', tag: '1', layers: [await busyboxLayer()] });
}
