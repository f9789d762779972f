import { spawnSync } from 'node:child_process';

/**
 * The real counterparts that the tests run against, as Debian packages: command -> package.
 * A missing one is installed where that is possible and fails the run where it is not; nothing skips silently.
 */
const peers = {
  'chromium-headless-shell': 'chromium-headless-shell',
  'docker-registry': 'docker-registry',
  skopeo: 'skopeo',
  'oci-image-tool': 'oci-image-tool',
  umoci: 'umoci',
  setpriv: 'util-linux',
  mmdebstrap: 'mmdebstrap',
  htpasswd: 'apache2-utils',
  openssl: 'openssl',
  buildah: 'buildah',
  runc: 'runc',
  slirp4netns: 'slirp4netns',
  ip: 'iproute2',
  python3: 'python3',
  zstd: 'zstd',
  busybox: 'busybox-static',
};

/** @returns {string[]} the commands that are still missing afterwards */
export function installPeers({ say }) {
  const missing = missingPeers();
  if (missing.length === 0) return [];
  const isDebianRoot = process.getuid?.() === 0 && isOnPath('apt-get');
  if (!isDebianRoot) return missing;
  const packages = missing.map((command) => peers[command]);
  say(`installing ${packages.join(', ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  apt(['update', '-qq'], environment);
  apt(['install', '-y', '-qq', '--no-install-recommends', ...packages, 'fonts-liberation'], environment);
  return missingPeers();
}

function missingPeers() {
  return Object.keys(peers).filter((command) => !isOnPath(command));
}

function isOnPath(command) {
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
}

/** A mirror that breaks off is asked again, and another program that installs right now is waited for. */
const patience = ['-o', 'Acquire::Retries=5', '-o', 'DPkg::Lock::Timeout=300'];

function apt(args, env) {
  const { status, stderr } = spawnSync('apt-get', [...patience, ...args], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) process.stderr.write(stderr);
}
