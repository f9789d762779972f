import type { BuildRow } from '#lib/builds/types.ts';

/** How long a build took, or has been running; null before it began. */
export function durationMs(row: BuildRow, nowMs: number | null): number | null {
  if (row.startedAt === null) return null;
  const endMs = row.endedAt === null ? nowMs : Date.parse(row.endedAt);
  return endMs === null ? null : Math.max(0, endMs - Date.parse(row.startedAt));
}

/** The longest of the rows shown: the length of a full duration bar. */
export function longestMs(rows: readonly BuildRow[], nowMs: number | null): number {
  return Math.max(0, ...rows.map((row) => durationMs(row, nowMs) ?? 0));
}

/** A duration bar in percent: its length against the longest row, and the part of it that was the pull. */
export function durationBar(options: {
  readonly totalMs: number;
  readonly pullMs: number;
  readonly longestMs: number;
}): { readonly lengthPercent: number; readonly pullPercent: number } {
  const { totalMs, pullMs, longestMs: longest } = options;
  const percent = (part: number, whole: number) => (whole <= 0 ? 0 : Math.min(100, (part / whole) * 100));
  return { lengthPercent: percent(totalMs, longest), pullPercent: percent(pullMs, totalMs) };
}

/** The share of an image's bytes that the store held already; null while it is not known. */
export function reusedShare(row: Pick<BuildRow, 'totalBytes' | 'reusedBytes'>): number | null {
  const { totalBytes, reusedBytes } = row;
  if (totalBytes === null || reusedBytes === null || totalBytes === 0) return null;
  return Math.min(1, reusedBytes / totalBytes);
}

/** The share of the bytes that are in place, of a running build whose size is known. */
export function progressShare(row: Pick<BuildRow, 'progress' | 'totalBytes'>): number | null {
  const { progress, totalBytes } = row;
  if (progress === null || totalBytes === null || totalBytes === 0) return null;
  return Math.min(1, progress.doneBytes / totalBytes);
}
