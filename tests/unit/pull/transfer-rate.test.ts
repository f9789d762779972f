import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TransferRate } from '#lib/pull/transfer-rate.ts';

describe('the speed of a transfer', () => {
  it('is 0 before the first bytes and 3 seconds after the last', () => {
    const rate = new TransferRate();
    expect(rate.bytesPerSecond(0)).toBe(0);
    rate.add(1000, 100);
    expect(rate.bytesPerSecond(2000)).toBeGreaterThan(0);
    expect(rate.bytesPerSecond(3100)).toBe(0);
  });

  it('is the mean of the last 3 seconds, whatever came before', () => {
    const chunks = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 60, maxLength: 120 });
    fc.assert(
      fc.property(chunks, (sizes) => {
        // One chunk in each tenth of a second, in its middle.
        const rate = new TransferRate();
        for (const [tenth, size] of sizes.entries()) rate.add(size, tenth * 100 + 50);
        const nowMs = sizes.length * 100 - 1;
        const lastThirty = sizes.slice(-30).reduce((sum, size) => sum + size, 0);
        expect(rate.bytesPerSecond(nowMs)).toBeCloseTo(lastThirty / 3, 3);
      }),
    );
  });

  it('does not jump to heights at the very first bytes', () => {
    const rate = new TransferRate();
    rate.add(1000, 0);
    expect(rate.bytesPerSecond(0)).toBe(10_000);
  });
});

describe('the time that is left', () => {
  it('is not said before 3 seconds of data, nor while nothing comes', () => {
    const rate = new TransferRate();
    const left = (nowMs: number) => rate.secondsLeft({ remainingBytes: 5000, nowMs });
    expect(left(0)).toBeUndefined();
    for (let nowMs = 0; nowMs <= 3000; nowMs += 100) {
      expect(left(Math.max(0, nowMs - 1))).toBeUndefined();
      rate.add(100, nowMs);
    }
    expect(left(3000)).toBeCloseTo(5, 5);
    expect(left(9000)).toBeUndefined();
  });
});
