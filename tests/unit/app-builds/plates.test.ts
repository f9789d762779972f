import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hullOf, platesOf, slipRows } from '#app/(dashboard)/builds/[number]/_components/plates.ts';
import type { Layer, LayerState } from '#lib/builds/schema.ts';

const layer = (index: number, sizeBytes: number, state: LayerState, doneBytes = 0): Layer => ({
  index,
  sizeBytes,
  state,
  doneBytes,
  digest: `sha256:${String(index).padStart(64, '0')}`,
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
});

const anyLayers = fc
  .array(
    fc.record({
      sizeBytes: fc.integer({ min: 0, max: 20_000_000_000 }),
      state: fc.constantFrom<LayerState>('waiting', 'fetching', 'verifying', 'verified', 'reused', 'failed'),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((layers) => layers.map(({ sizeBytes, state }, index) => layer(index, sizeBytes, state)));

describe('plates on the slip', () => {
  it('have the widths and places of the drawing', () => {
    const sizes = [29.7, 402.6, 911.5, 149.3, 41.8, 12.4].map((megabytes) => megabytes * 1e6);
    const states: LayerState[] = ['reused', 'verified', 'fetching', 'waiting', 'waiting', 'waiting'];
    const plates = platesOf(
      sizes.map((size, index) => layer(index, size, states[index] ?? 'waiting', size / 2)),
    );
    expect(plates.map(({ widthPercent }) => widthPercent.toFixed(1))).toEqual([
      '14.8',
      '54.5',
      '82.0',
      '33.2',
      '17.6',
      '9.6',
    ]);
    expect(plates.map(({ offsetPercent }) => offsetPercent)).toEqual([0, 0, 0, 11, 27, 43]);
    expect(plates[2]?.filledPercent).toBe(50);
  });

  it('keep a sliver of a layer beside one a million times as large', () => {
    expect(platesOf([layer(0, 1e12, 'verified'), layer(1, 32, 'verified')])[1]?.widthPercent).toBe(1.2);
  });

  it('stay on their track, and step out in order, for any layers', () => {
    fc.assert(
      fc.property(anyLayers, (layers) => {
        const plates = platesOf(layers);
        let last = 0;
        for (const [index, plate] of plates.entries()) {
          expect(plate.widthPercent).toBeGreaterThanOrEqual(1.2);
          expect(plate.offsetPercent + plate.widthPercent).toBeLessThanOrEqual(100.000001);
          if (layers[index]?.state !== 'waiting') expect(plate.offsetPercent).toBe(0);
          else {
            expect(plate.offsetPercent).toBeGreaterThanOrEqual(last - 1e-9);
            last = plate.offsetPercent;
          }
        }
      }),
    );
  });
});

describe('rows of the slip', () => {
  it('fold the reused layers of a long list at the place of the first', () => {
    const layers = Array.from({ length: 30 }, (_, index) =>
      layer(index, 10, index > 1 && index % 2 === 0 ? 'reused' : 'verified'),
    );
    const rows = slipRows(layers);
    expect(rows).toHaveLength(30 - 14 + 1);
    expect(rows[2]).toEqual({
      kind: 'reused',
      indexes: layers.flatMap(({ state, index }) => (state === 'reused' ? [index] : [])),
      sizeBytes: 140,
    });
  });

  it('show every layer of a list of 24', () => {
    expect(slipRows(Array.from({ length: 24 }, (_, index) => layer(index, 10, 'reused')))).toHaveLength(24);
  });

  it('lose no layer, whatever the list', () => {
    fc.assert(
      fc.property(anyLayers, (layers) => {
        const indexes = slipRows(layers).flatMap((row) => (row.kind === 'layer' ? [row.index] : row.indexes));
        expect(indexes.toSorted((a, b) => a - b)).toEqual(layers.map(({ index }) => index));
      }),
    );
  });
});

describe('the hull', () => {
  it('is all layers by size, reused ones first', () => {
    const hull = hullOf([layer(0, 60, 'verified'), layer(1, 30, 'reused'), layer(2, 10, 'verified')]);
    expect(hull).toEqual([
      { index: 1, share: 0.3, isReused: true },
      { index: 0, share: 0.6, isReused: false },
      { index: 2, share: 0.1, isReused: false },
    ]);
  });

  it('adds up to one, also where no layer has a size', () => {
    fc.assert(
      fc.property(anyLayers, (layers) => {
        expect(hullOf(layers).reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
      }),
    );
    expect(hullOf([layer(0, 0, 'verified'), layer(1, 0, 'verified')]).map(({ share }) => share)).toEqual([
      0.5, 0.5,
    ]);
  });
});
