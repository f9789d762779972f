import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Descriptor } from '#lib/oci/types.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { type BlobStore, openBlobStore } from '#lib/store/blob-store.ts';
import { nameImage, tidyLayout } from '#lib/store/layout.ts';
import { testFolder } from '#tests/support/folder.ts';

const { signal } = new AbortController();
const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const image = (name: string): Descriptor => ({
  mediaType,
  digest: digestOf(Buffer.from(name)),
  sizeBytes: 7,
});

async function openLayout(): Promise<BlobStore> {
  const root = await testFolder();
  return openBlobStore({ root, durability: 'fast', isPrivate: true });
}

async function readIndex(store: BlobStore) {
  return JSON.parse(await readFile(path.join(store.root, 'index.json'), 'utf8'));
}

/** `name=digest` of each entry, in order. */
async function namesIn(store: BlobStore): Promise<readonly string[]> {
  const { manifests } = await readIndex(store);
  return manifests.map(
    (entry: { readonly digest: string; readonly annotations?: Record<string, string> }) =>
      `${entry.annotations?.['org.opencontainers.image.ref.name'] ?? ''}=${entry.digest}`,
  );
}

describe('naming images of a layout', () => {
  const [a, b] = [image('a'), image('b')];
  it.each([
    ['lists an image under its name', [['1', a]], [`1=${a.digest}`]],
    [
      'lists several',
      [
        ['1', a],
        ['2', b],
      ],
      [`1=${a.digest}`, `2=${b.digest}`],
    ],
    [
      'gives one image two names',
      [
        ['1', a],
        ['2', a],
      ],
      [`1=${a.digest}`, `2=${a.digest}`],
    ],
    [
      'moves a name to another image',
      [
        ['1', a],
        ['1', b],
      ],
      [`1=${b.digest}`],
    ],
    [
      'says the same twice as once',
      [
        ['1', a],
        ['1', a],
      ],
      [`1=${a.digest}`],
    ],
    ['lists an image without a name', [[undefined, a]], [`=${a.digest}`]],
    [
      'lists it without a name once',
      [
        [undefined, a],
        [undefined, a],
        [undefined, b],
      ],
      [`=${a.digest}`, `=${b.digest}`],
    ],
    [
      'gives a name to what had none',
      [
        [undefined, a],
        ['1', a],
      ],
      [`1=${a.digest}`],
    ],
  ] as const)('%s', async (_what, names, expected) => {
    const store = await openLayout();
    for (const [name, manifest] of names) await nameImage({ store, manifest, name, signal });
    expect(await namesIn(store)).toEqual(expected);
    await tidyLayout(store.root);
    expect((await readdir(store.root)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  it('keeps what other tools wrote there', async () => {
    const store = await openLayout();
    const theirs = {
      ...{ mediaType, digest: a.digest, size: 7 },
      annotations: { x: 'y' },
      artifactType: 'z',
      urls: [],
    };
    const index = { schemaVersion: 2, manifests: [theirs], annotations: { of: 'index' }, extra: 1 };
    await writeFile(path.join(store.root, 'index.json'), JSON.stringify(index));
    await nameImage({
      store,
      manifest: { ...b, platform: { os: 'linux', architecture: 'arm64' } },
      name: '1',
      signal,
    });
    expect(await readIndex(store)).toMatchObject({
      ...index,
      manifests: [theirs, { size: 7, platform: { os: 'linux' } }],
    });
  });

  it('loses none of many that come at once', async () => {
    const store = await openLayout();
    const names = Array.from({ length: 25 }, (_, number) => `tag-${number}`);
    await Promise.all(names.map((name) => nameImage({ store, manifest: image(name), name, signal })));
    expect((await namesIn(store)).toSorted()).toEqual(
      names.map((name) => `${name}=${image(name).digest}`).toSorted(),
    );
  });

  it.each(['', '[]', '{"schemaVersion":1,"manifests":[]}', '{"schemaVersion":2,"manifests":[{}]}'])(
    'leaves an index.json alone that holds %j',
    async (text) => {
      const store = await openLayout();
      const file = path.join(store.root, 'index.json');
      await writeFile(file, text);
      await expect(nameImage({ store, manifest: a, name: '1', signal })).rejects.toMatchObject({
        code: 'not_a_layout',
      });
      expect(await readFile(file, 'utf8')).toBe(text);
    },
  );
});
