'use client';

import { Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { KeyCap } from '#app/_components/key-cap.tsx';
import { Segmented } from '#app/_components/segmented.tsx';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { formatCount } from '#lib/builds/format.ts';
import { type HistoryFilter, historyHref, statusFilters } from './history-filter.ts';
import type { Counts } from './merge-rows.ts';

export interface HistoryFiltersProps {
  readonly filter: HistoryFilter;
  readonly counts: Counts;
  /** Goes to another filter; the address is the only place where it is kept. */
  readonly onGo: (href: string) => void;
}

export function HistoryFilters(props: HistoryFiltersProps) {
  const { filter, counts, onGo } = props;
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(filter.text);
  useShortcut('/', () => field.current?.focus());

  // The address may change by other means: back and forth, or a button that clears it.
  const [seen, setSeen] = useState(filter.text);
  if (seen !== filter.text) {
    setSeen(filter.text);
    if (text.trim() !== filter.text) setText(filter.text);
  }

  useEffect(() => {
    if (text.trim() === filter.text) return;
    const timer = setTimeout(() => onGo(historyHref({ ...filter, text: text.trim() })), pauseMs);
    return () => clearTimeout(timer);
  }, [text, filter, onGo]);

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key !== 'Escape') return;
    if (text === '') event.currentTarget.blur();
    else setText('');
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
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          className="min-w-0 flex-1 bg-transparent text-ink outline-none"
        />
        <KeyCap>/</KeyCap>
      </label>
      <Segmented
        label="Status"
        value={filter.status}
        onChange={(value) => {
          const status = statusFilters.find((each) => each === value) ?? 'all';
          onGo(historyHref({ ...filter, status }));
        }}
        options={statusFilters.map((status) => ({
          value: status,
          label: statusLabels[status],
          count: formatCount(counts[status]),
        }))}
        className="max-md:w-full"
      />
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

const statusLabels = { all: 'All', running: 'Running', failed: 'Failed', queued: 'Queued' } as const;

/** After a key, wait for the next. */
const pauseMs = 250;
