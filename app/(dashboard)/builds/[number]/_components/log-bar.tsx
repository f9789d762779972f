'use client';

import { ChevronDown, ChevronUp, Download, Maximize2, Minimize2, Search, TextWrap, X } from 'lucide-react';
import { type KeyboardEvent, type Ref, useEffect, useRef } from 'react';
import { IconButton } from '#app/_components/icon-button.tsx';
import { KeyCap } from '#app/_components/key-cap.tsx';
import { useAnnounce } from '#app/_components/live-region.tsx';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { Switch } from '#app/_components/switch.tsx';
import { formatCount } from '#lib/builds/format.ts';
import type { LogSearch } from './use-log-search.ts';

export interface LogBarProps {
  readonly headingId: string;
  readonly search: LogSearch;
  /** Absent where the log has ended and there is nothing to follow. */
  readonly follow?: { readonly isOn: boolean; readonly onChange: (isOn: boolean) => void } | undefined;
  readonly isWrapped: boolean;
  readonly onWrap: (isWrapped: boolean) => void;
  readonly isFullScreen: boolean;
  readonly onFullScreen: (isFullScreen: boolean) => void;
  readonly onDownload: () => void;
}

export function LogBar(props: LogBarProps) {
  const { search, follow, isWrapped, isFullScreen } = props;
  const field = useRef<HTMLInputElement>(null);
  useShortcut('/', () => field.current?.focus());

  return (
    <header className="flex min-h-11 flex-none flex-wrap items-center gap-1 border-b border-line py-1 pr-2 pl-4">
      <h2 id={props.headingId} className="mr-2.5 font-semibold max-md:flex-1">
        Log
      </h2>
      <SearchField ref={field} search={search} />
      <span aria-hidden className="mx-1 h-4 w-px bg-line-strong max-md:hidden" />
      {follow !== undefined && (
        <Switch label="Follow" isOn={follow.isOn} onChange={follow.onChange} shortcut="f" />
      )}
      <IconButton
        size="sm"
        className="max-md:hidden"
        label="Wrap lines"
        icon={<TextWrap />}
        isPressed={isWrapped}
        onClick={() => props.onWrap(!isWrapped)}
      />
      <IconButton size="sm" label="Download log" icon={<Download />} onClick={props.onDownload} />
      <IconButton
        size="sm"
        label="Full screen log"
        icon={isFullScreen ? <Minimize2 /> : <Maximize2 />}
        isPressed={isFullScreen}
        onClick={() => props.onFullScreen(!isFullScreen)}
      />
    </header>
  );
}

function SearchField(props: { readonly ref: Ref<HTMLInputElement>; readonly search: LogSearch }) {
  const { search } = props;
  const hasQuery = search.query !== '';
  const hits = hitsOf(search);
  const announce = useAnnounce();
  useEffect(() => {
    if (hits !== '') announce(hits);
  }, [hits, announce]);

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === 'Enter') {
      event.preventDefault();
      search.step(event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape') {
      // Full screen, which Escape ends too, leaves it to the search.
      event.preventDefault();
      if (hasQuery) search.setQuery('');
      else event.currentTarget.blur();
    }
  }

  return (
    <search className="contents">
      <label className="field-ring ml-auto flex h-control-sm w-[236px] items-center gap-2 rounded-md bg-surface-raised pr-[5px] pl-[9px] text-ink-3 inset-ring inset-ring-line-control hover:inset-ring-ink-4 max-md:order-last max-md:mr-2 max-md:w-full touch:h-touch touch:text-lead">
        <Search className="size-3.5" aria-hidden />
        <input
          ref={props.ref}
          type="search"
          aria-label="Search log"
          placeholder="Search log"
          aria-keyshortcuts="/"
          value={search.query}
          onChange={(event) => search.setQuery(event.target.value)}
          onKeyDown={onKeyDown}
          className="min-w-0 flex-1 bg-transparent text-ink outline-none [&::-webkit-search-cancel-button]:hidden"
        />
        {hasQuery ? (
          <span className="text-small whitespace-nowrap tabular-nums">{hits}</span>
        ) : (
          <KeyCap>/</KeyCap>
        )}
      </label>
      {hasQuery && (
        <>
          <IconButton size="sm" label="Previous match" icon={<ChevronUp />} onClick={() => search.step(-1)} />
          <IconButton size="sm" label="Next match" icon={<ChevronDown />} onClick={() => search.step(1)} />
          <IconButton size="sm" label="Clear search" icon={<X />} onClick={() => search.setQuery('')} />
        </>
      )}
    </search>
  );
}

function hitsOf(search: LogSearch): string {
  const { query, lines, place, isComplete, hasFailed } = search;
  if (query === '') return '';
  if (hasFailed) return 'Not searched';
  if (lines === null) return '';
  if (lines.length === 0) return 'No match';
  return `${formatCount(place + 1)} of ${formatCount(lines.length)}${isComplete ? '' : '+'}`;
}
