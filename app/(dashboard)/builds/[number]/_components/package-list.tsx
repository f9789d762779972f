import type { InstalledPackage } from '#lib/images/contents.ts';
import { packageGroups } from '../../_components/package-groups.ts';
import { PackageSearch } from '../../_components/package-search.tsx';

/** What is installed in an image, by kind and name. */
export function PackageList({ packages }: { readonly packages: readonly InstalledPackage[] }) {
  return (
    <PackageSearch
      items={packages}
      nameOf={({ name }) => name}
      groupLabel="Kind of packages"
      groups={packageGroups}
    >
      {(shown) => (
        <ul
          aria-label="Packages"
          className="grid grid-cols-[repeat(auto-fill,minmax(260px,1fr))] gap-x-7 max-md:grid-cols-1"
        >
          {shown.map(({ kind, name, version }) => (
            <li
              key={`${kind} ${name}`}
              className="flex min-h-7 items-baseline justify-between gap-3 border-b border-line py-1"
            >
              <span className="cut" title={name}>
                {name}
              </span>
              <span className="max-w-[60%] flex-none cut font-mono text-small text-ink-3" title={version}>
                {version}
              </span>
            </li>
          ))}
        </ul>
      )}
    </PackageSearch>
  );
}
