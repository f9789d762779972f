import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { digestOf } from '#lib/oci/verify-digest.ts';
import type { ProgressEvent } from '#lib/pull/events.ts';
import type { PlannedBlob } from '#lib/pull/plan.ts';
import { ProgressMeter } from '#lib/pull/progress-meter.ts';

const blob = (index: number, name: string, changes: Partial<PlannedBlob> = {}): PlannedBlob => ({
  descriptor: { mediaType: 'x', digest: digestOf(Buffer.from(name)), sizeBytes: 10_000 },
  index,
  state: 'missing',
  doneBytes: 0,
  isGranted: false,
  ...changes,
});

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => vi.useRealTimers());

function meterOf(blobs: readonly PlannedBlob[]) {
  const events: ProgressEvent[] = [];
  const meter = new ProgressMeter({ blobs, onEvent: (event) => events.push(event) });
  meter.start();
  return { meter, events };
}

const [a, b] = [blob(0, 'a'), blob(1, 'b')];

describe('what a pull says of its progress', () => {
  it('is said at most ten times a second, and is exact at the end', () => {
    const steps = fc.array(
      fc.record({ afterMs: fc.integer({ min: 0, max: 40 }), bytes: fc.integer({ min: 0, max: 10_000 }) }),
    );
    fc.assert(
      fc.property(steps, (reports) => {
        const { meter, events } = meterOf([a, b]);
        let passedMs = 0;
        for (const { afterMs, bytes } of reports) {
          meter.update(a.descriptor.digest, { state: 'fetching', doneBytes: bytes });
          vi.advanceTimersByTime(afterMs);
          passedMs += afterMs;
        }
        expect(events.length).toBeLessThanOrEqual(passedMs / 100);
        meter.update(a.descriptor.digest, { state: 'verified', doneBytes: 10_000 });
        meter.update(b.descriptor.digest, { state: 'failed' });
        meter.finish();
        expect(events.at(-1)?.layers).toEqual([
          { index: 0, state: 'verified', doneBytes: 10_000 },
          { index: 1, state: 'failed', doneBytes: 0 },
        ]);
        const said = events.length;
        vi.advanceTimersByTime(1000);
        expect(events.length).toBe(said);
      }),
    );
  });

  it('begins with what the plan knows, and tells one blob in two places alike', () => {
    const present = blob(0, 'p', { state: 'present', doneBytes: 10_000 });
    const partial = blob(1, 'q', { doneBytes: 4000 });
    const { meter, events } = meterOf([present, partial, { ...partial, index: 2 }]);
    meter.update(partial.descriptor.digest, { state: 'verifying' });
    meter.finish();
    expect(events.at(-1)?.layers).toEqual([
      { index: 0, state: 'reused', doneBytes: 10_000 },
      { index: 1, state: 'verifying', doneBytes: 4000 },
      { index: 2, state: 'verifying', doneBytes: 4000 },
    ]);
  });

  it('counts as speed what comes, not what was there or is hashed again', () => {
    const partial = blob(0, 'q', { doneBytes: 4000 });
    const { meter, events } = meterOf([partial]);
    const { digest } = partial.descriptor;
    meter.update(digest, { state: 'verifying' });
    meter.update(digest, { state: 'fetching', doneBytes: 4000 });
    vi.advanceTimersByTime(100);
    expect(events.at(-1)?.bytesPerSecond).toBe(0);
    meter.update(digest, { state: 'fetching', doneBytes: 5000 });
    vi.advanceTimersByTime(100);
    expect(events.at(-1)?.bytesPerSecond).toBe(10_000);
    // A new beginning from nothing takes nothing away.
    meter.update(digest, { state: 'fetching', doneBytes: 0 });
    vi.advanceTimersByTime(100);
    expect(events.at(-1)?.bytesPerSecond).toBeGreaterThan(0);
    meter.finish();
  });

  it('shows a stall: the speed falls to nothing while nothing comes', () => {
    const { meter, events } = meterOf([a]);
    meter.update(a.descriptor.digest, { state: 'fetching', doneBytes: 0 });
    meter.update(a.descriptor.digest, { state: 'fetching', doneBytes: 5000 });
    vi.advanceTimersByTime(5000);
    expect(events.at(-1)?.bytesPerSecond).toBe(0);
    expect(events.at(-1)).not.toHaveProperty('secondsLeft');
    meter.finish();
  });
});
