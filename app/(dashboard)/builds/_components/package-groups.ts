import type { InstalledPackage } from '#lib/images/contents.ts';

/** Packages by who installed them, as lists let people choose among them. */
export const packageGroups = [
  { value: 'python', label: 'Python', has: isOfKind('python') },
  { value: 'debian', label: 'Debian', has: isOfKind('debian') },
  { value: 'alpine', label: 'Alpine', has: isOfKind('alpine') },
] as const;

function isOfKind(kind: InstalledPackage['kind']) {
  return (item: Pick<InstalledPackage, 'kind'>) => item.kind === kind;
}
