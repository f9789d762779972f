import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '#tests/support/bound-process.ts';
import { buildahRoot, mountScript } from '#tests/support/debian-root.ts';

const repository = path.resolve(import.meta.dirname, '../../..');

/** In a mount and a process namespace of its own, whose root is that system: the engine's namespaces need one that can be pivoted from. */
const inSystem = `${mountScript}
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$root$3" "$root/old"
mount --bind "$3" "$root$3"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cd "$root"
pivot_root . old
umount -l /old
cd "$3"
PATH=/usr/sbin:/usr/bin:/sbin:/bin exec "$4" --input-type=module -e "$5"
`;

const script = `
  import { openBench } from '#tests/integration/engines/bench.ts';
  import { testEngines } from '#tests/support/engines.ts';
  const engine = await testEngines.find(({ name }) => name === 'Buildah').start();
  const bench = await openBench(engine);
  const secretsText = "TOKEN='a token'";
  const mount = '--mount=type=secret,id=slipway,target=/run/secrets/slipway,mode=0444,required=true';
  const { image } = await bench.run(['echo kept > /kept', mount + ' cat /run/secrets/slipway'], { secretsText });
  const lines = [];
  for (const network of ['none', 'private', 'host']) {
    const end = await bench.run(['cat /kept; busybox grep -c : /proc/net/dev'], { base: image, network });
    lines.push([network, ...end.lines.map(({ text }) => text)]);
  }
  const long = await bench.run(['echo ' + 'x'.repeat(70_000) + ' | busybox wc -c', 'echo after']);
  const failing = await bench.run(['echo last; exit 3']).catch((error) => error.advice);
  console.log(JSON.stringify({ version: engine.found.facts.version, lines, long: long.lines.map(({ text }) => text), failing }));
  await bench.close();
  await engine.stop();
`;

/** Buildah 1.39, with nothing but what --with-engine installs: no netavark, no passt, none of what Debian only recommends. */
test('steps run on Debian 13', async () => {
  const root = await buildahRoot();
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-debian13-'));
  try {
    const namespaces = ['--mount', '--propagation=private', '--pid', '--fork', '--kill-child=SIGKILL'];
    const program = ['sh', '-euc', inSystem, 'sh', root, folder, repository, process.execPath, script];
    const said = await runProgram('unshare', [...namespaces, '--mount-proc', '--', ...program]);
    const { version, lines, long, failing } = JSON.parse(said.trim().split('\n').at(-1) ?? '');
    expect(version).toMatch(/^1\.(?:39|[4-9]\d)\./);
    const [none, ofItsOwn] = lines;
    expect(none).toEqual(['none', 'kept', '1']);
    expect(ofItsOwn).toEqual(['private', 'kept', '2']);
    expect(lines[2].slice(0, 2)).toEqual(['host', 'kept']);
    expect(long).toEqual(['70001', 'after']);
    expect(failing.why).toBe('“RUN echo last; exit 3” failed. Its last words: last');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
