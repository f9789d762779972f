import type { Layer } from '#lib/builds/schema.ts';

/** A layer on the slip, in percent of its track's width. */
export interface Plate {
  readonly widthPercent: number;
  /** Where it begins: 0 at the keel, further out for what waits. */
  readonly offsetPercent: number;
  /** Of a layer that is arriving, or that broke: the share of it that is here. */
  readonly filledPercent: number;
}

/**
 * The plates of a list of layers. Width follows the square root of the size, so that a small layer is still seen beside
 * one a thousand times as large. What waits starts at 11% and steps out by as much as 16%, less where the steps would
 * not fit, and never so far that a plate would leave its track.
 */
export function platesOf(layers: readonly Layer[]): readonly Plate[] {
  const largestBytes = Math.max(1, ...layers.map(({ sizeBytes }) => sizeBytes));
  const widths = layers.map(({ sizeBytes }) => Math.max(1.2, 82 * Math.sqrt(sizeBytes / largestBytes)));
  const waiting = layers.flatMap(({ state }, index) => (state === 'waiting' ? [index] : []));
  const step = waiting.reduce(
    (least, index, place) =>
      place === 0 ? least : Math.min(least, (100 - slopeStart - (widths[index] ?? 0)) / place),
    waiting.length > 1 ? Math.min(16, 48 / (waiting.length - 1)) : 0,
  );
  const places = new Map(waiting.map((index, place) => [index, slopeStart + place * Math.max(0, step)]));
  return layers.map((layer, index) => {
    const widthPercent = widths[index] ?? 0;
    const offsetPercent = Math.min(places.get(index) ?? 0, 100 - widthPercent);
    return { widthPercent, offsetPercent, filledPercent: shareOf(layer) * 100 };
  });
}

/** A row of the list: a layer, or the reused layers of a long list together. */
export type SlipRow =
  | { readonly kind: 'layer'; readonly index: number }
  | { readonly kind: 'reused'; readonly indexes: readonly number[]; readonly sizeBytes: number };

/** Over 24 layers, those that are reused fold into one row, at the place of the first of them. */
export function slipRows(layers: readonly Layer[]): readonly SlipRow[] {
  const indexes = layers.flatMap(({ state }, index) => (state === 'reused' ? [index] : []));
  const each = layers.map((_, index): SlipRow => ({ kind: 'layer', index }));
  if (layers.length <= unfoldedMax || indexes.length < 2) return each;
  const sizeBytes = indexes.reduce((sum, index) => sum + (layers[index]?.sizeBytes ?? 0), 0);
  return each.flatMap((row): SlipRow[] => {
    if (row.kind !== 'layer' || layers[row.index]?.state !== 'reused') return [row];
    return row.index === indexes[0] ? [{ kind: 'reused', indexes, sizeBytes }] : [];
  });
}

/** The hull: all layers closed into one bar, by size, what was reused first. Shares add up to 1. */
export function hullOf(
  layers: readonly Layer[],
): readonly { readonly index: number; readonly share: number; readonly isReused: boolean }[] {
  const totalBytes = layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const segments = layers.map((layer, index) => ({
    index,
    share: totalBytes === 0 ? 1 / layers.length : layer.sizeBytes / totalBytes,
    isReused: layer.state === 'reused',
  }));
  return segments.toSorted((a, b) => Number(b.isReused) - Number(a.isReused));
}

const slopeStart = 11;
const unfoldedMax = 24;

function shareOf({ doneBytes, sizeBytes }: Layer): number {
  return sizeBytes === 0 ? 1 : Math.min(1, doneBytes / sizeBytes);
}
