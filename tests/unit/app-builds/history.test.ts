import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupByDay } from '#app/(dashboard)/(history)/_components/day-groups.ts';
import {
  fitsFilter,
  historyHref,
  queryOf,
  readFilter,
} from '#app/(dashboard)/(history)/_components/history-filter.ts';
import {
  appendOlder,
  historyRows,
  mergeRows,
  releaseRows,
} from '#app/(dashboard)/(history)/_components/merge-rows.ts';
import {
  durationBar,
  durationMs,
  longestMs,
  progressShare,
  reusedShare,
} from '#app/(dashboard)/(history)/_components/row-figures.ts';
import { retryDelayMs } from '#app/(dashboard)/builds/_components/backoff.ts';
import type { BuildRow } from '#lib/builds/types.ts';

const row = (number: number, change: Partial<BuildRow> = {}): BuildRow => ({
  id: `id-${number}`,
  number,
  reference: 'registry.example.com/team/app:1',
  platform: 'linux/amd64',
  secret: null,
  secretWhy: null,
  image: null,
  requesterName: 'Ines Okafor',
  trigger: 'manual',
  rerunOf: null,
  createdAt: '2026-11-23T12:00:00.000Z',
  state: 'succeeded',
  stage: null,
  startedAt: '2026-11-23T12:00:00.000Z',
  endedAt: '2026-11-23T12:01:00.000Z',
  pullMs: 30_000,
  indexDigest: null,
  baseDigest: `sha256:9f2c41ab${'0'.repeat(56)}`,
  resultDigest: null,
  layerCount: 3,
  totalBytes: 1000,
  fetchedBytes: 250,
  reusedBytes: 750,
  progress: null,
  failure: null,
  ...change,
});

const all = { status: 'all', text: '', image: null } as const;
const counts = { all: 3, running: 1, failed: 0, queued: 0 };
const page = historyRows({ rows: [row(3, { state: 'running' }), row(2), row(1)], next: null, counts });
const numbers = (rows: readonly BuildRow[]) => rows.map(({ number }) => number);

describe('the filter in the address', () => {
  it.each([
    [{}, all, '/'],
    [{ status: 'failed' }, { ...all, status: 'failed' }, '/?status=failed'],
    [
      { status: 'cancelled', image: 'web' },
      { ...all, status: 'cancelled', image: 'web' },
      '/?status=cancelled&image=web',
    ],
    [{ status: 'exploded', q: ' vllm ' }, { ...all, text: 'vllm' }, '/?q=vllm'],
    [{ status: ['failed', 'queued'], q: ['a', 'b'], image: ['a', 'b'] }, all, '/'],
    [{ q: '#12', image: 'No Name' }, { ...all, text: '#12' }, '/?q=%2312'],
  ])('reads %j', (parameters, filter, href) => {
    expect(readFilter(parameters)).toEqual(filter);
    expect(historyHref(readFilter(parameters))).toBe(href);
  });

  it('asks the query for a state, or for any', () => {
    expect(queryOf({ ...all, status: 'failed' })).toEqual({ status: 'failed', text: '' });
    expect(queryOf({ ...all, image: 'web' })).toEqual({ text: '', image: 'web' });
  });

  it('takes in live rows that have its status, its text and its image', () => {
    expect(fitsFilter(row(3), { ...all, text: 'team/APP' })).toBe(true);
    expect(fitsFilter(row(3), { ...all, status: 'failed', text: 'team/APP' })).toBe(false);
    expect(fitsFilter(row(3), { ...all, text: 'other' })).toBe(false);
    expect(fitsFilter(row(3), { ...all, image: 'web' })).toBe(false);
    const built = row(3, { image: { name: 'web', revision: 2 } });
    expect(fitsFilter(built, { ...all, image: 'web' })).toBe(true);
    expect(fitsFilter(built, { ...all, image: 'we' })).toBe(false);
  });
});

describe('rows that come in live', () => {
  it('change in their place and bring the counts along', () => {
    const next = mergeRows(page, [row(3, { state: 'failed' })], { filter: all, isHolding: false });
    expect(numbers(next.rows)).toEqual([3, 2, 1]);
    expect(next.rows[0]?.state).toBe('failed');
    expect(next.counts).toEqual({ all: 3, running: 0, failed: 1, queued: 0 });
  });

  it('go on top when they are new, or wait while the reader is further down', () => {
    const changed = [row(4, { state: 'queued' }), row(5, { state: 'queued' })];
    expect(numbers(mergeRows(page, changed, { filter: all, isHolding: false }).rows)).toEqual([
      5, 4, 3, 2, 1,
    ]);
    const held = mergeRows(page, changed, { filter: all, isHolding: true });
    expect(numbers(held.rows)).toEqual([3, 2, 1]);
    expect(numbers(held.held)).toEqual([5, 4]);
    expect(held.counts).toEqual({ all: 5, running: 1, failed: 0, queued: 2 });
    const later = mergeRows(held, [row(4, { state: 'running' })], { filter: all, isHolding: true });
    expect(later.counts).toEqual({ all: 5, running: 2, failed: 0, queued: 1 });
    expect(numbers(releaseRows(later).rows)).toEqual([5, 4, 3, 2, 1]);
    expect(releaseRows(later).rows[1]?.state).toBe('running');
  });

  it('leave a status that they no longer have, and join one where their number belongs', () => {
    const filter = { ...all, status: 'running' } as const;
    const running = historyRows({
      rows: [row(9, { state: 'running' }), row(6, { state: 'running' })],
      next: null,
      counts,
    });
    const next = mergeRows(running, [row(9), row(7, { state: 'running' }), row(8)], {
      filter,
      isHolding: false,
    });
    expect(numbers(next.rows)).toEqual([7, 6]);
  });

  it('are left out where the page has not loaded that far', () => {
    const first = { ...page, next: 1, rows: page.rows.slice(0, 2) };
    expect(numbers(mergeRows(first, [row(1)], { filter: all, isHolding: false }).rows)).toEqual([3, 2]);
  });

  it('count an old build from the state in which it was first seen', () => {
    const deep = historyRows({ rows: [row(100)], next: 100, counts: { ...counts, all: 100 } });
    const once = mergeRows(deep, [row(40, { state: 'running' })], { filter: all, isHolding: false });
    expect(once.counts).toEqual({ all: 100, running: 1, failed: 0, queued: 0 });
    const twice = mergeRows(once, [row(40, { state: 'failed' })], { filter: all, isHolding: false });
    expect(twice.counts).toEqual({ all: 100, running: 0, failed: 1, queued: 0 });
  });

  it('end with the same rows in whatever batches they come', () => {
    const states = fc.constantFrom<BuildRow['state']>('queued', 'running', 'succeeded', 'failed');
    const change = fc.record({ number: fc.integer({ min: 1, max: 8 }), state: states });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), fc.integer({ min: 0, max: 20 }), (changes, cut) => {
        const rows = changes.map(({ number, state }) => row(number, { state }));
        const once = mergeRows(page, rows, { filter: all, isHolding: false });
        const half = mergeRows(page, rows.slice(0, cut), { filter: all, isHolding: false });
        const twice = mergeRows(half, rows.slice(cut), { filter: all, isHolding: false });
        expect(twice.rows).toEqual(once.rows);
        expect(numbers(once.rows)).toEqual(numbers(once.rows).toSorted((a, b) => b - a));
      }),
    );
  });
});

describe('older pages', () => {
  it('go below, and a build that is live above is shown once', () => {
    const longer = appendOlder({ ...page, next: 1 }, { rows: [row(3), row(0)], next: null });
    expect(numbers(longer.rows)).toEqual([3, 2, 1, 0]);
    expect(longer.rows[0]?.state).toBe('running');
    expect(longer.next).toBeNull();
  });
});

describe('day rows', () => {
  const now = new Date('2026-11-23T12:00:00.000Z');
  const days = [
    row(4),
    row(3, { createdAt: '2026-11-22T23:30:00.000Z' }),
    row(2, { createdAt: '2025-03-02T12:00:00.000Z' }),
  ];

  it('are those of the viewer’s zone', () => {
    const names = (timeZone: string) =>
      groupByDay(days, { now, timeZone, hasOlder: true }).map(({ name, date, rows }) => [
        name,
        date,
        rows.length,
      ]);
    expect(names('UTC')).toEqual([
      ['Today', '23 Nov', 1],
      ['Yesterday', '22 Nov', 1],
      [null, '2 Mar 2025', 1],
    ]);
    expect(names('Europe/Berlin')).toEqual([
      ['Today', '23 Nov', 2],
      [null, '2 Mar 2025', 1],
    ]);
  });

  it('know how many builds a day had only where older ones are loaded', () => {
    const whole = (hasOlder: boolean) =>
      groupByDay(days, { now, timeZone: 'UTC', hasOlder }).map(({ isWhole }) => isWhole);
    expect(whole(true)).toEqual([true, true, false]);
    expect(whole(false)).toEqual([true, true, true]);
  });
});

describe('figures of a row', () => {
  it('has no duration before it began, and one that grows while it runs', () => {
    expect(durationMs(row(1, { startedAt: null, endedAt: null }), 5)).toBeNull();
    expect(durationMs(row(1, { endedAt: null }), null)).toBeNull();
    expect(durationMs(row(1, { endedAt: null }), Date.parse('2026-11-23T12:00:09.000Z'))).toBe(9000);
    expect(longestMs([row(1), row(2, { startedAt: null })], null)).toBe(60_000);
    expect(longestMs([], null)).toBe(0);
  });

  it.each([
    [
      { totalMs: 60_000, pullMs: 30_000, longestMs: 120_000 },
      { lengthPercent: 50, pullPercent: 50 },
    ],
    [
      { totalMs: 0, pullMs: 0, longestMs: 0 },
      { lengthPercent: 0, pullPercent: 0 },
    ],
    [
      { totalMs: 10, pullMs: 20, longestMs: 10 },
      { lengthPercent: 100, pullPercent: 100 },
    ],
  ])('draws %j', (input, bar) => {
    expect(durationBar(input)).toEqual(bar);
  });

  it('has shares only where the sizes are known', () => {
    expect(reusedShare(row(1))).toBe(0.75);
    expect(reusedShare(row(1, { totalBytes: null }))).toBeNull();
    expect(reusedShare(row(1, { totalBytes: 0 }))).toBeNull();
    expect(progressShare(row(1))).toBeNull();
    const progress = { doneBytes: 720, bytesPerSecond: 1, secondsLeft: null };
    expect(progressShare(row(1, { progress }))).toBe(0.72);
  });
});

it('tries a lost connection again soon, then less and less often', () => {
  expect([1, 2, 3, 4, 5, 6, 20].map((failures) => retryDelayMs(failures, () => 1))).toEqual([
    500, 1000, 2000, 4000, 8000, 10_000, 10_000,
  ]);
  expect(retryDelayMs(1, () => 0)).toBe(250);
});
