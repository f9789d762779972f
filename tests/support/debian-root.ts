import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { enginePackages } from '#lib/engines/buildah/engine-packages.ts';
import { runProgram } from './bound-process.ts';

/** A Debian 13 with a Docker engine and its client for builds. */
export function dockerRoot(): Promise<string> {
  return madeOnce({ name: 'docker-trixie', packages: ['ca-certificates', 'docker.io', 'docker-buildx'] });
}

/** A Debian 13 with Buildah and nothing else of ours but busybox. */
export function buildahRoot(): Promise<string> {
  const packages = ['ca-certificates', 'busybox-static', ...enginePackages];
  return madeOnce({ name: 'buildah-trixie', packages });
}

/** Made once on each machine (half a minute, from Debian's mirrors), with these packages and no recommended ones. Nothing writes to it. */
async function madeOnce(options: {
  /** Another one for other packages. */
  readonly name: string;
  readonly packages: readonly string[];
}): Promise<string> {
  const { name, packages } = options;
  const folder = path.resolve(import.meta.dirname, '../../node_modules/.cache/slipway-tests');
  await mkdir(folder, { recursive: true });
  const root = path.join(folder, name);
  const lock = path.join(folder, `${name}-lock`);
  await runProgram('flock', [lock, 'sh', '-euc', makeScript, 'make', root, packages.join(',')]);
  return root;
}

/**
 * Lines of a shell, with such a root as $1 and a folder of its own as $2: mounts it as $root, so that it may be written to and nothing of that
 * is kept in $1. For a mount and a process namespace that are gone afterwards.
 */
export const mountScript = `
root=$2/root
mkdir -p "$2/upper" "$2/work" "$root"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
`;

/** Asks a mirror that breaks off again, and does not wait for the disk after each file: what is half made is made anew. */
export const mmdebstrap = `mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Retries "5"' --dpkgopt=force-unsafe-io`;

const makeScript = `
test -d "$1" && exit 0
rm -rf --one-file-system "$1.part"
${mmdebstrap} --include="$2" trixie "$1.part"
mv "$1.part" "$1"
`;
