'use client';

import { ArrowDown, ArrowUp, Equal, type LucideIcon, Minus, Plus } from 'lucide-react';
import type { PackageChange } from '#lib/images/package-changes.ts';
import { PackageSearch } from '../../_components/package-search.tsx';

/** Packages that differ, to be searched and narrowed. */
export function PackageTable(props: {
  readonly changes: readonly PackageChange[];
  readonly numbers: readonly [number, number];
}) {
  const [before, after] = props.numbers;
  return (
    <PackageSearch
      items={props.changes}
      nameOf={({ name }) => name}
      groupLabel="What became of them"
      groups={groups}
    >
      {(shown) => (
        <table aria-label="Packages that differ" className="w-full table-fixed border-collapse">
          <thead>
            <tr className="text-small text-ink-3">
              <th scope="col" className="w-[104px] py-1 text-left font-regular max-md:w-8">
                <span className="max-md:sr-only">Change</span>
              </th>
              <th scope="col" className="py-1 pr-2 text-left font-regular">
                Package
              </th>
              <th scope="col" className="w-[24%] px-2 py-1 text-left font-regular tabular-nums">
                #{before}
              </th>
              <th scope="col" className="w-[24%] py-1 pl-2 text-left font-regular tabular-nums">
                #{after}
              </th>
              <th scope="col" className="w-[76px] py-1 text-right font-regular max-md:hidden">
                Kind
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((change) => (
              <Row key={`${change.kind} ${change.name}`} change={change} />
            ))}
          </tbody>
        </table>
      )}
    </PackageSearch>
  );
}

function Row({ change }: { readonly change: PackageChange }) {
  const { word, icon: Icon, ink } = looks[change.way];
  return (
    <tr className="border-t border-line align-baseline">
      <td className="py-1.5">
        <span className="inline-flex items-center gap-1.5 text-small whitespace-nowrap">
          <Icon aria-hidden className={`size-3.5 ${ink}`} />
          <span className="max-md:sr-only">{word}</span>
        </span>
      </td>
      <th scope="row" className="py-1.5 pr-2 text-left font-medium wrap-anywhere">
        {change.name}
      </th>
      <Version text={change.before} className="px-2 text-ink-3" />
      <Version text={change.after} className="pl-2" />
      <td className="py-1.5 text-right text-small text-ink-3 max-md:hidden">{kindWords[change.kind]}</td>
    </tr>
  );
}

function Version({ text, className }: { readonly text: string | null; readonly className: string }) {
  return <td className={`py-1.5 font-mono text-small wrap-anywhere ${className}`}>{text ?? '–'}</td>;
}

const looks: Readonly<
  Record<PackageChange['way'], { readonly word: string; readonly icon: LucideIcon; readonly ink: string }>
> = {
  added: { word: 'Added', icon: Plus, ink: 'text-ok-fg' },
  removed: { word: 'Removed', icon: Minus, ink: 'text-bad-fg' },
  up: { word: 'Newer', icon: ArrowUp, ink: 'text-tide' },
  down: { word: 'Older', icon: ArrowDown, ink: 'text-warn-fg' },
  other: { word: 'Changed', icon: Equal, ink: 'text-ink-3' },
};

const kindWords = { python: 'Python', debian: 'Debian', alpine: 'Alpine' } as const;

const isOf = (way: PackageChange['way']) => (change: PackageChange) => change.way === way;
const groups = (['added', 'removed', 'up', 'down', 'other'] as const).map((way) => ({
  value: way,
  label: looks[way].word,
  has: isOf(way),
}));
