import { chmod, mkdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Descriptor } from '#lib/oci/types.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { type CheckReport, checkStore } from '#lib/store/check-store.ts';
import { readLayoutImages } from '#lib/store/layout-images.ts';
import { blobFile } from '#lib/store/paths.ts';
import { type LayoutImage, openLayout, writeBlob, writeImage } from './test-layout.ts';

const { signal } = new AbortController();

async function check({ root }: BlobStore): Promise<CheckReport> {
  return checkStore({
    root,
    expect: async (listing) => {
      const { images, kept } = await readLayoutImages({ root, listing });
      return { images, needed: kept };
    },
    onProgress: () => {},
    signal,
  });
}

const kindsOf = ({ findings }: CheckReport) => findings.map(({ kind, isFault }) => [kind, isFault]);

async function layoutWithImage() {
  const store = await openLayout();
  const image = await writeImage(store, { layers: ['a layer of some bytes', 'another'], name: '1.4' });
  return { store, image, fileOf: ({ digest }: Descriptor) => blobFile(store.root, digest) };
}

const layerOf = ({ layers }: LayoutImage, index = 0): Descriptor => {
  const layer = layers[index];
  if (layer === undefined) throw new Error('There is no such layer');
  return layer;
};

describe('a check', () => {
  it('finds nothing in a store that is as it should be', async () => {
    const { store } = await layoutWithImage();
    expect(await check(store)).toMatchObject({ blobs: 4, images: 1, findings: [] });
  });

  it('finds a flipped byte, says who needs the blob, and what to do', async () => {
    const { store, image, fileOf } = await layoutWithImage();
    const file = fileOf(layerOf(image));
    await chmod(file, 0o644);
    await writeFile(file, 'a layer of some bytfs');
    const report = await check(store);
    expect(kindsOf(report)).toEqual([['damaged', true]]);
    expect(report.findings[0]).toMatchObject({ subject: file });
    expect(report.findings[0]?.what).toMatch(/damaged: its bytes are those of sha256:.* Needed by 1\.4\./);
    expect(report.findings[0]?.next).toContain('Remove the file');
  });

  it('finds a blob that was cut off', async () => {
    const { store, image, fileOf } = await layoutWithImage();
    await truncate(fileOf(layerOf(image)), 3);
    const report = await check(store);
    expect(kindsOf(report)).toEqual([['damaged', true]]);
    expect(report.findings[0]?.what).toContain('it has 3 of 21 bytes');
  });

  it('finds what an image lacks, its manifest included', async () => {
    const { store, image, fileOf } = await layoutWithImage();
    await rm(fileOf(layerOf(image, 1)));
    const lacking = await check(store);
    expect(kindsOf(lacking)).toEqual([['incomplete', true]]);
    expect(lacking.findings[0]).toMatchObject({
      subject: '1.4',
      what: `The image lacks 1 of 4 blobs: layer ${layerOf(image, 1).digest}.`,
    });
    await rm(fileOf(image.manifest));
    const headless = await check(store);
    expect(headless.findings.map(({ subject }) => subject)).toEqual(['1.4', 'blobs']);
  });

  it('finds an image that nobody named and that lacks a blob', async () => {
    const { store, fileOf } = await layoutWithImage();
    const other = await writeImage(store, { layers: ['other'] });
    await rm(fileOf(layerOf(other)));
    expect(kindsOf(await check(store))).toEqual([
      ['incomplete', true],
      ['loose', false],
    ]);
  });

  it('finds files that are no blobs', async () => {
    const { store } = await layoutWithImage();
    await writeFile(path.join(store.root, 'blobs', 'sha256', 'notes.txt'), 'x');
    await mkdir(path.join(store.root, 'blobs', 'md5'));
    await writeFile(path.join(store.root, 'blobs', 'md5', 'abc'), 'x');
    await mkdir(path.join(store.root, 'blobs', 'sha256', 'f'.repeat(64)));
    const report = await check(store);
    expect(report.findings.map(({ subject }) => subject).toSorted()).toEqual([
      'blobs/md5/abc',
      `blobs/sha256/${'f'.repeat(64)}`,
      'blobs/sha256/notes.txt',
    ]);
    expect(report.findings.every(({ isFault }) => isFault)).toBe(true);
  });

  it('tells of room to give back, which is no fault', async () => {
    const { store } = await layoutWithImage();
    await writeBlob(store, Buffer.from('loose'));
    const folder = path.join(store.root, 'ingest', 'sha256-x.y');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'partial-x'), 'abc');
    const longAgo = new Date(Date.now() - 8 * 24 * 3_600_000);
    for (const each of [path.join(folder, 'partial-x'), folder]) await utimes(each, longAgo, longAgo);
    await mkdir(path.join(store.root, 'trash'));
    await writeFile(path.join(store.root, 'trash', `0.sha256-${'a'.repeat(64)}.b`), 'x');
    const report = await check(store);
    expect(kindsOf(report)).toEqual([
      ['loose', false],
      ['stale', false],
      ['hidden', false],
    ]);
  });
});
