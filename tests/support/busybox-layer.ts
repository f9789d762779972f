import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { Digest } from '#lib/oci/digest.ts';
import { archiveOf } from './archive.ts';
import type { TestLayer } from './layers.ts';

/** The smallest system in which steps run: one static program and a shell that is it. About a megabyte. */
export async function busyboxLayer(): Promise<TestLayer> {
  const program = await readFile('/bin/busybox');
  const tar = await archiveOf({
    'bin/busybox': { program },
    ...Object.fromEntries(applets.map((name) => [`bin/${name}`, { link: 'busybox' }])),
  });
  const content = gzipSync(tar, { level: 1 });
  return { content, digest: digestOf(content), diffId: digestOf(tar), sizeBytes: content.length };
}

const applets = ['sh', 'cat', 'echo', 'sleep', 'true', 'test', 'env', 'id', 'head', 'yes', 'tr', 'setsid'];

function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}
