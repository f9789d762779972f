import { describe, expect, test } from 'vitest';
import { newestGlibc } from '#lib/images/glibc-versions.ts';
import { openImage } from '#lib/images/open-image.ts';
import { checkGlibc, planPythonCopy } from '#lib/images/python-copy.ts';
import { layersOf, type TestTree } from '#tests/support/archive.ts';

const { signal } = new AbortController();
const elf = { program: '\x7fELF\0 GLIBC_2.2.5 GLIBC_2.34\0' };
const libraries = 'usr/lib/x86_64-linux-gnu';

/** As in python:3.12-slim-bookworm. */
const official: TestTree = {
  'lib64/ld-linux-x86-64.so.2': elf,
  'usr/local/bin/python3.12': elf,
  'usr/local/bin/python3': { link: 'python3.12' },
  'usr/local/bin/python': { link: 'python3' },
  'usr/local/bin/pip': { program: '#!/usr/local/bin/python3.12\n' },
  'usr/local/lib/python3.12/os.py': '',
  'usr/local/lib/libpython3.12.so.1.0': { program: '\x7fELF\0 GLIBC_2.36\0' },
  [`${libraries}/libc.so.6`]: elf,
  [`${libraries}/libssl.so.3`]: elf,
  [`${libraries}/libz.so.1`]: { link: 'libz.so.1.2.13' },
  [`${libraries}/libz.so.1.2.13`]: elf,
  [`${libraries}/libsqlite3.so.0`]: { link: 'libsqlite3.so.0.8.6' },
  [`${libraries}/libsqlite3.so.0.8.6`]: elf,
  [`${libraries}/libapt-pkg.so.6.0`]: elf,
};
const debian: TestTree = {
  'lib64/ld-linux-x86-64.so.2': elf,
  [`${libraries}/libc.so.6`]: { program: '\x7fELF\0 GLIBC_2.2.5\0GLIBC_2.31\0GLIBC_PRIVATE' },
  [`${libraries}/libz.so.1`]: elf,
};
const fedora: TestTree = {
  lib64: { link: 'usr/lib64' },
  'usr/lib64/ld-linux-x86-64.so.2': elf,
  'usr/lib64/libc.so.6': elf,
};
const alpine: TestTree = { 'lib/ld-musl-x86_64.so.1': elf };

async function inside(tree: TestTree, env: readonly string[] = ['PATH=/usr/local/bin:/usr/bin:/bin']) {
  const layers = await layersOf(tree);
  const { files } = await openImage({ layers, wanted: new Set(), signal });
  return { files, layers, config: { env, workingDir: '/', entrypoint: [], command: [] } };
}

async function planned(
  base: TestTree,
  options: { source?: TestTree; version?: string; env?: string[] } = {},
) {
  const { source = official, version = '3.12', env } = options;
  return planPythonCopy({ version, source: await inside(source), base: await inside(base, env) });
}

describe('a Python from one image in another', () => {
  test('brings its folder, and the libraries that the base lacks', async () => {
    expect((await planned(debian)).lines).toEqual([
      'COPY --from=python /usr/local/ /usr/local/',
      `COPY --from=python /${libraries}/libsqlite3.so.0.8.6 /${libraries}/libsqlite3.so.0`,
      `COPY --from=python /${libraries}/libssl.so.3 /${libraries}/libssl.so.3`,
    ]);
  });

  test('has its libraries where programs of the base look for them', async () => {
    expect((await planned(fedora)).lines).toContain(
      `COPY --from=python /${libraries}/libssl.so.3 /usr/lib64/libssl.so.3`,
    );
  });

  test.each([
    [
      'comes first on PATH where it is not there',
      ['PATH=/usr/bin'],
      debian,
      'ENV PATH="/usr/local/bin:/usr/bin"',
    ],
    [
      'comes before another Python',
      ['PATH=/opt/bin:/usr/local/bin'],
      { ...debian, 'opt/bin/python3': elf },
      'ENV PATH="/usr/local/bin:/opt/bin:/usr/local/bin"',
    ],
  ])('%s', async (_, env, base, line) => {
    expect((await planned(base, { env })).lines.at(-1)).toBe(line);
  });

  test.each<[string, TestTree, { source?: TestTree; version?: string }, string]>([
    ['a base with another C library', alpine, {}, 'It is built for glibc, and the base has musl.'],
    ['a base with none', { 'bin/app': elf }, {}, 'The base has no C library'],
    ['another series', debian, { version: '3.13' }, 'Its python is Python 3.12.'],
    ['an image without Python', debian, { source: debian }, 'It has no python on its PATH.'],
    [
      'an image without pip',
      debian,
      { source: Object.fromEntries(Object.entries(official).filter(([name]) => !name.endsWith('pip'))) },
      'It has no pip beside its python.',
    ],
    [
      'a Python among files of its system',
      debian,
      {
        source: {
          'lib64/ld-linux-x86-64.so.2': elf,
          'usr/bin/python': elf,
          'usr/bin/pip': elf,
        },
      },
      'among files of its system',
    ],
  ])('is refused: %s', async (_, base, options, why) => {
    await expect(planned(base, options)).rejects.toMatchObject({
      code: 'python_misfit',
      advice: { why: expect.stringContaining(why) },
    });
  });

  test('is refused where glibc is older than it needs, as the files themselves say', async () => {
    const [source, base] = [await inside(official), await inside(debian)];
    const { programs, baseLibrary } = planPythonCopy({ version: '3.12', source, base });
    const needed = await newestGlibc({ layers: source.layers, files: programs, signal });
    const provided = await newestGlibc({
      layers: base.layers,
      files: baseLibrary === undefined ? [] : [baseLibrary],
      signal,
    });
    expect({ needed, provided }).toEqual({ needed: 36, provided: 31 });
    expect(() => checkGlibc({ version: '3.12', needed, provided })).toThrow(
      'It needs glibc 2.36, and the base has glibc 2.31.',
    );
    expect(() => checkGlibc({ version: '3.12', needed, provided: 36 })).not.toThrow();
    expect(() => checkGlibc({ version: '3.12', needed, provided: undefined })).not.toThrow();
  });
});
