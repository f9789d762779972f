'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState, useTransition } from 'react';
import { type FilterDraft, settleDraft } from './filter-draft.ts';

export interface AddressFilter<Filter> {
  /** What the controls show. */
  readonly draft: Filter;
  /** Goes to the draft with this change, at once. */
  readonly go: (change: Partial<Filter>) => void;
  /** Takes in what is typed; the page follows when the keys rest. */
  readonly type: (change: Partial<Filter>) => void;
  /** The page for the draft is on its way. */
  readonly isGoing: boolean;
}

/** The filters of a list. They are kept in the address, so that a list can be sent to somebody. */
export function useFilterDraft<Filter>(options: {
  /** As it stands in the address. */
  readonly filter: Filter;
  /** The address of the list under a filter. */
  readonly hrefOf: (filter: Filter) => string;
}): AddressFilter<Filter> {
  const { filter, hrefOf } = options;
  const { replace } = useRouter();
  const [isGoing, startGoing] = useTransition();
  const href = hrefOf(filter);
  const [last, setState] = useState<FilterDraft<Filter>>({ draft: filter, seen: href, sent: null });
  const state = settleDraft(last, { filter, href, isGoing });
  if (state !== last) setState(state);
  const { draft } = state;
  const goal = state.sent ?? state.seen;
  const wanted = hrefOf(draft);

  function go(change: Partial<Filter>) {
    const next = { ...draft, ...change };
    const sent = hrefOf(next);
    setState({ ...state, draft: next, sent: sent === goal ? state.sent : sent });
    if (sent !== goal) startGoing(() => replace(sent, { scroll: false }));
  }

  useEffect(() => {
    if (wanted === goal) return;
    const timer = setTimeout(() => {
      setState((now) => ({ ...now, sent: wanted }));
      startGoing(() => replace(wanted, { scroll: false }));
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [wanted, goal, replace]);

  return { draft, go, type: (change) => setState({ ...state, draft: { ...draft, ...change } }), isGoing };
}

/** After a key, wait for the next. */
const pauseMs = 250;
