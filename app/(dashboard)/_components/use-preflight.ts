'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { useAnnounce } from '#app/_components/live-region.tsx';
import { type ErrorReport, reportError } from '#lib/errors/report.ts';
import type { PreflightRequest, PreflightView } from '#lib/preflight/schema.ts';
import { followPreflight } from './preflight-stream.ts';
import { announcementOf } from './preflight-words.ts';

/** What is checked, or what makes it when its time has come. */
type PreflightSubject = PreflightRequest | (() => Promise<PreflightRequest>);

/** A preflight as a page shows it. */
export interface PreflightRun {
  /** `due`: it starts when nobody has typed for a moment. */
  readonly phase: 'idle' | 'due' | 'running' | 'ended' | 'refused' | 'lost';
  /** The newest; of an earlier subject while the next one has nothing to show yet. */
  readonly view: PreflightView | null;
  /** The view says nothing about what is asked now. */
  readonly isStale: boolean;
  /** The server had made these checks before, and shows what they found. */
  readonly isHeld: boolean;
  /** Of `refused`: why no check was made. */
  readonly report: ErrorReport | null;
  /** What keeps a worker from taking it up, once that takes long. */
  readonly waitsFor: NonNullable<PreflightView['waitsFor']> | null;
}

export interface PreflightControl {
  readonly run: PreflightRun;
  /** Stops the one that runs, and starts with this subject. */
  readonly start: (subject: PreflightSubject, options?: { readonly delayMs?: number }) => void;
  /** Stops the one that runs. What was found is kept and marked as stale. */
  readonly stop: () => void;
  /** Stops the one that runs, and forgets what was found. */
  readonly clear: () => void;
}

/** Runs preflights, one at a time. The end of each is said aloud under the name that the page gives them. */
export function usePreflight(title: string): PreflightControl {
  const announce = useAnnounce();
  const [run, setRun] = useState(idle);
  const abort = useRef<AbortController | null>(null);

  const stop = useCallback(() => {
    abort.current?.abort();
    setRun((last) => ({ ...last, phase: 'idle', isStale: true }));
  }, []);

  const clear = useCallback(() => {
    abort.current?.abort();
    setRun(idle);
  }, []);

  const start = useCallback<PreflightControl['start']>(
    (subject, { delayMs = 0 } = {}) => {
      abort.current?.abort();
      const controller = new AbortController();
      abort.current = controller;
      const { signal } = controller;
      const change = (next: Partial<PreflightRun>) => {
        if (!signal.aborted) setRun((last) => ({ ...last, ...next }));
      };

      async function follow() {
        change({ phase: 'running' });
        let newest: PreflightView | null = null;
        try {
          const request = typeof subject === 'function' ? await subject() : subject;
          const end = await followPreflight({
            request,
            signal,
            onView(view) {
              const isHeld = newest === null && view.state === 'ended';
              newest = view;
              // Until the first check has begun there is nothing to see, and what was found before stays.
              if (view.state === 'queued') return change({ waitsFor: view.waitsFor ?? null });
              change({ view, isStale: false, isHeld, waitsFor: null });
            },
          });
          change(end.kind === 'refused' ? { phase: 'refused', report: end.report } : { phase: end.kind });
          if (end.kind === 'ended' && newest !== null && !signal.aborted)
            announce(announcementOf(title, newest));
        } catch (error) {
          change({ phase: 'refused', report: reportError(error) });
        }
      }

      change({ phase: delayMs > 0 ? 'due' : 'running', isStale: true, report: null, waitsFor: null });
      const timer = setTimeout(follow, delayMs);
      signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    },
    [announce, title],
  );

  useEffect(() => () => abort.current?.abort(), []);
  return { run, start, stop, clear };
}

const idle: PreflightRun = {
  phase: 'idle',
  view: null,
  isStale: false,
  isHeld: false,
  report: null,
  waitsFor: null,
};
