import { expect, it } from 'vitest';
import { noRates, observeLayers } from '#app/(dashboard)/builds/[number]/_components/layer-rates.ts';
import type { Layer } from '#lib/builds/schema.ts';

const arriving = (index: number, doneBytes: number): Layer => ({
  index,
  digest: 'sha256:0',
  mediaType: '',
  sizeBytes: 1e9,
  state: 'fetching',
  doneBytes,
});

it('is the mean of the last three seconds, once there is a second of data', () => {
  let rates = observeLayers(noRates, [arriving(0, 0)], 0);
  rates = observeLayers(rates, [arriving(0, 10e6)], 500);
  expect(rates.bytesPerSecond.size).toBe(0);
  rates = observeLayers(rates, [arriving(0, 40e6)], 2000);
  expect(rates.bytesPerSecond.get(0)).toBe(20e6);
  rates = observeLayers(rates, [arriving(0, 100e6)], 5000);
  expect(rates.bytesPerSecond.get(0)).toBe(20e6);
});

it('forgets a layer that ended, and says nothing of one that began anew', () => {
  let rates = observeLayers(noRates, [arriving(0, 50e6), arriving(1, 0)], 0);
  rates = observeLayers(rates, [arriving(1, 30e6)], 1500);
  expect([...rates.bytesPerSecond.keys()]).toEqual([1]);
  rates = observeLayers(rates, [arriving(1, 1e6)], 2500);
  expect(rates.bytesPerSecond.size).toBe(0);
});
