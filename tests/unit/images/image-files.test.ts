import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openImage } from '#lib/images/open-image.ts';
import { device, folder, layersOf, type TestTree } from '#tests/support/archive.ts';

const filesOf = async (...trees: readonly TestTree[]) => {
  const { signal } = new AbortController();
  return (await openImage({ layers: await layersOf(...trees), wanted: new Set(), signal })).files;
};

const sh = { program: 'ELF' };
const opaque = '.wh..wh..opq';

describe('a path of an image', () => {
  test.each<[what: string, layers: readonly TestTree[], path: string, found: string]>([
    ['a file', [{ 'bin/sh': sh }], '/bin/sh', 'x /bin/sh'],
    ['a file that nobody may execute', [{ 'etc/a': '1' }], '/etc/a', 'f /etc/a'],
    ['a folder that no entry names', [{ 'a/b/c': '1' }], '/a/b', 'folder /a/b'],
    ['the root', [{}], '/', 'folder /'],
    ['nothing', [{ 'a/b': '1' }], '/a/c', 'missing /a/c'],
    ['a device', [{ 'dev/null': device }], '/dev/null', 'other /dev/null'],
    ['something below a file', [{ a: '1' }], '/a/b', 'missing /a'],
    ['a path with dots', [{ 'a/b': '1' }], '/a/../a/./b', 'f /a/b'],
    ['a path above the root', [{ a: '1' }], '/../../a', 'f /a'],
    [
      'names from an archive of .',
      [
        [
          ['./', folder],
          ['./a', '1'],
        ],
      ],
      '/a',
      'f /a',
    ],
    ['names from an archive of /', [{ '/a//b': '1' }], '/a/b', 'f /a/b'],

    ['a relative link', [{ 'bin/sh': { link: 'dash' }, 'bin/dash': sh }], '/bin/sh', 'x /bin/dash'],
    ['an absolute link', [{ 'a/sh': { link: '/b/sh' }, 'b/sh': sh }], '/a/sh', 'x /b/sh'],
    ['a link upwards', [{ 'a/b/sh': { link: '../../c/sh' }, 'c/sh': sh }], '/a/b/sh', 'x /c/sh'],
    ['a link above the root', [{ a: { link: '../../b' }, b: '1' }], '/a', 'f /b'],
    ['a linked folder', [{ bin: { link: 'usr/bin' }, 'usr/bin/sh': sh }], '/bin/sh', 'x /usr/bin/sh'],
    ['a link to the root', [{ 'a/root': { link: '/' }, b: '1' }], '/a/root/b', 'f /b'],
    ['a link with slashes to spare', [{ a: { link: '//b///c//' }, 'b/c/d': '1' }], '/a/d', 'f /b/c/d'],
    ['a link into a layer above', [{ a: { link: 'b' } }, { b: '1' }], '/a', 'f /b'],
    ['a link to nothing', [{ a: { link: 'b' } }], '/a', 'missing /b'],
    ['an empty link', [{ 'a/b': { link: '' } }], '/a/b', 'folder /a'],
    ['a link to itself', [{ a: { link: 'a' } }], '/a', 'loop /a'],
    ['two links in a circle', [{ a: { link: 'b' }, b: { link: 'a' } }], '/a/x', 'loop /a'],
    ['a link within itself', [{ a: { link: 'a/a' } }], '/a', 'loop /a'],

    ['a hard link', [{ 'a/one': sh, two: { hardLink: 'a/one' } }], '/two', 'x /two'],
    ['a hard link to a hard link', [{ a: sh, b: { hardLink: 'a' }, c: { hardLink: '/b' } }], '/c', 'x /c'],
    ['a hard link below', [{ a: '1' }, { b: { hardLink: 'a' } }], '/b', 'f /b'],
    [
      'a hard link whose first name changed since',
      [{ a: sh, b: { hardLink: 'a' } }, { a: '2' }],
      '/b',
      'x /b',
    ],
    ['a hard link to nothing', [{ a: { hardLink: 'b' } }], '/a', 'missing /a'],
    ['a hard link to itself', [{ a: { hardLink: 'a' } }], '/a', 'missing /a'],
    ['a hard link to a folder', [{ 'a/x': '1', b: { hardLink: 'a' } }], '/b/x', 'missing /b'],

    ['a file of two layers', [{ a: '1' }, { a: sh }], '/a', 'x /a'],
    ['a whiteout', [{ 'a/b': '1' }, { 'a/.wh.b': '' }], '/a/b', 'missing /a/b'],
    ['a folder’s whiteout', [{ 'a/b/c': '1' }, { 'a/.wh.b': '' }], '/a/b/c', 'missing /a/b'],
    [
      'a name that came back',
      [{ 'a/b/c': '1', 'a/b/d': '1' }, { 'a/.wh.b': '' }, { 'a/b/d': '2' }],
      '/a/b/d',
      'f /a/b/d',
    ],
    [
      'a name that did not come back with its folder',
      [{ 'a/b/c': '1' }, { 'a/.wh.b': '' }, { 'a/b/d': '2' }],
      '/a/b/c',
      'missing /a/b/c',
    ],
    [
      'a whiteout beside the new',
      [{ 'a/b/c': '1' }, { 'a/.wh.b': '', 'a/b/d': '2' }],
      '/a/b/c',
      'missing /a/b/c',
    ],
    ['what comes before a whiteout of its own layer', [{}, { a: '1', '.wh.a': '' }], '/a', 'f /a'],
    ['what comes after a whiteout of its own layer', [{ a: sh }, { '.wh.a': '', a: '1' }], '/a', 'f /a'],
    ['an emptied folder', [{ 'a/b': '1' }, { [`a/${opaque}`]: '', 'a/c': '1' }], '/a/b', 'missing /a/b'],
    ['the new in an emptied folder', [{ 'a/b': '1' }, { [`a/${opaque}`]: '', 'a/c': '1' }], '/a/c', 'f /a/c'],
    [
      'what is deep in an emptied folder',
      [{ 'a/b/c': '1' }, { [`a/${opaque}`]: '' }],
      '/a/b/c',
      'missing /a/b',
    ],
    ['a folder that became a file', [{ 'a/b': '1' }, { a: '2' }], '/a/b', 'missing /a'],
    ['a file that became a folder', [{ a: '1' }, { 'a/b': '2' }], '/a/b', 'f /a/b'],
    [
      'what was below before a file was in between',
      [{ 'a/b': '1' }, { a: '2' }, { 'a/c': '3' }],
      '/a/b',
      'missing /a/b',
    ],
    [
      'a link that became a folder',
      [{ a: { link: 'b' }, 'b/c': '1' }, { 'a/d': '2' }],
      '/a/c',
      'missing /a/c',
    ],
    ['a folder that became a link', [{ 'a/c': '1', 'b/d': '1' }, { a: { link: 'b' } }], '/a/d', 'f /b/d'],
    ['a whiteout of a link', [{ a: { link: 'b' }, b: '1' }, { '.wh.a': '' }], '/a', 'missing /a'],

    [
      'the later of two in one layer',
      [
        [
          ['a', '1'],
          ['a', sh],
        ],
      ],
      '/a',
      'x /a',
    ],
    [
      'a file that its own layer made of a folder',
      [
        [
          ['a/b', '1'],
          ['a', '2'],
        ],
      ],
      '/a/b',
      'missing /a',
    ],
    [
      'a folder that its own layer made of a file',
      [
        [
          ['a', '1'],
          ['a', folder],
          ['a/b', '2'],
        ],
      ],
      '/a/b',
      'f /a/b',
    ],
    ['what is written through a link of its own layer', [{ a: { link: 'b' }, 'a/c': '1' }], '/b/c', 'f /b/c'],
    ['the same by the link', [{ a: { link: '/x/b' }, 'a/c': '1' }], '/a/c', 'f /x/b/c'],
    ['what is written through a circle', [{ a: { link: 'a' }, 'a/c': '1' }], '/b', 'missing /b'],
    ['a file whose name asks for trouble', [{ 'a/__proto__': '1' }], '/a/__proto__', 'f /a/__proto__'],
    ['a name that begins another', [{ 'a/python3': '1', 'a/python3.11': sh }], '/a/python3', 'f /a/python3'],
    ['a name like a kind', [{ 'a/x': '1', 'a/xx': '1' }], '/a/f', 'missing /a/f'],
    ['a name like a link’s target', [{ 'a/b': { link: 'c/d' } }], '/a/c', 'missing /a/c'],
  ])('%s', async (_, layers, path, found) => {
    const result = (await filesOf(...layers)).find(path);
    const kind = result.kind === 'file' ? (result.isExecutable ? 'x' : 'f') : result.kind;
    expect(`${kind} ${result.path}`).toBe(found);
  });
});

test('forty links in a row are followed, and not one more', async () => {
  const chain = (count: number): TestTree => [
    ...Array.from({ length: count }, (_, index) => [`l${index}`, { link: `l${index + 1}` }] as const),
    [`l${count}`, '1'],
  ];
  expect((await filesOf(chain(40))).find('/l0').kind).toBe('file');
  expect((await filesOf(chain(41))).find('/l0').kind).toBe('loop');
});

test('links that multiply with every step end soon', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `l${index}`);
  const tree = names.map((name, index) => [name, { link: `l${index + 1}/../l${index + 1}` }] as const);
  const files = await filesOf([...tree, ['l30/x', '1']]);
  expect(files.find('/l0').kind).toBe('loop');
  const hard = names.map((name, index) => [name, { hardLink: `l${index + 1}/l${index + 1}` }] as const);
  expect((await filesOf(hard)).find('/l0').kind).toBe('missing');
});

test('names of a folder are those that can be seen', async () => {
  const files = await filesOf(
    { 'a/old': '1', 'a/gone': '1', 'a/sub/x': '1', 'b/y': '1' },
    { 'a/.wh.gone': '', 'a/new': '1', c: { link: 'a' } },
  );
  expect([...files.names('/a')].sort()).toEqual(['new', 'old', 'sub']);
  expect([...files.names('/c/')].sort()).toEqual(['new', 'old', 'sub']);
  expect(files.names('/nowhere')).toEqual([]);
  expect(files.names('/a/old')).toEqual([]);
  expect(files.has('/a/old')).toBe(true);
  expect(files.has('/a/gone')).toBe(false);
});

describe('any layers', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const change = fc.oneof(
    fc.tuple(path, fc.constantFrom('file' as const, 'folder' as const)),
    fc.tuple(path, fc.constantFrom('whiteout' as const, 'opaque' as const)),
  );

  /** Applies layers one after the other to a tree in memory, as unpacking them would. */
  class Tree extends Map<string, Tree | 'file'> {
    folderAt(parts: readonly string[]): Tree {
      return parts.reduce<Tree>((tree, part) => {
        const next = tree.get(part);
        if (next instanceof Tree) return next;
        const made = new Tree();
        tree.set(part, made);
        return made;
      }, this);
    }
    existing(parts: readonly string[]): Tree | undefined {
      return parts.reduce<Tree | undefined>((tree, part) => {
        const next = tree?.get(part);
        return next instanceof Tree ? next : undefined;
      }, this);
    }
  }

  test('look as if they had been unpacked one upon the other', async () => {
    const layer = fc
      .uniqueArray(change, { maxLength: 5, selector: ([at]) => at })
      // Nothing can be unpacked into a file.
      .filter((changes) =>
        changes.every(
          ([at, kind]) => kind !== 'file' || changes.every(([other]) => !other.startsWith(`${at}/`)),
        ),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(layer, { minLength: 1, maxLength: 4 }), async (layers) => {
        const tree = new Tree();
        const archives = layers.map((changes) => {
          // Whiteouts hide what is below alone, so unpacking them first is the same.
          const hides = changes.filter(([, kind]) => kind === 'whiteout' || kind === 'opaque');
          const makes = changes.filter(([, kind]) => kind === 'file' || kind === 'folder');
          for (const [at, kind] of hides) {
            const parts = at.split('/');
            if (kind === 'opaque') tree.existing(parts)?.clear();
            else tree.existing(parts.slice(0, -1))?.delete(parts.at(-1) ?? '');
          }
          // A marker stands in a folder, which is there because of it.
          for (const [at, kind] of hides) {
            tree.folderAt(kind === 'opaque' ? at.split('/') : at.split('/').slice(0, -1));
          }
          for (const [at, kind] of makes) {
            const parts = at.split('/');
            if (kind === 'folder') tree.folderAt(parts);
            else tree.folderAt(parts.slice(0, -1)).set(parts.at(-1) ?? '', 'file');
          }
          return [...hides, ...makes].map(([at, kind]) => {
            if (kind === 'opaque') return [`${at}/${opaque}`, ''] as const;
            if (kind === 'whiteout') return [at.replace(/[^/]+$/, '.wh.$&'), ''] as const;
            return [at, kind === 'folder' ? folder : '1'] as const;
          });
        });
        const files = await filesOf(...archives);
        for (const a of ['a', 'b', 'c', 'a/a', 'a/b', 'b/a', 'b/c', 'a/a/a', 'a/b/c', 'c/b/a']) {
          const parts = a.split('/');
          const node = tree.existing(parts.slice(0, -1))?.get(parts.at(-1) ?? '');
          const expected = node instanceof Tree ? 'folder' : (node ?? 'missing');
          expect([a, files.find(`/${a}`).kind]).toEqual([a, expected]);
        }
      }),
      { numRuns: 150 },
    );
  });
});
