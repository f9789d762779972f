'use client';

import { Search } from 'lucide-react';
import { usePathname, useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { KeyCap } from '#app/_components/key-cap.tsx';
import { Segmented } from '#app/_components/segmented.tsx';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { type SecretType, secretTypes } from '#lib/secrets/schema.ts';

/** Time without a keystroke after which the search goes into the address. */
const settleMs = 150;

const shortNames: Readonly<Record<SecretType, string>> = {
  docker_hub: 'Docker Hub',
  aws: 'ECR',
  gcp: 'Google',
  registry: 'Other',
  custom: 'Custom',
};

/** Search and type. Both live in the address, so that a list can be sent to somebody. */
export function SecretFilters(props: {
  readonly search: string;
  readonly type: SecretType | null;
  /** Of every secret that the search found. */
  readonly types: readonly SecretType[];
}) {
  const { search, type, types } = props;
  const router = useRouter();
  const pathname = usePathname();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(search);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  function go(next: { readonly search: string; readonly type: string | null }) {
    const query = new URLSearchParams();
    if (next.search !== '') query.set('q', next.search);
    if (next.type !== null) query.set('type', next.type);
    router.replace(query.size === 0 ? pathname : `${pathname}?${query}`, { scroll: false });
  }

  function onType(next: string) {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => go({ search: next.trim(), type }), settleMs);
  }

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
          value={text}
          onChange={(event) => onType(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            if (text === '') input.current?.blur();
            else onType('');
          }}
          className="min-w-0 flex-1 self-stretch bg-transparent text-ink outline-none touch:text-lead [&::-webkit-search-cancel-button]:hidden"
        />
        <KeyCap>/</KeyCap>
      </div>
      <div className="max-w-full overflow-x-auto max-md:w-full">
        <Segmented
          label="Type"
          value={type ?? 'all'}
          onChange={(value) => go({ search: text.trim(), type: value === 'all' ? null : value })}
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
