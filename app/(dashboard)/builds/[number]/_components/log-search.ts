import type { Run } from './ansi.ts';

/** A stretch of a line, with the query found in it or not. */
export interface MarkedRun extends Run {
  readonly isMatch: boolean;
}

/** Splits runs where a query, whatever the case of its letters, begins and ends. A match may span several runs. */
export function markRuns(runs: readonly Run[], query: string): readonly MarkedRun[] {
  if (query === '') return runs.map((run) => ({ ...run, isMatch: false }));
  const text = runs.map((run) => run.text).join('');
  const isMatched = matchedCharacters(text, query);
  let at = 0;
  return runs.flatMap((run) => {
    const start = at;
    at += run.text.length;
    return split(run, isMatched.slice(start, at));
  });
}

export function includesQuery(text: string, query: string): boolean {
  return query !== '' && text.toLowerCase().includes(query.toLowerCase());
}

/** The place among sorted matches of the first at or after a line; 0 when all lie before it. */
export function firstMatchFrom(lines: readonly number[], line: number): number {
  return Math.max(
    0,
    lines.findIndex((each) => each >= line),
  );
}

/** The next or previous place, going round at the ends. */
export function stepMatch(options: {
  readonly place: number;
  readonly count: number;
  readonly by: 1 | -1;
}): number {
  const { place, count, by } = options;
  return count === 0 ? 0 : (place + by + count) % count;
}

function matchedCharacters(text: string, query: string): readonly boolean[] {
  const isMatched = new Array<boolean>(text.length).fill(false);
  const [haystack, needle] = [text.toLowerCase(), query.toLowerCase()];
  // Letters whose lower case is longer would shift every place after them: such a line is not marked.
  if (haystack.length !== text.length) return isMatched;
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + needle.length)) {
    isMatched.fill(true, at, at + needle.length);
  }
  return isMatched;
}

function split(run: Run, isMatched: readonly boolean[]): MarkedRun[] {
  const parts: MarkedRun[] = [];
  for (let start = 0; start < run.text.length; ) {
    const isMatch = isMatched[start] ?? false;
    let end = start;
    while (end < run.text.length && (isMatched[end] ?? false) === isMatch) end += 1;
    parts.push({ ...run, text: run.text.slice(start, end), isMatch });
    start = end;
  }
  return parts;
}
