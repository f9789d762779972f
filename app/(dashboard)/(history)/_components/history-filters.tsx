'use client';

import { Search, X } from 'lucide-react';
import { type KeyboardEvent, useRef } from 'react';
import { Button } from '#app/_components/button.tsx';
import { KeyCap } from '#app/_components/key-cap.tsx';
import { Segmented } from '#app/_components/segmented.tsx';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { formatCount } from '#lib/builds/format.ts';
import type { AddressFilter } from '../../_components/use-filter-draft.ts';
import { type HistoryFilter, statusFilters } from './history-filter.ts';
import type { Counts } from './merge-rows.ts';

export interface HistoryFiltersProps {
  readonly filters: AddressFilter<HistoryFilter>;
  readonly counts: Counts;
}

export function HistoryFilters(props: HistoryFiltersProps) {
  const { filters, counts } = props;
  const { status, text, image } = filters.draft;
  const field = useRef<HTMLInputElement>(null);
  useShortcut('/', () => field.current?.focus());

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key !== 'Escape') return;
    if (text === '') event.currentTarget.blur();
    else filters.type({ text: '' });
  }

  return (
    <search className="flex flex-wrap items-center gap-1.5 px-6 pt-3.5 pb-3 max-md:gap-2 max-md:px-4 max-md:py-3">
      <label className="field-ring flex h-control-sm w-[264px] items-center gap-2 rounded-md bg-surface-raised pr-[5px] pl-[9px] text-ink-3 inset-ring inset-ring-line-control hover:inset-ring-ink-4 max-md:w-full touch:h-touch touch:text-lead">
        <Search className="size-3.5" aria-hidden />
        <input
          ref={field}
          type="search"
          aria-label="Search builds"
          aria-keyshortcuts="/"
          placeholder="Image, digest, #number"
          value={text}
          onChange={(event) => filters.type({ text: event.target.value })}
          onKeyDown={onKeyDown}
          className="min-w-0 flex-1 bg-transparent text-ink outline-none"
        />
        <KeyCap>/</KeyCap>
      </label>
      <div className="max-w-full overflow-x-auto max-md:w-full">
        <Segmented
          label="Status"
          value={status}
          onChange={(value) => filters.go({ status: statusFilters.find((each) => each === value) ?? 'all' })}
          options={statusFilters.map((each) => ({
            value: each,
            label: statusLabels[each],
            count: each in counts ? formatCount(counts[each as keyof Counts]) : undefined,
          }))}
          className="max-md:min-w-full"
        />
      </div>
      {image !== null && (
        <Button
          size="sm"
          icon={<X />}
          aria-label={`Show builds of every image, not of ${image} alone`}
          onClick={() => filters.go({ image: null })}
        >
          <span className="cut max-w-[min(32ch,60vw)]">{image}</span>
        </Button>
      )}
      <p aria-hidden className="ml-auto flex gap-3 text-small text-ink-3 max-xl:hidden">
        <span className="inline-flex items-center gap-1.5">
          <span className="h-[7px] w-3 bg-tide-solid" />
          Pull
        </span>
        <span className="inline-flex items-center gap-1.5">
          <span className="h-[7px] w-3 bg-steps-fill" />
          Other stages
        </span>
      </p>
    </search>
  );
}

const statusLabels = {
  all: 'All',
  running: 'Running',
  failed: 'Failed',
  queued: 'Queued',
  succeeded: 'Succeeded',
  cancelled: 'Cancelled',
} as const;
