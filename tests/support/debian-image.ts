import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseDigest } from '#lib/oci/digest.ts';
import { runProgram } from './bound-process.ts';
import { mmdebstrap } from './debian-root.ts';
import type { TestLayer } from './layers.ts';

/**
 * A real Debian with Python and pip as one layer of about 80 MB, without manuals and translations, as slim images are. Made once on each
 * machine (half a minute, from Debian's mirrors) and kept under `node_modules/.cache`; several test files may ask for it at once.
 */
export function debianLayer(): Promise<TestLayer> {
  return madeOnce('debian-bookworm-slim-python', debianScript);
}

/** A Debian with nothing in it but what it needs itself, in the same way: no Python, OpenSSL or SQLite. */
export function bareDebianLayer(): Promise<TestLayer> {
  return madeOnce('debian-bookworm-slim-bare', bareScript);
}

/**
 * An image of Python alone, as far as it is looked into: the Python of `debianLayer`, under /usr/local and without Debian's mark, with
 * the system's libraries beside it.
 */
export async function pythonAloneLayer(): Promise<TestLayer> {
  await debianLayer();
  return madeOnce('python-alone', pythonAloneScript);
}

/** Makes the files of all these layers that are not there yet. */
export async function makeDebianLayers(): Promise<void> {
  await fileOf('debian-bookworm-slim-python', debianScript);
  await fileOf('python-alone', pythonAloneScript);
  await fileOf('debian-bookworm-slim-bare', bareScript);
}

async function fileOf(name: string, script: string): Promise<string> {
  const folder = path.resolve(import.meta.dirname, '../../node_modules/.cache/slipway-tests');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${name}.tar.gz`);
  // flock(1) lets one maker in; the others find its work done.
  const whole = `test -f "$1.digests" && exit 0\n${script}\n${packScript}`;
  await runProgram('flock', [path.join(folder, 'lock'), 'sh', '-euc', whole, 'make', file]);
  return file;
}

async function madeOnce(name: string, script: string): Promise<TestLayer> {
  const file = await fileOf(name, script);
  const digests = await readFile(`${file}.digests`, 'utf8');
  const [digest, diffId] = [...digests.matchAll(/^[0-9a-f]{64}/gm)].map(([hex]) =>
    parseDigest(`sha256:${hex}`),
  );
  if (digest === undefined || diffId === undefined) throw new Error(`${file}.digests is damaged: remove it`);
  return { content: { file }, digest, diffId, sizeBytes: (await stat(file)).size };
}

const slim = ['man', 'locale', 'info', 'doc']
  .map((folder) => `--dpkgopt='path-exclude=/usr/share/${folder}/*'`)
  .join(' ');

const debianScript = `
${mmdebstrap} ${slim} \\
  --include=python3-minimal,python-is-python3,python3-pip,ca-certificates bookworm "$1.tar"
`;

const bareScript = `${mmdebstrap} ${slim} bookworm "$1.tar"`;

const pythonAloneScript = `
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
tar xzf "$(dirname "$1")/debian-bookworm-slim-python.tar.gz" -C "$root" --wildcards \\
  ./usr/bin/python3.11 './usr/lib/python3*' ./etc/os-release ./usr/lib/os-release ./lib ./lib64 './usr/lib64/*' './usr/lib/x86_64-linux-gnu/*.so*'
mkdir -p "$root/tree/usr/local/bin" "$root/tree/usr/local/lib"
bin="$root/tree/usr/local/bin"
mv "$root/usr/bin/python3.11" "$bin"
ln -s python3.11 "$bin/python3"
ln -s python3 "$bin/python"
printf '%s\\n' '#!/usr/local/bin/python3.11' 'import sys' 'from pip._internal.cli.main import main' 'sys.exit(main())' > "$bin/pip"
chmod 755 "$bin/pip"
mv "$root/usr/lib/python3.11" "$root/tree/usr/local/lib/python3.11"
mkdir -p "$root/tree/usr/local/lib/python3.11/dist-packages"
cp -a "$root"/usr/lib/python3/dist-packages/. "$root/tree/usr/local/lib/python3.11/dist-packages/"
rm -f "$root/tree/usr/local/lib/python3.11/EXTERNALLY-MANAGED"
mkdir -p "$root/tree/usr/lib"
mv "$root/etc" "$root/lib" "$root/lib64" "$root/tree"
mv "$root/usr/lib64" "$root/tree/usr"
mv "$root/usr/lib/os-release" "$root/usr/lib/x86_64-linux-gnu" "$root/tree/usr/lib"
tar c --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$root/tree" . > "$1.tar"
`;

/** Of the tar that a script made: as a layer, with the digests of both. Without those it is made anew. */
const packScript = `
gzip -1 -n -c "$1.tar" > "$1"
sha256sum "$1" "$1.tar" > "$1.part"
rm "$1.tar"
mv "$1.part" "$1.digests"
`;
