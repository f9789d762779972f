import { compareVersions } from './compare-versions.ts';
import type { InstalledPackage } from './contents.ts';

/** One package that two images do not have alike. `other`: its versions differ, and neither is newer. */
export interface PackageChange {
  readonly kind: InstalledPackage['kind'];
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly way: 'added' | 'removed' | 'up' | 'down' | 'other';
}

/** What became of the packages of an image, by kind and name as the lists are. */
export function packageChanges(
  before: readonly InstalledPackage[],
  after: readonly InstalledPackage[],
): readonly PackageChange[] {
  const versions = new Map<
    string,
    { kind: InstalledPackage['kind']; name: string; before?: string; after?: string }
  >();
  for (const [side, packages] of [
    ['before', before],
    ['after', after],
  ] as const) {
    for (const { kind, name, version } of packages) {
      const key = `${kind} ${name}`;
      versions.set(key, { ...(versions.get(key) ?? { kind, name }), [side]: version });
    }
  }
  const changes = [...versions.values()].flatMap((each): PackageChange[] => {
    const { kind, name, before: was = null, after: is = null } = each;
    if (was === is) return [];
    return [{ kind, name, before: was, after: is, way: wayOf(kind, was, is) }];
  });
  return changes.sort((one, other) => order(one, other));
}

function wayOf(
  kind: InstalledPackage['kind'],
  before: string | null,
  after: string | null,
): PackageChange['way'] {
  if (before === null) return 'added';
  if (after === null) return 'removed';
  const way = compareVersions(kind, before, after);
  if (way === 0) return 'other';
  return way < 0 ? 'up' : 'down';
}

function order(one: PackageChange, other: PackageChange): number {
  const kinds = kindOrder[one.kind] - kindOrder[other.kind];
  if (kinds !== 0) return kinds;
  return one.name < other.name ? -1 : Number(one.name > other.name);
}

const kindOrder = { python: 0, debian: 1, alpine: 2 } as const;
