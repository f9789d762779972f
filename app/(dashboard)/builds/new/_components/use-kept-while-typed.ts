'use client';

import { useCallback, useEffect, useRef } from 'react';
import type { Refusal } from '../../refusal.ts';
import type { BuildDraft } from './build-draft.ts';

/** Where drafts are kept. */
export interface DraftKeeper {
  readonly keep: (draft: BuildDraft) => void;
  readonly forget: () => void;
}

/**
 * Keeps what is typed, until it was sent and led to the page of its build. Being led elsewhere, to the sign-in page, is no
 * reason to forget it. What comes back sends a draft.
 */
export function useKeptWhileTyped(options: {
  readonly draft: BuildDraft;
  readonly start: BuildDraft;
  readonly keeper: DraftKeeper;
}): (ask: () => Promise<Refusal>) => Promise<Refusal> {
  const { draft, start, keeper } = options;
  const { keep, forget } = keeper;
  const isSent = useRef(false);

  useEffect(() => {
    if (draft !== start) keep(draft);
  }, [draft, start, keep]);

  useEffect(
    () => () => {
      if (isSent.current && buildPage.test(window.location.pathname)) forget();
    },
    [forget],
  );

  return useCallback(async (ask) => {
    isSent.current = true;
    const refused = await ask();
    isSent.current = false;
    return refused;
  }, []);
}

const buildPage = /^\/builds\/\d+$/;
