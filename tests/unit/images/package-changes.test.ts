import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { align } from '#lib/images/align.ts';
import type { InstalledPackage } from '#lib/images/contents.ts';
import { packageChanges } from '#lib/images/package-changes.ts';

const arbitraryPackage: fc.Arbitrary<InstalledPackage> = fc.record({
  kind: fc.constantFrom('python', 'debian', 'alpine'),
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  version: fc.constantFrom('1', '2', '2.0', '10'),
});
const packages = fc.uniqueArray(arbitraryPackage, { selector: ({ kind, name }) => `${kind} ${name}` });
const keyOf = ({ kind, name }: Pick<InstalledPackage, 'kind' | 'name'>) => `${kind} ${name}`;

describe('changes of packages', () => {
  test('lead from the one list to the other', () => {
    fc.assert(
      fc.property(packages, packages, (before, after) => {
        const held = new Map(before.map((each) => [keyOf(each), each.version]));
        for (const change of packageChanges(before, after)) {
          expect(held.get(keyOf(change)) ?? null).toBe(change.before);
          if (change.after === null) held.delete(keyOf(change));
          else held.set(keyOf(change), change.after);
        }
        expect(held).toEqual(new Map(after.map((each) => [keyOf(each), each.version])));
      }),
    );
  });

  test('turn round with the lists', () => {
    const turned = { added: 'removed', removed: 'added', up: 'down', down: 'up', other: 'other' } as const;
    fc.assert(
      fc.property(packages, packages, (before, after) => {
        const back = packageChanges(after, before).map((each) => ({
          ...each,
          before: each.after,
          after: each.before,
          way: turned[each.way],
        }));
        expect(packageChanges(before, after)).toEqual(back);
      }),
    );
  });

  test('say which way a version went', () => {
    const of = (kind: InstalledPackage['kind'], name: string, version: string) => ({ kind, name, version });
    const changes = packageChanges(
      [
        of('python', 'numpy', '2.1.0'),
        of('python', 'scipy', '1.14.0'),
        of('debian', 'curl', '7.88.1-10+deb12u8'),
      ],
      [
        of('python', 'numpy', '2.1.0rc1'),
        of('python', 'torch', '2.5.0'),
        of('debian', 'curl', '7.88.1-10+deb12u12'),
      ],
    );
    expect(changes.map(({ name, way }) => `${name} ${way}`)).toEqual([
      'numpy down',
      'scipy removed',
      'torch added',
      'curl up',
    ]);
  });
});

describe('aligned lists', () => {
  const keys = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });

  test('hold each place of both once, in order, and pair only what is alike', () => {
    fc.assert(
      fc.property(keys, keys, (before, after) => {
        const aligned = align(before, after);
        expect(aligned.flatMap((place) => place.before ?? [])).toEqual(before.map((_, at) => at));
        expect(aligned.flatMap((place) => place.after ?? [])).toEqual(after.map((_, at) => at));
        for (const place of aligned) {
          if (place.before !== null && place.after !== null)
            expect(before[place.before]).toBe(after[place.after]);
        }
        const pairs = aligned.filter((place) => place.before !== null && place.after !== null);
        expect(pairs.length).toBe(longestCommon(before, after));
      }),
    );
  });

  test('that are too long to compare count as different where they differ', () => {
    const many = (prefix: string) => [
      'same',
      ...Array.from({ length: 1_500 }, (_, at) => `${prefix}${at}`),
      'end',
    ];
    const pairs = align(many('a'), many('b')).filter(
      (place) => place.before !== null && place.after !== null,
    );
    expect(pairs).toEqual([
      { before: 0, after: 0 },
      { before: 1_501, after: 1_501 },
    ]);
  });
});

/** By its definition, for lists that are short. */
function longestCommon(before: readonly string[], after: readonly string[]): number {
  const [first, ...rest] = before;
  if (first === undefined) return 0;
  const at = after.indexOf(first);
  const without = longestCommon(rest, after);
  return at === -1 ? without : Math.max(without, 1 + longestCommon(rest, after.slice(at + 1)));
}
