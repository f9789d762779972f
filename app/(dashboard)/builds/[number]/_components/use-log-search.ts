'use client';

import { useEffect, useState } from 'react';
import { firstMatchFrom, stepMatch } from './log-search.ts';

export interface LogSearch {
  readonly query: string;
  readonly setQuery: (query: string) => void;
  /** Numbers of the lines that hold the query, in order; null until the server has answered. */
  readonly lines: readonly number[] | null;
  /** False when there are more than the server lists. */
  readonly isComplete: boolean;
  /** The line that the reader is at; null where nothing matches. */
  readonly current: number | null;
  readonly place: number;
  readonly step: (by: 1 | -1) => void;
  readonly hasFailed: boolean;
}

/**
 * Searches the whole log on the server, the folded and the unloaded too, and again as the log grows. The reader stays
 * at their match; a new query begins at the first match from the line they are reading.
 */
export function useLogSearch(options: {
  readonly number: number;
  readonly logLines: number;
  readonly lineInView: () => number;
}): LogSearch {
  const { number, logLines, lineInView } = options;
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<{ query: string; lines: readonly number[]; isComplete: boolean } | null>(
    null,
  );
  const [current, setCurrent] = useState<number | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const grownTo = query === '' ? 0 : Math.ceil(logLines / searchAgainLines);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a log that grew is searched again.
  useEffect(() => {
    if (query === '') {
      setFound(null);
      setCurrent(null);
      setFailed(false);
      return;
    }
    const left = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { matches, isComplete } = await search({ number, query, signal: left.signal });
        const lines = matches.map(({ line }) => line);
        setFound({ query, lines, isComplete });
        setCurrent((line) =>
          line !== null && lines.includes(line) ? line : (lines[firstMatchFrom(lines, lineInView())] ?? null),
        );
        setFailed(false);
      } catch {
        if (!left.signal.aborted) setFailed(true);
      }
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [number, query, grownTo, lineInView]);

  const lines = found?.query === query ? found.lines : null;
  const place = current === null || lines === null ? 0 : Math.max(0, lines.indexOf(current));
  return {
    query,
    setQuery,
    lines,
    isComplete: found?.isComplete ?? true,
    current: lines === null ? null : current,
    place,
    step: (by) => {
      if (lines !== null) setCurrent(lines[stepMatch({ place, count: lines.length, by })] ?? null);
    },
    hasFailed,
  };
}

/** After a key, wait for the next: about the time between two keys of somebody who types. */
const pauseMs = 150;
/** A live log is searched again whenever it grew by this much. */
const searchAgainLines = 20;

/** What the search of a log answers. */
interface LogMatches {
  readonly matches: readonly { readonly line: number }[];
  readonly isComplete: boolean;
}

async function search(options: {
  readonly number: number;
  readonly query: string;
  readonly signal: AbortSignal;
}): Promise<LogMatches> {
  const { number, query, signal } = options;
  const response = await fetch(`/api/builds/${number}/log/search?${new URLSearchParams({ q: query })}`, {
    signal,
  });
  if (!response.ok) throw new Error(`The search answered ${response.status}`);
  return (await response.json()) as LogMatches;
}
