import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareVersions } from '#lib/images/compare-versions.ts';
import { readImageContents } from '#lib/images/image-contents.ts';
import { openImage } from '#lib/images/open-image.ts';
import { examineImage } from '#lib/images/requirements.ts';
import { memoryLayer } from '#tests/support/archive.ts';
import { runProgram } from '#tests/support/bound-process.ts';
import { debianLayer } from '#tests/support/debian-image.ts';

const { signal } = new AbortController();

describe('a real Debian', () => {
  let layer: ReturnType<typeof memoryLayer>;

  beforeAll(async () => {
    const { content } = await debianLayer();
    layer = memoryLayer(Buffer.isBuffer(content) ? content : await readFile(content.file));
  });

  const examine = async (env: readonly string[], entrypoint: readonly string[] = []) => {
    const config = { entrypoint, command: [], env, workingDir: '' };
    const { files } = await openImage({ layers: [layer], wanted: new Set(), signal });
    const contents = await readImageContents({ files, config });
    return { files, contents, ...(await examineImage({ files, config, needs: new Set() })) };
  };

  test('has Python and pip as it has them', async () => {
    const { requirements, facts, files } = await examine([]);
    expect(requirements.map(({ name, state, detail }) => [name, state, detail])).toEqual([
      ['Entrypoint', 'passed', 'None'],
      ['Python', 'passed', '/usr/bin/python, Python 3.11'],
      ['pip', 'passed', '/usr/bin/pip, pip 23.0.1'],
      [
        'pip may install',
        'warned',
        'pip refuses: Debian GNU/Linux 12 (bookworm) manages this Python itself (/usr/lib/python3.11/EXTERNALLY-MANAGED)',
      ],
    ]);
    expect(facts.os).toMatchObject({ id: 'debian', versionId: '12' });
    expect(facts.packages.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['pip', 'setuptools', 'wheel']),
    );
    expect(files.find('/bin/sh')).toMatchObject({ kind: 'file', path: '/usr/bin/dash', isExecutable: true });
    expect(files.find('/usr/bin/awk')).toMatchObject({ path: '/usr/bin/mawk' });
  });

  test('has the packages that its own package manager says it has', async () => {
    const { contents } = await examine([]);
    const { content } = await debianLayer();
    if (Buffer.isBuffer(content)) throw new Error('The layer is a file');
    const admin = await mkdtemp(path.join(tmpdir(), 'slipway-dpkg-'));
    const unpack = ['-xzf', content.file, '-C', admin, './var/lib/dpkg'];
    await runProgram('tar', unpack);
    const field = (name: string) => `$\{${name}}`;
    const format = `--showformat=${field('db:Status-Status')} ${field('Package')} ${field('Version')}\\n`;
    const { stdout } = await promisify(execFile)('dpkg-query', [
      `--admindir=${path.join(admin, 'var/lib/dpkg')}`,
      '--show',
      format,
    ]);
    await rm(admin, { recursive: true });
    const said = stdout.split('\n').flatMap((line) => /^installed (.+)$/.exec(line)?.[1] ?? []);
    const found = contents.packages.filter(({ kind }) => kind === 'debian');
    expect(found.length).toBeGreaterThan(80);
    expect(found.map(({ name, version }) => `${name} ${version}`).toSorted()).toEqual(said.toSorted());
    expect(contents).toMatchObject({
      os: { id: 'debian', versionId: '12' },
      python: { path: '/usr/bin/python', version: expect.stringMatching(/^3\.11\.\d+$/) },
      omitted: 0,
      unread: [],
    });
  });

  test('lets pip install once it is told to', async () => {
    const { requirements } = await examine(['PIP_BREAK_SYSTEM_PACKAGES=1'], ['/bin/sh', '-c', 'true']);
    expect(requirements.map(({ state }) => state)).toEqual(['warned', 'passed', 'passed', 'passed']);
  });
});

test('versions are ordered as dpkg orders them', async () => {
  const part = fc.constantFrom('1', '0', '10', '2', '.', '+', '~', 'a', 'rc', 'deb', 'b');
  const text = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => `1${parts.join('')}`);
  const version = fc
    .tuple(fc.constantFrom('', '1:', '0:'), text, fc.constantFrom('', '-1', '-1+b1', '-1~rc', '-0'))
    .map((parts) => parts.join(''));
  const pairs = fc.sample(fc.tuple(version, version), 150);
  // One process for all of them; it answers with a letter a pair.
  const script =
    'while read -r a b; do for op in lt eq gt; do dpkg --compare-versions "$a" $op "$b" && echo $op; done; done; true';
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    `printf %s "$1" | (${script})`,
    'sh',
    `${pairs.map((pair) => pair.join(' ')).join('\n')}\n`,
  ]);
  const said = stdout.trim().split('\n');
  const ways = new Map([
    [-1, 'lt'],
    [0, 'eq'],
    [1, 'gt'],
  ]);
  const found = pairs.map(([a, b]) => ways.get(Math.sign(compareVersions('debian', a, b))));
  expect(pairs.map((pair, at) => [...pair, found[at]])).toEqual(pairs.map((pair, at) => [...pair, said[at]]));
});

describe('archives of GNU tar', () => {
  let folder: string;
  const long = `${'deep-folder/'.repeat(12)}${'name'.repeat(30)}`;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-test-'));
    const root = path.join(folder, 'root');
    await mkdir(path.dirname(path.join(root, long)), { recursive: true });
    await writeFile(path.join(root, long), 'long');
    await symlink(long, path.join(root, 'short'));
    // Holes at ten places: more than a header has room for.
    const sparse = path.join(root, 'sparse');
    await writeFile(sparse, '');
    for (let at = 1; at <= 10; at += 1) {
      await truncate(sparse, at * 1_000_000);
      await writeFile(sparse, 'x', { flag: 'a' });
    }
    await writeFile(path.join(root, 'zz-last'), 'x');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(['gnu', 'oldgnu', 'pax', 'posix'])(
    'are read in the format %s, with holes and without',
    async (format) => {
      for (const options of [[], ['--sparse'], ['--sparse', '--sparse-version=0.1']]) {
        const file = path.join(folder, `${format}.tar`);
        await runProgram('tar', [
          '--sort=name',
          `--format=${format}`,
          ...options,
          '-cf',
          file,
          '-C',
          path.join(folder, 'root'),
          '.',
        ]);
        const { files, layers } = await openImage({
          layers: [memoryLayer(await readFile(file))],
          wanted: new Set(['zz-last', 'sparse']),
          signal,
        });
        expect(files.find('/short')).toMatchObject({ kind: 'file', path: `/${long}` });
        expect(layers[0]).toMatchObject({ fileCount: 4, fileBytes: 4 + 10_000_001 + 1 });
        expect(layers[0]?.files.get('zz-last')?.text).toBe('x');
        expect(files.find('/sparse').kind).toBe('file');
      }
    },
  );
});
