import { describe, expect, test } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatBytesOf,
  formatCount,
  formatCountOf,
  formatDay,
  formatDigest,
  formatDigestShort,
  formatDuration,
  formatExactTime,
  formatLogTime,
  formatPercent,
  formatRate,
  formatTimeLeft,
} from '#lib/builds/format.ts';

describe('bytes are decimal, with three significant figures', () => {
  test.each([
    [0, '0 B'],
    [184, '184 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [9_994, '9.99 kB'],
    [9_995, '10.0 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [29_700_000, '29.7 MB'],
    [402_600_000, '403 MB'],
    [2_660_000_000, '2.66 GB'],
    [1e15, '1.00 PB'],
    [1e18, '1000 PB'],
    [-5, '0 B'],
  ])('%d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test.each([
    [1_920_000_000, 2_660_000_000, '1.92 of 2.66 GB'],
    [0, 2_660_000_000, '0 of 2.66 GB'],
    [565_100_000, 911_500_000, '565 of 912 MB'],
    [5, 184, '5 of 184 B'],
    [1_000_000, 2_660_000_000, '0.00 of 2.66 GB'],
  ])('%d of %d share the unit', (done, total, text) => expect(formatBytesOf(done, total)).toBe(text));

  test('a rate is bytes a second', () => expect(formatRate(84_300_000)).toBe('84.3 MB/s'));
});

describe('durations', () => {
  test.each([
    [0, '0.0s'],
    [-40, '0.0s'],
    [40, '0.0s'],
    [400, '0.4s'],
    [9_949, '9.9s'],
    [9_950, '10s'],
    [48_000, '48s'],
    [59_499, '59s'],
    [59_500, '1m 00s'],
    [105_000, '1m 45s'],
    [3_599_400, '59m 59s'],
    [3_599_500, '1h 00m'],
    [7_380_000, '2h 03m'],
    [360_000_000, '100h 00m'],
  ])('%d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  test.each([
    [0.2, 'about 1s'],
    [8.1, 'about 9s'],
    [30, 'about 30s'],
    [31, 'about 35s'],
    [56, 'about 1m 00s'],
    [121, 'about 2m 05s'],
  ])('%d s left reads %s', (seconds, text) => expect(formatTimeLeft(seconds)).toBe(text));
});

describe('counts and shares', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1204, '1,204'],
    [1_000_000, '1,000,000'],
  ])('%d is %s', (count, text) => expect(formatCount(count)).toBe(text));
  test('one is singular', () => expect(formatCountOf(1, 'image')).toBe('1 image'));
  test('many are plural', () => expect(formatCountOf(1204, 'image')).toBe('1,204 images'));
  test.each([
    [0, '0%'],
    [Number.NaN, '0%'],
    [0.724, '72%'],
    [0.999, '99%'],
    [1, '100%'],
  ])('%d is %s', (share, text) => expect(formatPercent(share)).toBe(text));
});

describe('digests', () => {
  const digest = `sha256:${'7c1e09b4'.padEnd(60, '0')}5f2a`;
  test('12 hex in tables', () => expect(formatDigestShort(digest)).toBe('7c1e09b40000'));
  test('first 8 and last 4 in facts', () => expect(formatDigest(digest)).toBe('sha256:7c1e09b4…5f2a'));
});

describe('times', () => {
  const now = new Date('2026-11-23T18:40:00Z');
  test.each([
    ['2026-11-23T18:40:05Z', 'now'],
    ['2026-11-23T18:39:51Z', 'now'],
    ['2026-11-23T18:39:12Z', '48s ago'],
    ['2026-11-23T18:21:00Z', '19m ago'],
    ['2026-11-23T13:00:00Z', '5h ago'],
    ['2026-11-23T06:30:00Z', '06:30'],
    ['2026-11-22T09:00:00Z', '22 Nov'],
    ['2026-11-09T18:41:00Z', '9 Nov'],
    ['2025-11-09T18:41:00Z', '9 Nov 2025'],
  ])('%s is %s', (at, text) => expect(formatAge(at, now, 'UTC')).toBe(text));

  test('a day is that of the viewer', () => {
    expect(formatDay('2026-11-22T23:30:00Z', now, 'UTC')).toBe('Yesterday');
    expect(formatDay('2026-11-22T23:30:00Z', now, 'Europe/Berlin')).toBe('Today');
  });
  test('yesterday is yesterday across the turn of a year', () =>
    expect(formatDay('2026-12-31T12:00:00Z', new Date('2027-01-01T12:00:00Z'), 'UTC')).toBe('Yesterday'));
  test('a log line tells tenths', () =>
    expect(formatLogTime('2026-11-23T14:22:08.476Z', 'UTC')).toBe('14:22:08.4'));
  test('midnight is 00, never 24', () =>
    expect(formatLogTime('2026-11-23T00:00:00.000Z', 'UTC')).toBe('00:00:00.0'));
  test('the exact time names its zone', () =>
    expect(formatExactTime('2025-11-09T17:41:07Z', 'Europe/Berlin')).toBe('9 Nov 2025, 18:41:07 GMT+1'));
});
