import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Digest, parseDigest } from '#lib/oci/digest.ts';
import { runProgram } from './bound-process.ts';
import { mmdebstrap } from './debian-root.ts';
import type { TestLayer } from './layers.ts';

/**
 * A real Debian with Python and pip as one layer of about 95 MB. Made once on each machine (half a minute, from
 * Debian's mirrors) and kept under `node_modules/.cache`; several test files may ask for it at once.
 */
export function debianLayer(): Promise<TestLayer> {
  return madeOnce('debian-bookworm-python', debianScript);
}

/** A Debian with nothing in it but what it needs itself, in the same way: no Python, OpenSSL or SQLite. */
export function bareDebianLayer(): Promise<TestLayer> {
  return madeOnce('debian-bookworm-bare', bareScript);
}

/** Upon `debianLayer`: its Python once more, under /usr/local and without Debian's mark, as images of Python alone have it. */
export async function ownPythonLayer(): Promise<TestLayer> {
  await debianLayer();
  return madeOnce('own-python', ownPythonScript);
}

/** Makes the files of all these layers that are not there yet. */
export async function makeDebianLayers(): Promise<void> {
  await fileOf('debian-bookworm-python', debianScript);
  await fileOf('own-python', ownPythonScript);
  await fileOf('debian-bookworm-bare', bareScript);
}

async function fileOf(name: string, script: string): Promise<string> {
  const folder = path.resolve(import.meta.dirname, '../../node_modules/.cache/slipway-tests');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${name}.tar.gz`);
  // flock(1) lets one maker in; the others find its work done.
  await runProgram('flock', [path.join(folder, 'lock'), 'sh', '-euc', script, 'make', file]);
  return file;
}

async function madeOnce(name: string, script: string): Promise<TestLayer> {
  const file = await fileOf(name, script);
  const [digest, diffId, { size }] = await Promise.all([
    digestOfFile(file),
    digestOfFile(file, { isGzip: true }),
    stat(file),
  ]);
  return { content: { file }, digest, diffId, sizeBytes: size };
}

const debianScript = `
test -f "$1" && exit 0
${mmdebstrap} \\
  --include=python3-minimal,python-is-python3,python3-pip,ca-certificates bookworm "$1.tar"
gzip -1 -n -c "$1.tar" > "$1.part"
rm "$1.tar"
mv "$1.part" "$1"
`;

const bareScript = `
test -f "$1" && exit 0
${mmdebstrap} bookworm "$1.tar"
gzip -1 -n -c "$1.tar" > "$1.part"
rm "$1.tar"
mv "$1.part" "$1"
`;

const ownPythonScript = `
test -f "$1" && exit 0
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
tar xzf "$(dirname "$1")/debian-bookworm-python.tar.gz" -C "$root" --wildcards ./usr/bin/python3.11 './usr/lib/python3*'
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
tar c --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$root/tree" . | gzip -1 -n > "$1.part"
mv "$1.part" "$1"
`;

async function digestOfFile(file: string, options: { readonly isGzip?: boolean } = {}): Promise<Digest> {
  const hash = createHash('sha256');
  const source = createReadStream(file);
  await (options.isGzip ? pipeline(source, createGunzip(), hash) : pipeline(source, hash));
  return parseDigest(`sha256:${hash.digest('hex')}`);
}
