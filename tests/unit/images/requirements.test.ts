import { describe, expect, test } from 'vitest';
import { openImage } from '#lib/images/open-image.ts';
import { examineImage, type RequirementName } from '#lib/images/requirements.ts';
import { layersOf, memoryLayer, type TestTree } from '#tests/support/archive.ts';

const { signal } = new AbortController();
const elf = { program: '\x7fELF\0' };
const osRelease = (id: string, name: string) => `NAME=x\nID=${id}\nPRETTY_NAME="${name}"\nVERSION_ID="12"\n`;
const pipOf = (python: string) => ({ program: `#!${python}\nimport sys\n` });

/** As in python:3.12-slim. */
const official: TestTree = {
  'usr/local/bin/python3.12': elf,
  'usr/local/bin/python3': { link: 'python3.12' },
  'usr/local/bin/python': { link: 'python3' },
  'usr/local/bin/pip': pipOf('/usr/local/bin/python3.12'),
  'usr/local/lib/python3.12/os.py': '',
  'usr/local/lib/python3.12/site-packages/pip-24.0.dist-info/METADATA': '',
  'usr/local/lib/python3.12/site-packages/Typing_Extensions-4.1.dist-info/METADATA': '',
  'usr/local/lib/python3.12/site-packages/old-1.0-py3.12.egg-info/PKG-INFO': '',
  'etc/os-release': { link: '../usr/lib/os-release' },
  'usr/lib/os-release': osRelease('debian', 'Debian GNU/Linux 12 (bookworm)'),
};

/** As in Debian with python3-pip. */
const debian: TestTree = {
  'usr/bin/python3.11': elf,
  'usr/bin/python3': { link: 'python3.11' },
  'usr/bin/pip3': pipOf('/usr/bin/python3'),
  'usr/lib/python3.11/os.py': '',
  'usr/lib/python3.11/EXTERNALLY-MANAGED': '[externally-managed]',
  'usr/lib/python3/dist-packages/pip-23.0.1.dist-info/METADATA': '',
  'usr/lib/os-release': osRelease('ubuntu\nID_LIKE=debian', 'Ubuntu 24.04 LTS'),
};
const named: TestTree = { 'usr/bin/python': { link: 'python3' }, 'usr/bin/pip': pipOf('/usr/bin/python3') };
const alpine: TestTree = { 'etc/os-release': osRelease('alpine', 'Alpine Linux v3.21') };

const examine = async (
  trees: readonly TestTree[],
  options: { readonly env?: readonly string[]; readonly needs?: readonly RequirementName[] } = {},
) => {
  const config = { entrypoint: [], command: [], env: options.env ?? [], workingDir: '' };
  const { files } = await openImage({ layers: await layersOf(...trees), wanted: new Set(), signal });
  const result = await examineImage({ files, config, needs: new Set(options.needs) });
  const lines = result.requirements.map(({ name, state, detail }) => [name, `${state}: ${detail}`] as const);
  return { ...result, lines: Object.fromEntries(lines) as Record<RequirementName, string> };
};

describe('python', () => {
  test.each<[string, readonly TestTree[], readonly string[], string]>([
    ['by two links', [official], [], 'passed: /usr/local/bin/python, Python 3.12'],
    [
      'on a path through a link',
      [official, { opt: { link: 'usr/local' } }],
      ['PATH=/opt/bin'],
      'passed: /opt/bin/python, Python 3.12',
    ],
    [
      'without a version in its name',
      [{ 'opt/py/bin/python': elf, 'opt/py/lib/python3.9/os.pyc': '' }],
      ['PATH=/opt/py/bin'],
      'passed: /opt/py/bin/python, Python 3.9',
    ],
    ['of which nothing else is known', [{ 'bin/python': elf }], [], 'passed: /bin/python'],
    [
      'with two libraries',
      [{ 'usr/bin/python': elf, 'usr/lib/python3.9/os.py': '', 'usr/lib/python3.8/os.py': '' }],
      [],
      'passed: /usr/bin/python',
    ],
    [
      'first where PATH is first',
      [official, debian, named],
      ['PATH=/usr/bin:/usr/local/bin'],
      'passed: /usr/bin/python, Python 3.11',
    ],
    [
      'behind one that is not executable',
      [official, { 'usr/local/sbin/python': '' }],
      [],
      'passed: /usr/local/bin/python, Python 3.12',
    ],
    ['in the working directory', [{ python: elf }], ['PATH=:/bin'], 'passed: /python'],
    [
      'by the last PATH of two',
      [official],
      ['PATH=/nowhere', 'PATH=/usr/local/bin'],
      'passed: /usr/local/bin/python, Python 3.12',
    ],
    ['only as python3', [debian], [], 'warned: Only python3 is on PATH: /usr/bin/python3, Python 3.11'],
    [
      'Python 2',
      [{ 'usr/bin/python2.7': elf, 'usr/bin/python': { link: 'python2.7' } }],
      [],
      'warned: /usr/bin/python, Python 2.7',
    ],
    [
      'no more',
      [official, { 'usr/local/bin/.wh.python': '', 'usr/local/bin/.wh.python3': '' }],
      [],
      'warned: No python on PATH',
    ],
    ['never', [alpine], [], 'warned: No python on PATH'],
    ['nowhere, on an empty PATH', [{ 'opt/x': '' }], ['PATH='], 'warned: No python on PATH'],
    ['a folder', [{ 'bin/python/x': '' }], [], 'warned: No python on PATH'],
    ['a broken link', [{ 'bin/python': { link: 'python3' } }], [], 'warned: /bin/python is a broken link'],
    [
      'a link in circles',
      [{ 'bin/python': { link: 'python' } }],
      [],
      'warned: /bin/python is a link that leads in circles',
    ],
    ['not executable', [{ 'bin/python': '' }], [], 'warned: /bin/python is not executable'],
    ['somewhere else', [{ 'opt/conda/bin/python': elf }], [], 'warned: /opt/conda/bin/python is not on PATH'],
  ])('%s', async (_, trees, env, line) => expect((await examine(trees, { env })).lines.Python).toBe(line));

  test.each<[string, readonly TestTree[], RegExp]>([
    [
      'Debian and Ubuntu',
      [debian],
      /apt-get install -y python-is-python3, or ln -s \/usr\/bin\/python3 \/usr\/bin\/python\.$/,
    ],
    [
      'others',
      [debian, alpine, { 'usr/lib/.wh.os-release': '' }],
      /in the image: ln -s \/usr\/bin\/python3 \/usr\/bin\/python\.$/,
    ],
    ['Alpine without Python', [alpine], /apk add python3 py3-pip\.$/],
    ['nobody knows what', [{ 'etc/os-release': 'ID=constructor' }], /begin from one that has Python\.$/],
  ])('is mended as on %s', async (_, trees, remedy) => {
    const { requirements } = await examine(trees);
    expect(requirements.find(({ name }) => name === 'Python')?.remedy).toMatch(remedy);
  });
});

describe('pip', () => {
  test.each<[string, readonly TestTree[], string]>([
    ['of its Python', [official], 'passed: /usr/local/bin/pip, pip 24.0'],
    ['of Debian', [debian, named], 'passed: /usr/bin/pip, pip 23.0.1'],
    [
      'by env',
      [official, { 'usr/local/bin/pip': pipOf('/usr/bin/env python3') }],
      'passed: /usr/local/bin/pip, pip 24.0',
    ],
    [
      'that does not say whose it is',
      [official, { 'usr/local/bin/pip': elf }],
      'passed: /usr/local/bin/pip, pip 24.0',
    ],
    [
      'of another Python',
      [official, debian, { 'usr/bin/pip': pipOf('/usr/bin/python3'), 'usr/local/bin/.wh.pip': '' }],
      'warned: /usr/bin/pip installs for /usr/bin/python3, not for /usr/local/bin/python',
    ],
    ['only as pip3', [debian], 'warned: Only pip3 is on PATH: /usr/bin/pip3'],
    ['never', [{ 'bin/python': elf }], 'warned: No pip on PATH'],
  ])('%s', async (_, trees, line) => expect((await examine(trees)).lines.pip).toBe(line));
});

describe('pip may install', () => {
  const venv: TestTree = {
    'opt/venv/pyvenv.cfg': 'home = /usr/bin',
    'opt/venv/bin/python': { link: '/usr/bin/python3' },
    'opt/venv/bin/pip': pipOf('/opt/venv/bin/python'),
    'opt/venv/lib/python3.11/site-packages/pip-25.1.dist-info/METADATA': '',
  };
  test.each<[string, readonly TestTree[], readonly string[], RegExp]>([
    ['where nobody minds', [official], [], /^passed: Python 3\.12 is not marked/],
    [
      'not where the system minds',
      [debian, named],
      [],
      /^warned: pip refuses: Ubuntu 24\.04 LTS .*\(\/usr\/lib\/python3\.11\/EXTERNALLY-MANAGED\)$/,
    ],
    [
      'where the mark was removed',
      [debian, named, { 'usr/lib/python3.11/.wh.EXTERNALLY-MANAGED': '' }],
      [],
      /^passed/,
    ],
    [
      'with the variable',
      [debian, named],
      ['PIP_BREAK_SYSTEM_PACKAGES=1'],
      /^passed: PIP_BREAK_SYSTEM_PACKAGES is set/,
    ],
    ['not with a variable that says no', [debian, named], ['PIP_BREAK_SYSTEM_PACKAGES=0'], /^warned/],
    [
      'with a setting',
      [debian, named, { 'etc/pip.conf': '[global]\nbreak-system-packages = true\n' }],
      [],
      /^passed: \/etc\/pip\.conf/,
    ],
    [
      'not with a comment',
      [debian, named, { 'etc/pip.conf': '# break-system-packages = true\n' }],
      [],
      /^warned/,
    ],
    [
      'in a virtual environment',
      [debian, named, venv],
      ['PATH=/opt/venv/bin:/usr/bin'],
      /^passed: Into the virtual environment \/opt\/venv$/,
    ],
    ['as python3', [debian], [], /^warned: pip refuses/],
    ['not said without Python', [alpine], [], /^skipped: There is no Python/],
    ['not said without pip', [{ 'bin/python': elf }], [], /^skipped: There is no pip/],
    ['not said without a library', [{ 'bin/python': elf, 'bin/pip': elf }], [], /^skipped: The library of/],
  ])('%s', async (_, trees, env, line) =>
    expect((await examine(trees, { env })).lines['pip may install']).toMatch(line),
  );

  test('says who sees to it', async () => {
    const { requirements } = await examine([debian, named]);
    const remedy = requirements.find(({ name }) => name === 'pip may install')?.remedy;
    expect(remedy).toMatch(
      /^Slipway handles it: steps that install packages set PIP_BREAK_SYSTEM_PACKAGES=1/,
    );
  });

  test('for a pip of the virtual environment, not for the system’s', async () => {
    const env = ['PATH=/opt/venv/bin:/usr/bin'];
    expect((await examine([debian, named, venv], { env })).lines.pip).toBe(
      'passed: /opt/venv/bin/pip, pip 25.1',
    );
    const without = await examine([debian, named, venv, { 'opt/venv/bin/.wh.pip': '' }], { env });
    expect(without.lines.pip).toMatch(/^warned: \/usr\/bin\/pip installs for \/usr\/bin\/python3, not for/);
  });
});

test('what steps need and is not there is a failure, and nothing else is', async () => {
  const states = async (needs: readonly RequirementName[]) =>
    (await examine([debian], { needs })).requirements.map(({ state }) => state);
  expect(await states([])).toEqual(['passed', 'warned', 'warned', 'warned']);
  expect(await states(['Python', 'pip may install', 'Entrypoint'])).toEqual([
    'passed',
    'failed',
    'warned',
    'failed',
  ]);
});

test('what was found can be used further', async () => {
  const { facts } = await examine([official]);
  expect(facts.os).toEqual({
    id: 'debian',
    idLike: [],
    name: 'Debian GNU/Linux 12 (bookworm)',
    versionId: '12',
  });
  expect(facts.python?.version).toBe('3.12');
  expect(facts.packages).toEqual([
    { name: 'pip', version: '24.0' },
    { name: 'typing-extensions', version: '4.1' },
    { name: 'old', version: '1.0' },
  ]);
});

test('what is found is told in short, and on one line', async () => {
  const folder = `${'long\n\u202e'.repeat(30)}`;
  const { requirements } = await examine([{ [`${folder}/python`]: { link: 'x' } }], {
    env: [`PATH=/${folder}`],
  });
  for (const { detail, remedy = '' } of requirements) {
    expect(detail).not.toMatch(/[\n\u202e]/);
    expect(detail.length + remedy.length).toBeLessThan(600);
  }
});

describe('a layer that was read', () => {
  const wantedOf = (...names: readonly string[]) => ({ wanted: new Set(names), signal });

  test('is not read again', async () => {
    const [layer] = await layersOf(official);
    const layers = layer === undefined ? [] : [layer];
    const first = await openImage({ layers, ...wantedOf() });
    const opened: boolean[] = [];
    const second = await openImage({ layers, ...wantedOf(), onLayer: ({ isNoted }) => opened.push(isNoted) });
    expect(opened).toEqual([true]);
    expect(layer?.opened).toBe(1);
    expect(second.layers).toEqual(first.layers);
  });

  test('is read once more for a file that nobody wanted before, and never after that', async () => {
    const [layer] = await layersOf({ 'srv/start': { program: '#!/bin/sh\nexec "$@"' }, 'srv/other': 'x' });
    if (layer === undefined) throw new Error('no layer');
    for (const _ of [1, 2, 3]) {
      const { files } = await openImage({ layers: [layer], ...wantedOf() });
      const found = files.find('/srv/start');
      if (found.kind !== 'file') throw new Error('no file');
      expect(await files.read(found)).toEqual({ text: '#!/bin/sh\nexec "$@"', isText: true, isWhole: true });
    }
    expect(layer.opened).toBe(2);
  });

  test.each<[string, (note: Uint8Array) => Uint8Array]>([
    ['damaged', (note) => note.slice(0, 40)],
    ['empty', () => new Uint8Array()],
    ['no note', () => Buffer.from('{}')],
  ])('is read again when its note is %s', async (_, change) => {
    const [layer] = await layersOf(official);
    if (layer === undefined) throw new Error('no layer');
    const first = await openImage({ layers: [layer], ...wantedOf() });
    layer.note = change(layer.note ?? new Uint8Array());
    expect((await openImage({ layers: [layer], ...wantedOf() })).layers).toEqual(first.layers);
    expect(layer.opened).toBe(2);
  });

  test('leaves no note when it could not be read to its end', async () => {
    const layer = memoryLayer(Buffer.from('no archive'.repeat(100)));
    await expect(openImage({ layers: [layer], ...wantedOf() })).rejects.toThrow();
    expect(layer.note).toBeUndefined();
  });
});
