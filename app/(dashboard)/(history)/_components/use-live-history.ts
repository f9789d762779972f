'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { askAction } from '#app/_components/ask-action.ts';
import { useAnnounce } from '#app/_components/live-region.tsx';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildRow } from '#lib/builds/types.ts';
import { followRows } from '../../_components/live-rows.ts';
import { useSafeRefresh } from '../../_components/use-safe-refresh.ts';
import { loadOlderBuilds } from '../actions.ts';
import { type HistoryFilter, historyHref } from './history-filter.ts';
import {
  appendOlder,
  type HistoryRows,
  historyRows,
  mergeRows,
  releaseRows,
  renewRows,
} from './merge-rows.ts';

export interface LiveHistory extends HistoryRows {
  readonly isLive: boolean;
  /** When the live updates stopped; null while they come. */
  readonly lostAtMs: number | null;
  /** Shows the rows that were held back. */
  readonly release: () => void;
  /** Whether they came. */
  readonly loadOlder: () => Promise<boolean>;
}

/**
 * The rows of a page of the history, kept up to date. A new page from the server begins anew where the filter is
 * another, and else goes above the older rows that were loaded.
 */
export function useLiveHistory(options: {
  readonly page: Pick<HistoryRows, 'rows' | 'next' | 'counts'>;
  readonly filter: HistoryFilter;
}): LiveHistory {
  const { page, filter } = options;
  const [history, setHistory] = useState(() => historyRows(page));
  const [shown, setShown] = useState({ page, filter });
  const [isLive, setLive] = useState(false);
  const [lostAtMs, setLostAtMs] = useState<number | null>(null);
  const announce = useAnnounce();
  const { refresh } = useSafeRefresh();
  const latest = useRef({ filter, history });
  useEffect(() => {
    latest.current = { filter, history };
  });

  if (shown.page !== page) {
    setShown({ page, filter });
    setHistory(
      historyHref(shown.filter) === historyHref(filter) ? renewRows(history, page) : historyRows(page),
    );
  }

  useEffect(() => {
    return followRows((message) => {
      if (message.kind === 'rows') {
        announceEnds(message.rows, latest.current.history, announce);
        const merge = { filter: latest.current.filter, isHolding: isScrolled() };
        setHistory((last) => mergeRows(last, message.rows, merge));
        return;
      }
      setLive(message.kind === 'opened');
      setLostAtMs((since) => (message.kind === 'lost' ? (since ?? Date.now()) : null));
      // Rows may have changed unheard between the making of the page and the opening of the stream.
      if (message.kind === 'opened') void refresh();
    });
  }, [announce, refresh]);

  useEffect(() => {
    function onScroll() {
      if (!isScrolled()) setHistory((last) => (last.held.length === 0 ? last : releaseRows(last)));
    }
    window.addEventListener('scroll', onScroll, { passive: true });
    return () => window.removeEventListener('scroll', onScroll);
  }, []);

  const loadOlder = useCallback(async () => {
    const before = latest.current.history.next;
    if (before === null) return true;
    const older = await askAction<Awaited<ReturnType<typeof loadOlderBuilds>> | null>({
      what: 'Older builds did not load',
      call: () => loadOlderBuilds({ ...latest.current.filter, before }),
      told: () => null,
    });
    if (older === null) return false;
    setHistory((last) => (last.next === before ? appendOlder(last, older) : last));
    return true;
  }, []);

  const release = useCallback(() => {
    setHistory(releaseRows);
    window.scrollTo({ top: 0 });
  }, []);

  return { ...history, isLive, lostAtMs, release, loadOlder };
}

/** Further down than this the top of the table is out of sight, or nearly. */
const scrolledPx = 120;

function isScrolled(): boolean {
  return window.scrollY > scrolledPx;
}

function announceEnds(
  changed: readonly BuildRow[],
  history: HistoryRows,
  announce: (text: string) => void,
): void {
  for (const { number, state } of changed) {
    const before = history.seen.get(number);
    if (before === undefined || before === state || !isFinal(state)) continue;
    announce(`Build ${number} ${state === 'cancelled' ? 'was cancelled' : state}`);
  }
}
