import { describe, expect, it } from 'vitest';
import { parsePullArguments } from '#lib/cli/pull-arguments.ts';
import { reportError } from '#lib/errors/report.ts';

describe('the words after slipway pull', () => {
  it.each([
    ['busybox --to d', { folder: 'd', isJson: false, platform: { os: 'linux', architecture: 'amd64' } }],
    [
      '--to=d busybox',
      { folder: 'd', reference: { registry: 'docker.io', repository: 'library/busybox', tag: 'latest' } },
    ],
    [
      '--json busybox --to d --platform linux/arm/v6',
      { isJson: true, platform: { os: 'linux', architecture: 'arm', variant: 'v6' } },
    ],
    ['h.io/a/b:1 --to d --username u --password-stdin', { username: 'u', secretFile: undefined }],
    ['h.io/a/b:1 --to d --secret-file f', { username: undefined, secretFile: 'f' }],
    ['--to d -- busybox', { folder: 'd' }],
  ])('understands %s', (line, expected) => {
    expect(parsePullArguments(line.split(' '))).toMatchObject(expected);
  });

  it.each([
    ['', 'There is no image to pull'],
    ['--to d', 'There is no image to pull'],
    ['busybox', 'There is no folder to pull into'],
    ['busybox --to', '--to needs a value'],
    ['busybox --to=', '--to needs a value'],
    ['busybox alpine --to d', 'There is more than one image'],
    ['busybox --to d --username u', '--username and --password-stdin go together'],
    ['busybox --to d --password-stdin', '--username and --password-stdin go together'],
    ['busybox --to d --username u --password-stdin --secret-file f', 'There are two ways to sign in'],
    ['busybox --to d --json=yes', '--json takes no value'],
    ['busybox --to d --plattform linux/amd64', '`slipway pull` has no option "--plattform"'],
    ['busybox --to d -x', '`slipway pull` has no option "-x"'],
    ['busybox --to d --constructor', '`slipway pull` has no option "--constructor"'],
    ['BusyBox --to d', 'This is not an image reference'],
    ['busybox --to d --platform amd64', 'This is not a platform'],
  ])('does not take %j', (line, what) => {
    const failure = failureOf(line === '' ? [] : line.split(' '));
    expect(failure).toMatchObject({ what, kind: 'input' });
  });

  it.each([
    ['--password', 'hunter2-hunter2'],
    ['--password=hunter2-hunter2'],
    ['--pass=hunter2-hunter2'],
    ['-p', 'hunter2-hunter2'],
    ['-phunter2-hunter2'],
    ['--passwrd=hunter2-hunter2'],
  ])('refuses a password in the command line without repeating it: %s', (...words) => {
    const failure = failureOf(['h.io/a/b', '--to', 'd', '--username', 'u', ...words]);
    expect(failure.kind).toBe('input');
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  });
});

function failureOf(argv: readonly string[]) {
  try {
    parsePullArguments(argv);
  } catch (error) {
    return reportError(error);
  }
  throw new Error('it was taken');
}
