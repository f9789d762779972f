import type { BuildRow } from '#lib/builds/types.ts';
import { fitsFilter, fitsStatus, type HistoryFilter } from './history-filter.ts';

export interface Counts {
  readonly all: number;
  readonly running: number;
  readonly failed: number;
  readonly queued: number;
}

/** The rows of the page, newest first, and what is known beside them. */
export interface HistoryRows {
  readonly rows: readonly BuildRow[];
  /** New rows that wait until the reader is at the top, so that nothing moves under their eyes. Newest first. */
  readonly held: readonly BuildRow[];
  /** The number before which older builds can be loaded; null when all are here. */
  readonly next: number | null;
  readonly counts: Counts;
  /** The state in which each build was last seen, on the page or not: what a change changes the counts from. */
  readonly seen: ReadonlyMap<number, BuildRow['state']>;
}

export function historyRows(page: Pick<HistoryRows, 'rows' | 'next' | 'counts'>): HistoryRows {
  return { ...page, held: [], seen: new Map(page.rows.map((row) => [row.number, row.state])) };
}

/**
 * Takes in rows that changed. A row of the page changes in its place and keeps it; one whose state no longer fits the
 * filter leaves; a newer build goes on top, or is held back; one that begins to fit goes where its number belongs.
 */
export function mergeRows(
  history: HistoryRows,
  changed: readonly BuildRow[],
  options: { readonly filter: HistoryFilter; readonly isHolding: boolean },
): HistoryRows {
  const { filter, isHolding } = options;
  const byNumber = new Map(changed.map((row) => [row.number, row]));
  const update = (rows: readonly BuildRow[]) =>
    rows.map((row) => byNumber.get(row.number) ?? row).filter((row) => fitsStatus(row, filter.status));

  const shown = new Set([...history.held, ...history.rows].map(({ number }) => number));
  const newest = Math.max(0, ...shown);
  const oldest = history.next ?? 0;
  const arrived = [...byNumber.values()].filter(
    (row) => !shown.has(row.number) && row.number > oldest && fitsFilter(row, filter),
  );
  const above = newestFirst(arrived.filter(({ number }) => number > newest));
  const between = arrived.filter(({ number }) => number < newest);

  const rows = newestFirst([...update(history.rows), ...between]);
  const held = [...above, ...update(history.held)];
  return {
    ...history,
    rows: isHolding ? rows : [...held, ...rows],
    held: isHolding ? held : [],
    counts: countChanges(history, byNumber),
    seen: new Map([...history.seen, ...changed.map((row) => [row.number, row.state] as const)]),
  };
}

/** Puts the rows that were held back on top. */
export function releaseRows(history: HistoryRows): HistoryRows {
  return { ...history, rows: [...history.held, ...history.rows], held: [] };
}

/** Adds an older page below. A build that is here already is shown as it is: that one is live. */
export function appendOlder(history: HistoryRows, older: Pick<HistoryRows, 'rows' | 'next'>): HistoryRows {
  const shown = new Set([...history.held, ...history.rows].map(({ number }) => number));
  return {
    ...history,
    rows: [...history.rows, ...older.rows.filter(({ number }) => !shown.has(number))],
    next: older.next,
    seen: new Map([...older.rows.map((row) => [row.number, row.state] as const), ...history.seen]),
  };
}

/** A newer first page of the same list: it stands above the older rows that were loaded, which stay. */
export function renewRows(
  history: HistoryRows,
  page: Pick<HistoryRows, 'rows' | 'next' | 'counts'>,
): HistoryRows {
  const { next } = page;
  const older = next === null ? [] : history.rows.filter(({ number }) => number < next);
  const renewed = historyRows(page);
  return older.length === 0 ? renewed : appendOlder(renewed, { rows: older, next: history.next });
}

/**
 * Build numbers have no gaps, so the newest is how many there are. Of an older build that was never seen it is not
 * known how it counted before: nothing is changed then, and the next page that the server makes sets it right.
 */
function countChanges({ counts, seen }: HistoryRows, changed: ReadonlyMap<number, BuildRow>): Counts {
  const next = { ...counts };
  for (const [number, { state }] of changed) {
    const before = seen.get(number);
    const isNew = number > counts.all;
    next.all = Math.max(next.all, number);
    if (before === state || (before === undefined && !isNew)) continue;
    if (before !== undefined && isCounted(before)) next[before] -= 1;
    if (isCounted(state)) next[state] += 1;
  }
  return next;
}

function isCounted(state: BuildRow['state']): state is 'running' | 'failed' | 'queued' {
  return state === 'running' || state === 'failed' || state === 'queued';
}

function newestFirst(rows: readonly BuildRow[]): readonly BuildRow[] {
  return rows.toSorted((a, b) => b.number - a.number);
}
