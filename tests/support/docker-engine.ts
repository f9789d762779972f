import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endNamespace, runProgram, spawnBound } from './bound-process.ts';
import { dockerRoot, mountScript } from './debian-root.ts';

/** A Docker engine of this test file's own. */
export interface TestDockerEngine {
  /** What DOCKER_HOST says of it. */
  readonly host: string;
  /** Where its client for builds lies, for PATH. */
  readonly programFolder: string;
  /** All that it keeps: layers, content, history. */
  readonly dataFolder: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * Starts a real Docker engine from Debian 13's packages, in namespaces of its own: with this process, however that ends, the kernel ends
 * all of its processes and forgets all of its mounts. Steps have a bridge without a way out, or this machine's own network; with
 * `hasOwnNetwork`, the machine of the bridge is a network namespace, too, that of process `pid`.
 */
export async function startDockerEngine(
  options: {
    readonly hasOldStore?: true;
    readonly hasOwnNetwork?: true;
    /** How large the disk is that it keeps everything on; otherwise it is this machine's. */
    readonly diskBytes?: number;
    /** It runs in a chroot: its steps get out of theirs, and have all that this machine has. */
    readonly isInChroot?: true;
  } = {},
): Promise<TestDockerEngine> {
  const root = await dockerRoot();
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-docker-'));
  for (const name of ['run', 'data', 'etc']) await mkdir(path.join(folder, name));
  engines += 1;
  const bridge = `slip${process.pid}x${engines}`;
  await writeFile(
    path.join(folder, 'etc', 'daemon.json'),
    JSON.stringify(settingsOf(bridge, options.hasOldStore !== true)),
  );
  const hasOwnNetwork = options.hasOwnNetwork === true;
  if (!hasOwnNetwork) {
    // One after the other, so that no two of them take the same network.
    const lock = path.join(tmpdir(), 'slipway-bridges.lock');
    await runProgram('flock', [lock, 'sh', '-euc', sweepScript + bridgeScript, 'sh', bridge]);
  }
  const begin = startScript + (options.isInChroot === true ? chrootScript : pivotScript);
  const start = hasOwnNetwork ? `ip link set lo up; sh -euc '${bridgeScript}' sh ${bridge}; ${begin}` : begin;
  const disk = String(options.diskBytes ?? '');
  const child = spawnBound(
    'unshare',
    [...namespaces, ...(hasOwnNetwork ? ['--net'] : []), '--', 'sh', '-euc', start, 'sh', root, folder, disk],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const stop = async () => {
    await endNamespace(child);
    if (!hasOwnNetwork) await runProgram('ip', ['link', 'delete', bridge]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilListening(child);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host: `unix://${path.join(folder, 'run', 'docker.sock')}`,
    programFolder: path.join(root, 'usr', 'libexec', 'docker', 'cli-plugins'),
    dataFolder: path.join(folder, 'data'),
    pid: child.pid ?? 0,
    stop,
  };
}

/** Several may run beside each other, in one process too. */
let engines = 0;

/** With the first process of the namespace, all others end. */
const namespaces = [
  ...['--mount', '--propagation=private'],
  ...['--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc'],
];

/** OCI results need containerd's image store. */
function settingsOf(bridge: string, hasContainerdStore: boolean) {
  return {
    features: { 'containerd-snapshotter': hasContainerdStore },
    bridge,
    iptables: false,
    ip6tables: false,
    'ip-forward': false,
  };
}

/** Bridges of killed runs go first. */
const sweepScript = `
for link in /sys/class/net/slip*; do
  name=\${link##*/}; pid=\${name#slip}; pid=\${pid%x*}
  test -e "$link" && ! test -e "/proc/$pid" && ip link delete "$name"
done
`;

/** With the first network that nobody has. */
const bridgeScript = `
network=0
while ip -o address show to "10.231.$network.0/24" | grep -q .; do network=$((network + 1)); done
ip link add "$1" type bridge
ip address add "10.231.$network.1/24" dev "$1"
ip link set "$1" up
`;

/** BuildKit needs its data on a file system that takes an overlay. */
const startScript = `${mountScript}
mkdir -p "$root/var/lib/docker" "$root/etc/docker"
test -z "$3" || mount -t tmpfs -o "size=$3" tmpfs "$2/data"
mount --bind "$2/data" "$root/var/lib/docker"
mount --bind "$2/run" "$root/run"
mount --bind "$2/etc" "$root/etc/docker"
`;

/** The root of its namespaces is its own: nothing of this machine is left to get to. */
const pivotScript = `
mkdir "$root/machine"
cd "$root"
pivot_root . machine
umount -l /machine
exec dockerd -H unix:///run/docker.sock
`;

const chrootScript = `
exec chroot "$root" dockerd -H unix:///run/docker.sock
`;

async function untilListening(child: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`The Docker engine ended:\n${said}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-20_000);
        if (said.includes('API listen on /run/docker.sock')) resolve();
      });
    }
  });
}
