import type { Layer } from '#lib/builds/schema.ts';

interface Sample {
  readonly atMs: number;
  readonly doneBytes: ReadonlyMap<number, number>;
}

/** How fast each layer arrives, from what the last three seconds of progress said. Immutable. */
export interface LayerRates {
  readonly samples: readonly Sample[];
  /** Bytes a second by layer index; absent where less than a second of data says anything. */
  readonly bytesPerSecond: ReadonlyMap<number, number>;
}

export const noRates: LayerRates = { samples: [], bytesPerSecond: new Map() };

export function observeLayers(rates: LayerRates, layers: readonly Layer[], atMs: number): LayerRates {
  const arriving = layers.filter(({ state }) => state === 'fetching');
  const newest: Sample = {
    atMs,
    doneBytes: new Map(arriving.map((layer) => [layer.index, layer.doneBytes])),
  };
  const samples = [
    ...rates.samples.filter((sample) => atMs - sample.atMs <= windowMs && sample.atMs < atMs),
    newest,
  ];
  const bytesPerSecond = new Map<number, number>();
  for (const [index, doneBytes] of newest.doneBytes) {
    // A layer that has fewer bytes than before was begun anew.
    if (samples.some((sample) => (sample.doneBytes.get(index) ?? 0) > doneBytes)) continue;
    const first = samples.find((sample) => sample.doneBytes.has(index));
    const spanMs = atMs - (first?.atMs ?? atMs);
    const fromBytes = first?.doneBytes.get(index) ?? doneBytes;
    if (spanMs >= spanMinMs) {
      bytesPerSecond.set(index, ((doneBytes - fromBytes) / spanMs) * 1000);
    }
  }
  return { samples, bytesPerSecond };
}

/** Rates are the mean of this long. */
const windowMs = 3000;
/** Less says more about the timing of events than about the layer. */
const spanMinMs = 1000;
