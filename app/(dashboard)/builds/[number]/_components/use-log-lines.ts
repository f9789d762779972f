'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import type { LogLine } from '#lib/builds/types.ts';
import type { LineRange } from './line-range.ts';
import { LogPages } from './log-pages.ts';

export interface LogLines {
  readonly get: (line: number) => LogLine | undefined;
  readonly put: (lines: readonly LogLine[]) => void;
  /** Asks the server for what is not here of lines that are looked at. */
  readonly want: (range: LineRange, lastLine: number) => void;
  /** Lines could not be fetched; they are tried again. */
  readonly isFailing: boolean;
}

/** The lines of a build's log, fetched as they come into view. Draws again when lines come that were asked for. */
export function useLogLines(options: {
  readonly number: number;
  readonly initial: readonly LogLine[];
}): LogLines {
  const { number, initial } = options;
  const pages = useRef<LogPages | null>(null);
  if (pages.current === null) {
    pages.current = new LogPages();
    pages.current.put(initial);
  }
  const underWay = useRef(new Set<number>());
  const leave = useRef(new AbortController());
  const [, draw] = useState(0);
  const [isFailing, setFailing] = useState(false);

  useEffect(() => {
    const controller = new AbortController();
    leave.current = controller;
    return () => controller.abort();
  }, []);

  const get = useCallback((line: number) => pages.current?.get(line), []);
  const put = useCallback((lines: readonly LogLine[]) => pages.current?.put(lines), []);

  const fetchLines = useCallback(
    async (range: LineRange) => {
      if (underWay.current.has(range.from)) return;
      underWay.current.add(range.from);
      const { signal } = leave.current;
      try {
        pages.current?.put(await readLines({ number, range, signal }));
        setFailing(false);
      } catch {
        if (signal.aborted) return;
        setFailing(true);
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      } finally {
        underWay.current.delete(range.from);
      }
      if (!signal.aborted) draw((count) => count + 1);
    },
    [number],
  );

  const want = useCallback(
    (range: LineRange, lastLine: number) => {
      for (const stretch of pages.current?.missing(range, lastLine) ?? []) void fetchLines(stretch);
    },
    [fetchLines],
  );

  return { get, put, want, isFailing };
}

const retryMs = 2000;

async function readLines(options: {
  readonly number: number;
  readonly range: LineRange;
  readonly signal: AbortSignal;
}): Promise<LogLine[]> {
  const { number, range, signal } = options;
  const query = new URLSearchParams({ from: String(range.from), limit: String(range.to - range.from + 1) });
  const response = await fetch(`/api/builds/${number}/log?${query}`, { signal });
  if (!response.ok) throw new Error(`The log answered ${response.status}`);
  return (await response.json()) as LogLine[];
}
