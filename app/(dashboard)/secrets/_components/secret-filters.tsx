'use client';

import { Search } from 'lucide-react';
import { useRef } from 'react';
import { KeyCap } from '#app/_components/key-cap.tsx';
import { Segmented } from '#app/_components/segmented.tsx';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { type SecretType, secretTypes } from '#lib/secrets/schema.ts';
import { useFilterDraft } from '../../_components/use-filter-draft.ts';

const shortNames: Readonly<Record<SecretType, string>> = {
  docker_hub: 'Docker Hub',
  aws: 'ECR',
  gcp: 'Google',
  registry: 'Other',
  custom: 'Custom',
};

interface SecretFilter {
  readonly search: string;
  readonly type: SecretType | null;
}

/** Search and type. */
export function SecretFilters(props: {
  readonly search: string;
  readonly type: SecretType | null;
  /** Of every secret that the search found. */
  readonly types: readonly SecretType[];
}) {
  const { types } = props;
  const input = useRef<HTMLInputElement>(null);
  const filters = useFilterDraft<SecretFilter>({
    filter: { search: props.search, type: props.type },
    hrefOf,
  });
  const { search, type } = filters.draft;
  useShortcut('/', () => input.current?.focus());

  const counted = secretTypes.map((each) => ({
    value: each,
    label: shortNames[each],
    count: types.filter((found) => found === each).length,
  }));
  return (
    <div className="flex flex-wrap items-center gap-1.5 px-6 pt-3.5 pb-3 max-md:gap-2 max-md:px-4">
      <div className="field-ring flex h-control-sm w-[264px] items-center gap-2 rounded-md bg-surface-raised pr-1 pl-2.5 text-ink-3 inset-ring inset-ring-line-control max-md:w-full touch:h-touch">
        <Search className="size-3.5" aria-hidden />
        <input
          ref={input}
          type="search"
          aria-label="Search secrets"
          aria-keyshortcuts="/"
          placeholder="Name or host"
          value={search}
          onChange={(event) => filters.type({ search: event.target.value })}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            if (search === '') input.current?.blur();
            else filters.type({ search: '' });
          }}
          className="min-w-0 flex-1 self-stretch bg-transparent text-ink outline-none touch:text-lead [&::-webkit-search-cancel-button]:hidden"
        />
        <KeyCap>/</KeyCap>
      </div>
      <div className="max-w-full overflow-x-auto max-md:w-full">
        <Segmented
          label="Type"
          value={type ?? 'all'}
          onChange={(value) => filters.go({ type: secretTypes.find((each) => each === value) ?? null })}
          options={[
            { value: 'all', label: 'All', count: types.length },
            ...counted.filter(({ count, value }) => count > 0 || value === type),
          ]}
          className="max-md:min-w-full"
        />
      </div>
    </div>
  );
}

function hrefOf({ search, type }: SecretFilter): string {
  const query = new URLSearchParams();
  if (search.trim() !== '') query.set('q', search.trim());
  if (type !== null) query.set('type', type);
  return query.size === 0 ? '/secrets' : `/secrets?${query}`;
}
