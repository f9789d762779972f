import { expect, test } from 'vitest';
import { readEnd } from '#app/(dashboard)/builds/compare/_components/compared-end.ts';

test.each([
  ['11', 11],
  ['#11', 11],
  [' 11 ', 11],
  ['011', 11],
])('%s names a build', (text, number) => {
  expect(readEnd(text)).toMatchObject({ number, problem: undefined });
});

test.each([undefined, '', ' ', ['1', '2']])('%j names none, which is nothing wrong', (asked) => {
  expect(readEnd(asked)).toEqual({ text: '', number: null, problem: undefined });
});

test.each([
  ['garbage', 'This is no number of a build.'],
  ['1.5', 'This is no number of a build.'],
  ['-1', 'This is no number of a build.'],
  ['0', 'There is no build #0.'],
  ['#99999999999', 'There is no build #99999999999.'],
])('%s is told at its field, where it stays to be corrected', (text, problem) => {
  expect(readEnd(text)).toEqual({ text, number: null, problem: expect.stringContaining(problem) });
});
