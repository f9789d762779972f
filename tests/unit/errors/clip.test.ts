import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clip } from '#lib/errors/clip.ts';

test.each([
  ['short', 5, 'short'],
  ['longer', 5, 'long…'],
  ['a🙂b🙂', 5, 'a🙂b…'],
  ['a🙂b', 3, 'a…'],
])('%j in at most %i characters is %j', (text, charactersMax, expected) => {
  expect(clip(text, charactersMax)).toBe(expected);
});

test('whatever it is, it is no longer than asked for and has no half characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 40 }), (text, charactersMax) => {
      const clipped = clip(text, charactersMax);
      expect(clipped.length).toBeLessThanOrEqual(charactersMax);
      expect(clipped.isWellFormed()).toBe(true);
      expect(text.startsWith(clipped.replace(/…$/, ''))).toBe(true);
    }),
  );
});
