import { describe, expect, test } from 'vitest';
import { entrypointNames, judgeEntrypoint } from '#lib/images/entrypoint.ts';
import { openImage } from '#lib/images/open-image.ts';
import { argumentCalls } from '#lib/images/shell-script.ts';
import { layersOf, type TestTree } from '#tests/support/archive.ts';

const program = { program: '\x7fELF\0' };
const base: TestTree = {
  'bin/sh': program,
  'bin/bash': program,
  'usr/bin/env': program,
  'usr/bin/tini': program,
  'usr/bin/dumb-init': program,
  'usr/local/bin/gosu': program,
  'usr/bin/python3': program,
  'usr/bin/node': program,
  'srv/server': program,
};
const script = (...lines: readonly string[]) => ({ program: ['#!/bin/sh', ...lines, ''].join('\n') });

const judge = async (entrypoint: readonly string[], ...trees: readonly TestTree[]) => {
  const config = { entrypoint, command: [], env: ['A=1'], workingDir: '/srv' };
  const { signal } = new AbortController();
  const layers = await layersOf(base, ...trees);
  const { files } = await openImage({ layers, wanted: new Set(entrypointNames(config)), signal });
  return judgeEntrypoint({ files, config });
};

describe('an entrypoint that runs its arguments', () => {
  test.each<[string, readonly string[], TestTree]>([
    ['a script', ['/e.sh'], { 'e.sh': script('set -e', 'exec "$@"') }],
    ['a script on PATH', ['e.sh'], { 'usr/local/bin/e.sh': script('exec "$@"') }],
    ['a script in the working directory', ['./e.sh'], { 'srv/e.sh': script('exec "$@"') }],
    ['a script behind a link', ['/e.sh'], { 'e.sh': { link: 'opt/e' }, 'opt/e': script('exec "$@"') }],
    ['a script of env', ['/e'], { e: { program: '#!/usr/bin/env bash\nexec "$@"' } }],
    ['a script with a blank before what runs it', ['/e'], { e: { program: '#! /bin/sh -e\nexec "$@"\n' } }],
    ['braces', ['/e.sh'], { 'e.sh': script(`exec "\${@}"`) }],
    ['arguments or nothing', ['/e.sh'], { 'e.sh': script(`exec \${1+"$@"}`) }],
    ['in a branch', ['/e.sh'], { 'e.sh': script('case $1 in', '  sh) exec "$@" ;;', 'esac') }],
    ['over two lines', ['/e.sh'], { 'e.sh': script('exec gosu app \\', '  "$@"') }],
    ['as another user', ['/e.sh'], { 'e.sh': script('exec gosu "$APP_USER" "$@"') }],
    ['with variables', ['/e.sh'], { 'e.sh': script('exec env A=1 B=2 "$@"') }],
    ['behind a script', ['/a.sh'], { 'a.sh': script('exec /b.sh "$@"'), 'b.sh': script('exec "$@"') }],
    ['a shell with a script', ['/bin/bash', '-e', '/e.sh'], { 'e.sh': 'exec "$@"\n' }],
    ['tini', ['/usr/bin/tini', '--'], {}],
    ['tini with options', ['tini', '-g', '-p', 'SIGTERM', '--', '/e.sh'], { 'e.sh': script('exec "$@"') }],
    ['dumb-init', ['dumb-init', '--rewrite', '15:3', '--'], {}],
    ['env', ['/usr/bin/env', '-u', 'HOME', 'A=1'], {}],
    ['s6-overlay', ['/init'], { init: script('exec /package/x'), 'etc/s6-overlay/s6-rc.d/x': '' }],
    ['-c with a name', ['/bin/sh', '-c', 'exec "$@"', '--'], {}],
    ['-c that takes $0', ['bash', '-euo', 'pipefail', '-c', 'exec "$0" "$@"'], {}],
  ])('%s', async (_, entrypoint, tree) => {
    expect(await judge(entrypoint, tree)).toEqual({
      state: 'passed',
      detail: expect.stringMatching(/runs its arguments/),
    });
  });
});

describe('an entrypoint that is believed', () => {
  test.each<[string, readonly string[], TestTree, RegExp]>([
    ['a program', ['/srv/server'], {}, /server is a program; .* assumed/],
    ['a program by tini', ['tini', '--', '/srv/server', '--port', '80'], {}, /server is a program/],
    ['a script of Python', ['/e'], { e: { program: '#!/usr/bin/python3\nprint()' } }, /a script of python3/],
    ['an interpreter with a script', ['node', 'server.js'], {}, /up to server\.js/],
    ['a command that nobody knows', ['/e'], { e: script('exec $RUN "$@"') }, /hands its arguments on/],
    ['scripts in a circle', ['/e'], { e: script('exec /e "$@"', 'exec /e "$@"') }, /too many others/],
  ])('%s', async (_, entrypoint, tree, detail) => {
    expect(await judge(entrypoint, tree)).toMatchObject({
      state: 'passed',
      isAssumed: true,
      detail: expect.stringMatching(detail),
    });
  });
});

describe('an entrypoint that does not', () => {
  test.each<[string, readonly string[], TestTree, RegExp]>([
    ['the shell form', ['/bin/sh', '-c', '/srv/server'], {}, /sh -c ignores its arguments/],
    ['the shell form after options', ['bash', '-o', 'pipefail', '-ec', 'a; b'], {}, /ignores/],
    ['-c without a name', ['/bin/sh', '-c', 'exec "$@"'], {}, /loses the first of its arguments/],
    ['-c with a command of its own', ['/bin/sh', '-c', 'exec cat "$@"', '-'], {}, /command of its own/],
    ['a shell alone', ['bash'], {}, /bash takes its first argument for the name of a script/],
    ['Python alone', ['python3'], {}, /python3 takes its first argument/],
    ['a script without it', ['/e'], { e: script('/srv/server') }, /never runs its arguments/],
    ['a comment', ['/e'], { e: script('# exec "$@"', 'true # exec "$@"') }, /never runs/],
    ['without exec', ['/e'], { e: script('"$@"') }, /without exec/],
    ['a loop over them', ['/e'], { e: script('for a in "$@"; do echo "$a"; done') }, /never runs/],
    ['behind a script', ['/a'], { a: script('exec /b "$@"'), b: script('true') }, /\/b never runs/],
    ['what is not there', ['/e.sh'], {}, /\/e\.sh is not in the image/],
    ['what is not there, behind tini', ['tini', '--', '/e.sh'], {}, /\/e\.sh is not in the image/],
    ['a wrapper that is not there', ['/sbin/tini', '--'], {}, /\/sbin\/tini is not in the image/],
    ['what is not on PATH', ['e.sh'], { 'srv/e.sh': script('exec "$@"') }, /e\.sh is not on PATH/],
    ['a broken link', ['/e'], { e: { link: 'gone' } }, /\/e is not in the image/],
    ['a broken link on PATH', ['e'], { 'bin/e': { link: 'gone' } }, /\/bin\/e is a broken link/],
    ['a circle', ['/e'], { e: { link: 'e' } }, /leads in circles/],
    ['a folder', ['/srv'], {}, /no file that can be run/],
    ['an empty word', [''], {}, /not on PATH/],
    ['a file that is not executable', ['/e'], { e: '#!/bin/sh\nexec "$@"' }, /\/e is not executable/],
    ['a script without its first line', ['/e'], { e: { program: 'exec "$@"' } }, /does not begin with #!/],
    [
      'a script for what is not there',
      ['/e'],
      { e: { program: '#!/bin/zsh\nexec "$@"' } },
      /needs \/bin\/zsh/,
    ],
    ['the same by env', ['/e'], { e: { program: '#!/usr/bin/env zsh\nexec "$@"' } }, /needs zsh/],
    [
      'line ends of Windows',
      ['/e'],
      { e: { program: '#!/bin/sh\r\nexec "$@"\r\n' } },
      /line ends of Windows/,
    ],
    ['a name that every object has', ['constructor'], {}, /constructor is not on PATH/],
  ])('%s', async (_, entrypoint, tree, detail) => {
    const finding = await judge(entrypoint, tree);
    expect(finding).toMatchObject({ state: 'warned', detail: expect.stringMatching(detail) });
    expect(finding.remedy).toMatch(/^[A-Z].*\.$/s);
  });
});

test('a script that is too long to read is not judged', async () => {
  const long = script('# '.padEnd(70_000, 'x'), 'exec "$@"');
  expect(await judge(['/e'], { e: long })).toMatchObject({ state: 'skipped' });
  expect((await judge(['/e'], { e: script('exec "$@"', '# '.padEnd(70_000, 'x')) })).state).toBe('passed');
});

describe('where a script hands on its arguments', () => {
  test.each([
    ['exec "$@"', [true, '']],
    ['if true; then exec "$@"; fi', [true, '']],
    ['(exec "$@")', [true, '']],
    ['exec -a name "$@"', [true, '']],
    ['[ $# -gt 0 ] && exec "$@" 2>&1', [true, '']],
    ['echo "it’s #1" && exec tini -- $*', [true, 'tini --']],
    ['echo don\'t\nexec "$@"', [true, '']],
    ['gosu app "$@"', [false, 'gosu app']],
    ['then "$@"', [false, '']],
  ] as const)('%s', (text, [isExec, words]) => {
    expect(argumentCalls(text)).toEqual([{ isExec, words: words === '' ? [] : words.split(' ') }]);
  });

  test.each(['# exec "$@"', 'true # exec "$@"', 'echo "$1"', 'x="$@"', 'echo \'exec "$@"\'', ''])(
    'not in %s',
    (text) => expect(argumentCalls(text)).toEqual([]),
  );

  test('is found in no time, whatever the script is made of', () => {
    for (const part of ['"', "'", '\\', '"\\', "a'", 'exec ', ' ', '${', '\\\n']) {
      const beganAt = performance.now();
      argumentCalls(part.repeat(64 * 1024));
      expect(performance.now() - beganAt).toBeLessThan(5_000);
    }
  });
});
