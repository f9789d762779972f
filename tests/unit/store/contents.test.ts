import { mkdir, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';
import { readableBlob } from '#lib/store/contents.ts';
import { testFolder } from '#tests/support/folder.ts';

const bytes = Buffer.from('a layer');
const digest = digestOf(bytes);
const noteFile = (root: string) => path.join(root, 'contents', 'sha256', `${digest.slice(7)}.json.gz`);

const openStore = async (options: { readonly isPrivate?: boolean } = {}) => {
  const store = await openBlobStore({ root: await testFolder(), durability: 'fast', ...options });
  await store.write({ digest, bytes });
  return store;
};

test('a blob is read from its first byte, as often as one likes', async () => {
  const blob = readableBlob({ store: await openStore(), digest });
  expect(await buffer(blob.open())).toEqual(bytes);
  expect(await buffer(blob.open())).toEqual(bytes);
  const gone = readableBlob({ store: await openStore(), digest: digestOf(Buffer.from('another')) });
  await expect(buffer(gone.open())).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a note is kept beside the blob, and a later one takes its place', async () => {
  const store = await openStore();
  const blob = readableBlob({ store, digest });
  expect(await blob.readNote()).toBeUndefined();
  await blob.writeNote(Buffer.from('one'));
  await blob.writeNote(Buffer.from('two'));
  expect(await blob.readNote()).toEqual(Buffer.from('two'));
  expect((await stat(noteFile(store.root))).size).toBe(3);
  expect(await readdir(path.join(store.root, 'ingest'))).toEqual([]);
  // The folder is no strange thing to a store that is opened again.
  expect(
    await (await openBlobStore({ root: store.root, durability: 'fast' })).read({
      mediaType: '',
      digest,
      sizeBytes: bytes.length,
    }),
  ).toEqual(bytes);
});

test('a layout of the command line gets no notes', async () => {
  const store = await openStore({ isPrivate: true });
  const blob = readableBlob({ store, digest });
  await blob.writeNote(Buffer.from('one'));
  expect(await blob.readNote()).toBeUndefined();
  expect(await readdir(store.root)).not.toContain('contents');
});

test('a note that cannot be written or is of no size for one is none', async () => {
  const store = await openStore();
  const blob = readableBlob({ store, digest });
  await blob.writeNote(Buffer.alloc(65 * 1024 * 1024));
  expect(await blob.readNote()).toBeUndefined();
  await blob.writeNote(Buffer.from('one'));
  await truncate(noteFile(store.root), 65 * 1024 * 1024);
  expect(await blob.readNote()).toBeUndefined();
  const blocked = await openStore();
  await writeFile(path.join(blocked.root, 'contents'), 'in the way');
  await readableBlob({ store: blocked, digest }).writeNote(Buffer.from('one'));
  expect(await readableBlob({ store: blocked, digest }).readNote()).toBeUndefined();
  await mkdir(path.join(blocked.root, 'ingest'), { recursive: true });
  expect(await readdir(path.join(blocked.root, 'ingest'))).toEqual([]);
});
