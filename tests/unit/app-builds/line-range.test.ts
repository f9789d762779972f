import { describe, expect, it } from 'vitest';
import {
  extendRange,
  formatLineHash,
  holdsLine,
  parseLineHash,
} from '#app/(dashboard)/builds/[number]/_components/line-range.ts';

describe('line ranges in the address', () => {
  it.each([
    ['#L26', { from: 26, to: 26 }],
    ['#L26-L31', { from: 26, to: 31 }],
    ['#L31-L26', { from: 26, to: 31 }],
    ['#L0', null],
    ['#L', null],
    ['#L-1', null],
    ['#L26-31', null],
    ['#L26-L31-L40', null],
    ['#L99999999999999999999', null],
    ['#layers', null],
    ['', null],
  ])('reads %s', (hash, range) => {
    expect(parseLineHash(hash)).toEqual(range);
  });

  it('writes what it reads', () => {
    expect(formatLineHash({ from: 26, to: 26 })).toBe('#L26');
    expect(formatLineHash(extendRange(31, 26))).toBe('#L26-L31');
    expect(holdsLine(extendRange(31, 26), 28)).toBe(true);
    expect(holdsLine(extendRange(31, 26), 32)).toBe(false);
    expect(holdsLine(null, 1)).toBe(false);
  });
});
