import type { TrendBuild } from '#lib/images/types.ts';

/** A bar of a trend, in the units of its drawing; its parts stand upon each other from the ground. */
export interface TrendBar {
  readonly x: number;
  readonly width: number;
  readonly parts: readonly BarPart[];
}

export interface BarPart {
  readonly name: 'pull' | 'steps' | 'rest' | 'size';
  readonly y: number;
  readonly height: number;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
}

/** A place for each build, from the left; few builds do not spread over the whole width. */
function slotsOf(count: number, { width }: Frame): readonly { readonly x: number; readonly width: number }[] {
  const slot = Math.min(slotMax, width / Math.max(1, count));
  const bar = Math.max(slot * barShare, Math.min(slot, barMin));
  return Array.from({ length: count }, (_, at) => ({ x: at * slot + (slot - bar) / 2, width: bar }));
}

/** Which build a place of the drawing belongs to; the nearest where it lies beside all. Null of none. */
export function slotAt(count: number, frame: Frame, x: number): number | null {
  if (count === 0) return null;
  const slot = Math.min(slotMax, frame.width / count);
  return Math.min(count - 1, Math.max(0, Math.floor(x / slot)));
}

/** How long builds took: the pull, then the steps, then the rest, on one scale from nothing to the longest. */
export function durationBars(builds: readonly TrendBuild[], frame: Frame): readonly TrendBar[] {
  const longest = longestMs(builds);
  return stack(frame, slotsOf(builds.length, frame), (at) => {
    const build = builds[at];
    return build === undefined ? [] : partsOf(build).map(([name, ms]) => [name, share(ms, longest)]);
  });
}

/** How large the images were that builds came to, from nothing to the largest. A build without one has no part. */
export function sizeBars(builds: readonly TrendBuild[], frame: Frame): readonly TrendBar[] {
  const largest = largestBytes(builds);
  return stack(frame, slotsOf(builds.length, frame), (at) => [
    ['size', share(builds[at]?.sizeBytes ?? 0, largest)],
  ]);
}

/** The parts of a build's time, which add up to it; what clocks disagree about is the rest's. */
export function partsOf({
  tookMs,
  pullMs,
  stepsMs,
}: TrendBuild): readonly (readonly [BarPart['name'], number])[] {
  const total = tookMs ?? 0;
  const pull = Math.min(total, pullMs ?? 0);
  const steps = Math.min(total - pull, stepsMs ?? 0);
  return [
    ['pull', pull],
    ['steps', steps],
    ['rest', total - pull - steps],
  ];
}

export function longestMs(builds: readonly TrendBuild[]): number {
  return Math.max(0, ...builds.map(({ tookMs }) => tookMs ?? 0));
}

export function largestBytes(builds: readonly TrendBuild[]): number {
  return Math.max(0, ...builds.map(({ sizeBytes }) => sizeBytes ?? 0));
}

/** Of an even number the mean of the middle two; null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

function stack(
  { height }: Frame,
  slots: readonly { readonly x: number; readonly width: number }[],
  sharesOf: (at: number) => readonly (readonly [BarPart['name'], number])[],
): readonly TrendBar[] {
  return slots.map((slot, at) => {
    let ground = height;
    const parts = sharesOf(at).flatMap(([name, part]): BarPart[] => {
      if (part <= 0) return [];
      const tall = part * height;
      ground -= tall;
      return [{ name, y: Math.max(0, ground), height: tall }];
    });
    return { ...slot, parts };
  });
}

function share(part: number, whole: number): number {
  return whole <= 0 ? 0 : part / whole;
}

/** A bar for one of two builds is no wall. */
const slotMax = 22;
const barShare = 0.72;
/** Thinner bars cannot be told from the ground. */
const barMin = 2;
