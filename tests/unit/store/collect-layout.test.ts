import { access, mkdir, open, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { mediaTypes } from '#lib/oci/media-types.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { collectLayout } from '#lib/store/collect-layout.ts';
import { holdLayout } from '#lib/store/layout-use.ts';
import { blobFile } from '#lib/store/paths.ts';
import { testFolder } from '#tests/support/folder.ts';
import { openLayout, writeBlob, writeImage } from './test-layout.ts';

const { signal } = new AbortController();
const collect = (root: string, isDryRun = false) => collectLayout({ root, isDryRun, signal });
const isThere = (store: BlobStore, { digest }: Descriptor) =>
  access(blobFile(store.root, digest)).then(
    () => true,
    () => false,
  );

describe('collecting a layout', () => {
  it('keeps what index.json reaches and removes the rest, and says before what that would be', async () => {
    const store = await openLayout();
    const kept = await writeImage(store, { layers: ['base', 'kept'], name: '1' });
    const replaced = await writeImage(store, { layers: ['base', 'replaced'], name: '2' });
    await writeImage(store, { layers: ['base', 'newer'], name: '2' });
    const loose = await writeBlob(store, Buffer.from('loose'));
    const would = await collect(store.root, true);
    expect(await isThere(store, loose)).toBe(true);
    const did = await collect(store.root);
    expect(did).toEqual(would);
    // The old image of the name, with its manifest, its config and its own layer; and the loose one.
    expect(did).toMatchObject({ images: 1, blobs: 4 });
    expect(await isThere(store, replaced.manifest)).toBe(false);
    for (const blob of [kept.manifest, ...kept.layers]) expect(await isThere(store, blob)).toBe(true);
    expect(await collect(store.root)).toEqual({ images: 0, blobs: 0, partials: 0, freedBytes: 0 });
    expect(await readdir(store.root)).not.toContain('trash');
  });

  it('counts of a download that was given up what had come, and not how long it would have been', async () => {
    const store = await openLayout();
    await writeImage(store, { layers: ['kept'], name: '1' });
    const folder = path.join(store.root, 'ingest', 'sha256-x.y');
    await mkdir(folder, { recursive: true });
    const partial = path.join(folder, 'partial-x');
    const file = await open(partial, 'wx');
    await file.write(Buffer.alloc(100_000, 1));
    await file.truncate(1_000_000_000);
    await file.close();
    const longAgo = new Date(Date.now() - 8 * 24 * 3_600_000);
    for (const each of [partial, folder]) await utimes(each, longAgo, longAgo);
    const would = await collect(store.root, true);
    expect(await collect(store.root)).toEqual(would);
    expect(would.partials).toBe(1);
    expect(would.freedBytes).toBeGreaterThanOrEqual(100_000);
    expect(would.freedBytes).toBeLessThan(200_000);
  });

  it('keeps what a registry calls the same image: its own manifest and the index that lists it', async () => {
    const store = await openLayout();
    const named = await writeImage(store, { layers: ['a'], name: '1' });
    const docker = await writeImage(store, { layers: ['a'], mediaType: mediaTypes.dockerManifest });
    const { mediaType, digest, sizeBytes: size } = docker.manifest;
    const index = await writeBlob(
      store,
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: mediaTypes.ociIndex,
          manifests: [{ mediaType, digest, size }],
        }),
      ),
    );
    expect(await collect(store.root)).toMatchObject({ blobs: 0 });
    for (const blob of [named.manifest, docker.manifest, index])
      expect(await isThere(store, blob)).toBe(true);
  });

  it('does not begin while a pull into it runs, and begins when that was killed', async () => {
    const store = await openLayout();
    await writeImage(store, { layers: ['a'], name: '1' });
    const loose = await writeBlob(store, Buffer.from('loose'));
    await holdLayout(store, async () => {
      await expect(collect(store.root)).rejects.toMatchObject({ code: 'layout_busy' });
    });
    expect(await isThere(store, loose)).toBe(true);
    // Of a process that is no more.
    const folder = path.join(store.root, 'ingest', 'use-0011');
    await mkdir(folder, { recursive: true });
    const owner = { machine: 'another', pid: 1, birth: '1' };
    await writeFile(path.join(folder, 'lease-1'), JSON.stringify({ owner, token: 'x', state: 'held' }));
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(path.join(folder, 'lease-1'), longAgo, longAgo);
    expect(await collect(store.root)).toMatchObject({ blobs: 1 });
  });

  it.each([
    ['has no index.json', async (root: string) => rm(path.join(root, 'index.json'))],
    ['is the store of a server', async (root: string) => mkdir(path.join(root, 'deliveries'))],
    ['has an index.json that is none', async (root: string) => writeFile(path.join(root, 'index.json'), '{')],
  ])('touches nothing in a folder that %s', async (_what, spoil) => {
    const store = await openLayout();
    const { manifest } = await writeImage(store, { layers: ['a'], name: '1' });
    await spoil(store.root);
    await expect(collect(store.root)).rejects.toMatchObject({ code: 'not_a_layout' });
    expect(await isThere(store, manifest)).toBe(true);
  });

  it('refuses a folder that is no layout', async () => {
    await expect(collect(await testFolder())).rejects.toMatchObject({ code: 'not_a_layout' });
  });
});
