import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { imageContentsSchema, packagesMax, summaryOfContents } from '#lib/images/contents.ts';
import { readImageContents } from '#lib/images/image-contents.ts';
import { openImage } from '#lib/images/open-image.ts';
import { layersOf, type TestTree } from '#tests/support/archive.ts';

const { signal } = new AbortController();
const elf = { program: '\x7fELF\0' };

async function contentsOf(trees: readonly TestTree[], env: readonly string[] = []) {
  const layers = await layersOf(...trees);
  const config = { entrypoint: [], command: [], env, workingDir: '' };
  const read = async () => {
    const { files } = await openImage({ layers, wanted: new Set(), signal });
    return readImageContents({ files, config });
  };
  const contents = await read();
  // From the notes beside the layers it reads the same, and no layer is opened again.
  expect(await read()).toEqual(contents);
  expect(layers.map(({ opened }) => opened)).toEqual(layers.map(() => 1));
  expect(imageContentsSchema.parse(contents)).toEqual(contents);
  return contents;
}

const python: TestTree = {
  'usr/local/bin/python3.12': elf,
  'usr/local/bin/python': { link: 'python3.12' },
  'usr/local/lib/python3.12/os.py': '',
};
const dpkg = (name: string, version: string, status = 'install ok installed', arch = 'amd64') =>
  `Package: ${name}\nStatus: ${status}\nPriority: optional\nArchitecture: ${arch}\nVersion: ${version}\nDescription: text\n more text\n Version: 9\n`;

describe('the whole version of a Python comes from', () => {
  test.each<[string, TestTree, readonly string[], string]>([
    [
      'its headers',
      { 'usr/local/include/python3.12/patchlevel.h': '#define PY_VERSION      	"3.12.7"\n' },
      ['PYTHON_VERSION=3.12.1'],
      '3.12.7',
    ],
    ['the environment of the image', {}, ['PYTHON_VERSION=3.12.4'], '3.12.4'],
    ['its place alone, where nothing else says it', {}, ['PYTHON_VERSION=3.11.4'], '3.12'],
    [
      'its virtual environment',
      {
        'opt/venv/pyvenv.cfg': 'home = /usr/local/bin\nversion_info = 3.12.9.final.0\n',
        'opt/venv/bin/python': { link: '/usr/local/bin/python3.12' },
      },
      ['PATH=/opt/venv/bin:/usr/local/bin'],
      '3.12.9',
    ],
  ])('%s', async (_, tree, env, version) => {
    expect((await contentsOf([python, tree], env)).python?.version).toBe(version);
  });

  test('Debian’s package of it, and never from that of another Python', async () => {
    const status = [dpkg('python3', '3.11.2-1+b1'), dpkg('python3.11-minimal', '3.11.2-6+deb12u6')].join(
      '\n',
    );
    const debian = {
      'usr/bin/python3.11': elf,
      'usr/bin/python3': { link: 'python3.11' },
      'usr/lib/python3.11/os.py': '',
      'var/lib/dpkg/status': status,
    };
    expect((await contentsOf([debian])).python).toEqual({ version: '3.11.2', path: '/usr/bin/python3' });
    expect((await contentsOf([{ ...python, 'var/lib/dpkg/status': status }])).python?.version).toBe('3.12');
  });
});

describe('packages', () => {
  test('of Debian, as its list in the topmost layer says, without what was removed', async () => {
    const below = { 'var/lib/dpkg/status': dpkg('gone', '1') };
    const status = [
      dpkg('bash', '5.2.15-2+b7'),
      dpkg('libc6', '2.36-9+deb12u10'),
      dpkg('libc6', '2.36-9+deb12u10', 'install ok installed', 'i386'),
      dpkg('removed', '1.0', 'deinstall ok config-files'),
      dpkg('never', '1.0', 'unknown ok not-installed'),
    ].join('\n');
    const { packages, unread } = await contentsOf([below, { 'var/lib/dpkg/status': status }]);
    expect(packages.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'bash 5.2.15-2+b7',
      'libc6 2.36-9+deb12u10',
      'libc6:i386 2.36-9+deb12u10',
    ]);
    expect(unread).toEqual([]);
  });

  test('of Debian without a package manager: a file each', async () => {
    const { packages } = await contentsOf([
      {
        'var/lib/dpkg/status.d/base': 'Package: base-files\nVersion: 12.4\n',
        'var/lib/dpkg/status.d/base.md5sums': 'Package: not\nVersion: one\n',
        'var/lib/dpkg/status.d/tzdata': 'Package: tzdata\nVersion: 2024a\n',
      },
    ]);
    expect(packages.map(({ name }) => name)).toEqual(['base-files', 'tzdata']);
  });

  test.each(['lib/apk/db/installed', 'usr/lib/apk/db/installed'])('of Alpine in %s', async (path) => {
    const link: TestTree = path.startsWith('usr') ? { lib: { link: 'usr/lib' } } : {};
    const list = 'C:Q1xx=\nP:musl\nV:1.2.5-r8\nA:x86_64\nF:lib\nR:ld.so\nZ:Q1=\n\nP:busybox\nV:1.37.0-r8\n\n';
    const { packages } = await contentsOf([{ [path]: list, ...link }]);
    expect(packages).toEqual([
      { kind: 'alpine', name: 'busybox', version: '1.37.0-r8' },
      { kind: 'alpine', name: 'musl', version: '1.2.5-r8' },
    ]);
  });

  test('of the image’s Python, first and by name', async () => {
    const site = 'usr/local/lib/python3.12/site-packages';
    const { packages } = await contentsOf([
      python,
      { [`${site}/numpy-2.1.0.dist-info/METADATA`]: '', [`${site}/Alpha_One-1.0.dist-info/METADATA`]: '' },
      { 'var/lib/dpkg/status': dpkg('aaa', '1') },
    ]);
    expect(packages.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'python alpha-one',
      'python numpy',
      'debian aaa',
    ]);
  });

  test('of RPM are not read, and that is said', async () => {
    expect(await contentsOf([{ 'usr/lib/sysimage/rpm/rpmdb.sqlite': 'SQLite' }])).toMatchObject({
      packages: [],
      unread: ['Packages of RPM are not read.'],
    });
  });

  test('are bounded, and what is left out is counted', async () => {
    const status = Array.from({ length: packagesMax + 7 }, (_, at) => dpkg(`p${at}`, '1')).join('\n');
    const contents = await contentsOf([{ 'var/lib/dpkg/status': status }]);
    expect(contents.packages).toHaveLength(packagesMax);
    expect(contents.omitted).toBe(7);
    expect(summaryOfContents(contents).packageCount).toBe(packagesMax + 7);
  });

  test('in a list that is no text are not read, and that is said', async () => {
    const { unread } = await contentsOf([{ 'var/lib/dpkg/status': { program: 'Package: \0' } }]);
    expect(unread).toEqual(['/var/lib/dpkg/status cannot be read.']);
  });
});

test('whatever a list holds, what is kept of it fits its schema', async () => {
  const word = fc.constantFrom(
    'Package: ',
    'Version: ',
    'P:',
    'V:',
    'Status: ',
    '\n',
    '\n\n',
    'x',
    ': ',
    'é',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(word, { maxLength: 60 }),
      fc.string({ maxLength: 400 }),
      async (words, rest) => {
        await contentsOf([
          { 'var/lib/dpkg/status': words.join('') + rest, 'lib/apk/db/installed': rest + words.join('') },
        ]);
      },
    ),
    { numRuns: 60 },
  );
});
