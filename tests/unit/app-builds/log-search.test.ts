import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  firstMatchFrom,
  includesQuery,
  markRuns,
  stepMatch,
} from '#app/(dashboard)/builds/[number]/_components/log-search.ts';

describe('marking what was searched for', () => {
  it('marks every place, whatever its case, across styles', () => {
    expect(markRuns([{ text: 'Lay', colour: 'cyan' }, { text: 'er 8, layer 9' }], 'layer')).toEqual([
      { text: 'Lay', colour: 'cyan', isMatch: true },
      { text: 'er', isMatch: true },
      { text: ' 8, ', isMatch: false },
      { text: 'layer', isMatch: true },
      { text: ' 9', isMatch: false },
    ]);
  });

  it('marks nothing for no query, and leaves the text whole for any', () => {
    expect(markRuns([{ text: 'abc' }], '')).toEqual([{ text: 'abc', isMatch: false }]);
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), (texts, query) => {
        const marked = markRuns(
          texts.map((text) => ({ text })),
          query,
        );
        expect(marked.map(({ text }) => text).join('')).toBe(texts.join(''));
      }),
    );
  });

  it('does not shift marks where lower case is longer than the letter', () => {
    expect(
      markRuns([{ text: 'İstanbul layer' }], 'layer')
        .map(({ text }) => text)
        .join(''),
    ).toBe('İstanbul layer');
    expect(includesQuery('İstanbul LAYER', 'layer')).toBe(true);
    expect(includesQuery('anything', '')).toBe(false);
  });
});

describe('moving between matches', () => {
  it('goes round at both ends and stays where there are none', () => {
    expect(stepMatch({ place: 2, count: 3, by: 1 })).toBe(0);
    expect(stepMatch({ place: 0, count: 3, by: -1 })).toBe(2);
    expect(stepMatch({ place: 0, count: 0, by: 1 })).toBe(0);
  });

  it('begins with the first match at or after the line that is read', () => {
    expect(firstMatchFrom([3, 8, 20], 8)).toBe(1);
    expect(firstMatchFrom([3, 8, 20], 9)).toBe(2);
    expect(firstMatchFrom([3, 8, 20], 21)).toBe(0);
    expect(firstMatchFrom([], 1)).toBe(0);
  });
});
