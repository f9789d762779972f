import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Digest, parseDigest } from '#lib/oci/digest.ts';
import { runProgram } from './bound-process.ts';
import type { TestLayer } from './layers.ts';

/**
 * A real Debian with Python and pip as one layer of about 95 MB. Made once on each machine (half a minute, from
 * Debian's mirrors) and kept under `node_modules/.cache`; several test files may ask for it at once.
 */
export async function debianLayer(): Promise<TestLayer> {
  const folder = path.resolve(import.meta.dirname, '../../node_modules/.cache/slipway-tests');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'debian-bookworm-python.tar.gz');
  // flock(1) lets one maker in; the others find its work done.
  await runProgram('flock', [path.join(folder, 'lock'), 'sh', '-euc', makeScript, 'make', file]);
  const [digest, diffId, { size }] = await Promise.all([
    digestOfFile(file),
    digestOfFile(file, { isGzip: true }),
    stat(file),
  ]);
  return { content: { file }, digest, diffId, sizeBytes: size };
}

const makeScript = `
test -f "$1" && exit 0
mmdebstrap --quiet --variant=minbase --include=python3-minimal,python-is-python3,python3-pip,ca-certificates \\
  bookworm "$1.tar"
gzip -1 -n -c "$1.tar" > "$1.part"
rm "$1.tar"
mv "$1.part" "$1"
`;

async function digestOfFile(file: string, options: { readonly isGzip?: boolean } = {}): Promise<Digest> {
  const hash = createHash('sha256');
  const source = createReadStream(file);
  await (options.isGzip ? pipeline(source, createGunzip(), hash) : pipeline(source, hash));
  return parseDigest(`sha256:${hash.digest('hex')}`);
}
