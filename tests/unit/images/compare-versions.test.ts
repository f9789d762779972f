import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareVersions } from '#lib/images/compare-versions.ts';

const ordered = {
  // The examples of the specification, in its order, and what people write beside them.
  python: [
    '0.9.9',
    '1.dev0',
    '1.0.dev456',
    '1.0a1',
    '1.0a2.dev456',
    '1.0a12.dev456',
    '1.0a12',
    '1.0b1.dev456',
    '1.0b2',
    '1.0b2.post345.dev456',
    '1.0b2.post345',
    '1.0rc1.dev456',
    '1.0rc1',
    '1.0',
    '1.0+abc.5',
    '1.0+abc.7',
    '1.0+5',
    '1.0.post456.dev34',
    '1.0.post456',
    '1.0.15',
    '1.1.dev1',
    '1.9',
    '1.10',
    '2024.2.1',
    '1!0.1',
  ],
  debian: [
    '1.0~~',
    '1.0~rc1-1',
    '1.0-1',
    '1.0-1+b1',
    '1.0-1+deb12u1',
    '1.0-2',
    '1.0a',
    '1.0+dfsg-1',
    '1.0.1',
    '1:0.1',
  ],
  alpine: ['1.2_alpha1', '1.2_beta1-r3', '1.2_rc2', '1.2', '1.2-r10', '1.2_p1', '1.2.1', '1.37.0-r8'],
} as const;

describe.each(['python', 'debian', 'alpine'] as const)('versions of %s', (kind) => {
  test.each(ordered[kind].slice(1).map((newer, at) => [ordered[kind][at] as string, newer]))(
    '%s is older than %s',
    (older, newer) => {
      expect(compareVersions(kind, older, newer)).toBeLessThan(0);
      expect(compareVersions(kind, newer, older)).toBeGreaterThan(0);
      expect(compareVersions(kind, newer, newer)).toBe(0);
    },
  );

  test('have one order, whatever they hold', () => {
    const part = fc.constantFrom(
      '1',
      '0',
      '10',
      '.',
      '-',
      'r',
      'rc',
      'dev',
      'post',
      'a',
      '~',
      '+',
      '_',
      ':',
      '!',
      'é',
    );
    const version = fc.array(part, { maxLength: 9 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        const compare = (one: string, other: string) => Math.sign(compareVersions(kind, one, other));
        expect(compare(a, b)).toBe(0 - compare(b, a));
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

test.each([
  ['1.0', '1.0.0'],
  ['v1.0', '1.0'],
  ['1.0-post1', '1.0.post1'],
  ['1.0ALPHA1', '1.0a1'],
  ['1.0.0a1', '1.0a1'],
])('%s and %s are one version of Python packages', (one, other) => {
  expect(compareVersions('python', one, other)).toBe(0);
});
