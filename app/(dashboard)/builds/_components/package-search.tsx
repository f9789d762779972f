'use client';

import { Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { Segmented } from '#app/_components/segmented.tsx';
import { formatCount, formatCountOf } from '#lib/builds/format.ts';

export interface PackageSearchProps<Item> {
  readonly items: readonly Item[];
  readonly nameOf: (item: Item) => string;
  /** What one may choose to see alone. */
  readonly groups: readonly {
    readonly value: string;
    readonly label: string;
    readonly has: (item: Item) => boolean;
  }[];
  readonly groupLabel: string;
  readonly children: (items: readonly Item[]) => ReactNode;
}

/** A long list of packages: by group, by a part of their names, and a screen of them at a time. */
export function PackageSearch<Item>(props: PackageSearchProps<Item>) {
  const { items, groups } = props;
  const [text, setText] = useState('');
  const [group, setGroup] = useState('all');
  const [shown, setShown] = useState(shownAtOnce);
  const wanted = text.trim().toLowerCase();
  const chosen = groups.find(({ value }) => value === group);
  const found = items.filter(
    (item) => (chosen?.has(item) ?? true) && props.nameOf(item).toLowerCase().includes(wanted),
  );
  const hidden = found.length - shown;
  const used = groups
    .map((each) => ({ ...each, count: items.filter(each.has).length }))
    .filter(({ count }) => count > 0);

  function narrow(change: () => void) {
    change();
    setShown(shownAtOnce);
  }

  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <label className="field-ring flex h-control-sm w-[220px] items-center gap-2 rounded-md bg-surface-raised px-[9px] text-ink-3 inset-ring inset-ring-line-control hover:inset-ring-ink-4 max-md:w-full touch:h-touch touch:text-lead">
          <Search className="size-3.5" aria-hidden />
          <input
            type="search"
            aria-label="Search packages"
            placeholder="Package"
            value={text}
            onChange={(event) => narrow(() => setText(event.target.value))}
            onKeyDown={(event) => event.key === 'Escape' && narrow(() => setText(''))}
            className="min-w-0 flex-1 bg-transparent text-ink outline-none"
          />
        </label>
        {used.length > 1 && (
          <Segmented
            label={props.groupLabel}
            value={group}
            onChange={(value) => narrow(() => setGroup(value))}
            options={[
              { value: 'all', label: 'All', count: formatCount(items.length) },
              ...used.map(({ value, label, count }) => ({ value, label, count: formatCount(count) })),
            ]}
            className="max-w-full flex-wrap max-md:w-full"
          />
        )}
        <span role="status" className="text-small text-ink-3 tabular-nums">
          {wanted === '' ? '' : `${formatCountOf(found.length, 'match', 'matches')}`}
        </span>
      </div>
      {found.length === 0 ? (
        <p className="py-2 text-ink-3">No package has this in its name.</p>
      ) : (
        props.children(found.slice(0, shown))
      )}
      {hidden > 0 && (
        <div className="flex items-center gap-3 text-small text-ink-3">
          <Button size="sm" onClick={() => setShown(shown + moreAtOnce)}>
            Show {formatCount(Math.min(hidden, moreAtOnce))} more
          </Button>
          {formatCount(shown)} of {formatCount(found.length)}
        </div>
      )}
    </div>
  );
}

/** Two screens; whoever looks for one types its name. */
const shownAtOnce = 60;
const moreAtOnce = 240;
