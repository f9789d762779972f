import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCheckArguments, parseCollectArguments } from '#lib/cli/store-arguments.ts';
import { UsageError } from '#lib/cli/usage-error.ts';

describe('arguments of store gc', () => {
  it.each([
    [[], { folder: undefined, isJson: false, isDryRun: false, bytesMax: undefined, daysMax: undefined }],
    [['--dry-run', '--json'], { isDryRun: true, isJson: true }],
    [['--bytes-max', '50GB', '--days-max', '7'], { bytesMax: 50_000_000_000, daysMax: 7 }],
    [['--bytes-max=1.5 mb'], { bytesMax: 1_500_000 }],
    [['--bytes-max', '0', '--days-max', 'none'], { bytesMax: 0, daysMax: null }],
    [['--store', 'app'], { folder: path.resolve('app') }],
  ])('%j', (argv, expected) => {
    expect(parseCollectArguments(argv)).toMatchObject(expected);
  });

  it.each([
    [['--bytes-max', 'much']],
    [['--bytes-max', '-5GB']],
    [['--bytes-max', '5 GiB']],
    [['--bytes-max', '9999999PB']],
    [['--bytes-max']],
    [['--days-max', '0']],
    [['--days-max', '1.5']],
    [['--dry-run=yes']],
    [['--dryrun']],
    [['app']],
    [['--store', 'app', '--bytes-max', '1GB']],
  ])('%j mean nothing', (argv) => {
    expect(() => parseCollectArguments(argv)).toThrow(UsageError);
  });
});

describe('arguments of store check', () => {
  it.each([
    [[], { folder: undefined, isJson: false }],
    [['--store', '/srv/app', '--json'], { folder: '/srv/app', isJson: true }],
  ])('%j', (argv, expected) => {
    expect(parseCheckArguments(argv)).toEqual(expected);
  });

  it.each([[['--dry-run']], [['--store=']], [['now']]])('%j mean nothing', (argv) => {
    expect(() => parseCheckArguments(argv)).toThrow(UsageError);
  });
});
