import { describe, expect, it } from 'vitest';
import { connectionsMax, sampleEveryMs, Width } from '#lib/pull/width.ts';

/** Runs a pull of so many seconds over a line, and says how many connections it used in the end. */
function runOver(line: {
  readonly bytesPerMs: (connections: number) => number;
  readonly busyShare: number;
  readonly isFull?: boolean;
  readonly seconds?: number;
}): readonly number[] {
  const width = new Width();
  const seen: number[] = [];
  let bytes = 0;
  for (let nowMs = 0; nowMs < (line.seconds ?? 1) * 1000; nowMs += sampleEveryMs) {
    bytes += line.bytesPerMs(width.connections) * sampleEveryMs;
    width.sample({ bytes, busyShare: line.busyShare, isFull: line.isFull ?? true, nowMs });
    seen.push(width.connections);
  }
  return seen;
}

describe('how many connections a pull uses', () => {
  it('grows to all there may be where each is held back', () => {
    const seen = runOver({ bytesPerMs: (connections) => connections * 40_000, busyShare: 0.2, seconds: 0.5 });
    expect(seen.at(-1)).toBe(connectionsMax);
  });

  it('stays where the processor is the limit', () => {
    expect(runOver({ bytesPerMs: () => 900_000, busyShare: 0.95 }).at(-1)).toBe(6);
  });

  it('stops growing where the line is full, and tries once more only after a while', () => {
    const seen = runOver({ bytesPerMs: () => 100_000, busyShare: 0.1, seconds: 1.5 });
    expect(Math.max(...seen)).toBe(12);
  });

  it('stays where nothing more waits to be fetched', () => {
    expect(runOver({ bytesPerMs: () => 1, busyShare: 0, isFull: false }).at(-1)).toBe(6);
  });
});
