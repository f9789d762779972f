import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  durationBars,
  longestMs,
  median,
  partsOf,
  sizeBars,
  slotAt,
} from '#app/(dashboard)/images/[name]/_components/trend-geometry.ts';
import { buildText, markOf } from '#app/(dashboard)/images/[name]/_components/trend-words.ts';
import type { TrendBuild } from '#lib/images/types.ts';

const frame = { width: 720, height: 72 };
const ms = fc.option(fc.integer({ min: 0, max: 3_600_000 }));
const arbitraryBuild: fc.Arbitrary<TrendBuild> = fc.record({
  number: fc.nat(),
  state: fc.constantFrom('succeeded', 'failed', 'cancelled', 'running', 'queued'),
  createdAt: fc.constant('2026-11-26T00:00:00.000Z'),
  tookMs: ms,
  pullMs: ms,
  stepsMs: ms,
  sizeBytes: fc.option(fc.nat()),
  stepCount: fc.nat(5),
  stepsCached: fc.option(fc.nat(5)),
});
const builds = fc.array(arbitraryBuild, { maxLength: 200 });

function build(over: Partial<TrendBuild> = {}): TrendBuild {
  return {
    number: 12,
    state: 'succeeded',
    createdAt: '2026-11-26T00:00:00.000Z',
    tookMs: 48_000,
    pullMs: 12_000,
    stepsMs: 30_000,
    sizeBytes: 1_200_000_000,
    stepCount: 3,
    stepsCached: 2,
    ...over,
  };
}

describe('bars', () => {
  test('lie in their frame, side by side, each part upon the one before', () => {
    fc.assert(
      fc.property(builds, fc.constantFrom(durationBars, sizeBars), (all, barsOf) => {
        const bars = barsOf(all, frame);
        expect(bars).toHaveLength(all.length);
        let end = 0;
        for (const { x, width, parts } of bars) {
          expect(x).toBeGreaterThanOrEqual(end - 1e-9);
          end = x + width;
          let ground = frame.height;
          for (const part of parts) {
            expect(part.y + part.height).toBeCloseTo(ground, 6);
            expect(part.y).toBeGreaterThanOrEqual(0);
            ground = part.y;
          }
        }
        expect(end).toBeLessThanOrEqual(frame.width + 1e-9);
      }),
    );
  });

  test('are as high as their build took, on one scale', () => {
    fc.assert(
      fc.property(builds, (all) => {
        const longest = longestMs(all);
        for (const [at, { parts }] of durationBars(all, frame).entries()) {
          const height = parts.reduce((sum, part) => sum + part.height, 0);
          const expected = longest === 0 ? 0 : ((all[at]?.tookMs ?? 0) / longest) * frame.height;
          expect(height).toBeCloseTo(expected, 6);
        }
      }),
    );
  });

  test('are found again where they lie, and the nearest one beside all', () => {
    fc.assert(
      fc.property(builds, (all) => {
        for (const [at, { x, width }] of durationBars(all, frame).entries()) {
          expect(slotAt(all.length, frame, x + width / 2)).toBe(at);
        }
        expect(slotAt(all.length, frame, -5)).toBe(all.length === 0 ? null : 0);
        expect(slotAt(all.length, frame, 9_999)).toBe(all.length === 0 ? null : all.length - 1);
      }),
    );
  });

  test('of one build are no wall', () => {
    expect(durationBars([build()], frame)[0]?.width).toBeLessThan(24);
  });
});

test('the parts of a build are its whole time, whatever its clocks say', () => {
  fc.assert(
    fc.property(arbitraryBuild, (one) => {
      const parts = partsOf(one).map(([, part]) => part);
      expect(parts.every((part) => part >= 0)).toBe(true);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(one.tookMs ?? 0);
    }),
  );
});

test.each([
  [[], null],
  [[5], 5],
  [[9, 1], 5],
  [[9, 1, 2], 2],
] as const)('the median of %j is %j', (values, expected) => {
  expect(median(values)).toBe(expected);
});

describe('words', () => {
  test.each([
    [{}, '#12 succeeded, 48s: pull 12s, steps 30s, other 6.0s, 1.20 GB, 2 of 3 from the cache'],
    [
      { state: 'failed', sizeBytes: null },
      '#12 failed, 48s: pull 12s, steps 30s, other 6.0s, 2 of 3 from the cache',
    ],
    [{ state: 'running', tookMs: null, sizeBytes: null, stepsCached: null }, '#12 running'],
    [{ stepCount: 0, pullMs: null, stepsMs: null }, '#12 succeeded, 48s, 1.20 GB'],
  ])('of %j', (over, expected) => {
    expect(buildText(build(over))).toBe(expected);
  });

  test.each([
    [{}, null],
    [{ stepsCached: 3 }, 'cached'],
    [{ stepCount: 0, stepsCached: null }, null],
    [{ state: 'failed', stepsCached: 3 }, 'failed'],
    [{ state: 'cancelled' }, 'cancelled'],
    [{ state: 'queued' }, 'running'],
  ])('%j is marked %j', (over, expected) => {
    expect(markOf(build(over))).toBe(expected);
  });
});
