import { describe, expect, test } from 'vitest';
import { parseByteRange } from '#app/_server/byte-range.ts';
import { downloadPathOf } from '#app/_server/download-path.ts';

describe('a Range header', () => {
  test.each<[string | undefined, ReturnType<typeof parseByteRange>]>([
    [undefined, null],
    ['bytes=0-', { start: 0, end: 100 }],
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=10-19', { start: 10, end: 20 }],
    ['bytes=10-1000', { start: 10, end: 100 }],
    ['bytes=-10', { start: 90, end: 100 }],
    ['bytes=-1000', { start: 0, end: 100 }],
    ['bytes=99-', { start: 99, end: 100 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=20-10', null],
    ['bytes=0-1,5-6', null],
    ['bytes=-', null],
    ['bytes=a-b', null],
    ['bytes=1e3-', null],
    ['lines=0-1', null],
    ['bytes=99999999999999999999-', null],
  ])('%s is %j of 100 bytes', (header, range) => {
    expect(parseByteRange(header, 100)).toEqual(range);
  });
});

describe('the address of a download', () => {
  test.each([
    ['/images/ml-train/latest.tar', 'ml-train', 'latest'],
    ['/images/ml-train/r3.tar?format=oci', 'ml-train', 'r3'],
    ['/builds/12/image.tar', null, '12'],
  ])('%s', (url, image, which) => {
    expect(downloadPathOf(url)).toMatchObject({ image, which });
  });

  test.each([
    '/images/ml-train',
    '/images/ml-train/latest',
    '/images/ML/latest.tar',
    '/images/a/b/latest.tar',
    '/images/../latest.tar',
    '/builds/12',
    '/builds/12/image.tar/',
    undefined,
  ])('%s is none', (url) => {
    expect(downloadPathOf(url)).toBeNull();
  });
});
