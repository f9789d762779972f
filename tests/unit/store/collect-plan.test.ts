import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Digest } from '#lib/oci/digest.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import {
  bytesToFreeFor,
  type CollectionPlan,
  type FoundBlob,
  type KnownImage,
  type PlanOptions,
  planCollection,
} from '#lib/store/collect-plan.ts';
import type { BlobKind } from '#lib/store/types.ts';

const now = new Date('2026-11-26T12:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const named = (name: string): Digest => digestOf(Buffer.from(name));
const noLimits = { bytesMax: null, daysMax: null };

/** An image of 100 bytes a layer, with a manifest and a config of one byte. */
function image(name: string, layers: readonly string[], facts: Partial<KnownImage> = {}): KnownImage {
  const blob = (kind: BlobKind, blobName: string, sizeBytes: number, position = 0) => ({
    digest: named(blobName),
    ...{ kind, sizeBytes, position },
  });
  return {
    digest: named(`${name} manifest`),
    usedAt: hoursAgo(1),
    isHeld: false,
    isCondemned: false,
    blobs: [
      blob('manifest', `${name} manifest`, 1),
      blob('config', `${name} config`, 1),
      ...layers.map((layer, index) => blob('layer', layer, 100, index)),
    ],
    ...facts,
  };
}

function plan(images: readonly KnownImage[], options: Partial<PlanOptions> = {}): CollectionPlan {
  return planCollection({
    images,
    found: foundOf(images),
    limits: noLimits,
    now,
    graceMs: 600_000,
    ...options,
  });
}

function foundOf(images: readonly KnownImage[]): Map<Digest, FoundBlob> {
  const blobs = images.flatMap((each) => each.blobs);
  return new Map(blobs.map(({ digest, sizeBytes }) => [digest, { sizeBytes, touchedAt: hoursAgo(48) }]));
}

const victimsOf = ({ victims }: CollectionPlan) => victims.map(({ image, due }) => [image.digest, due]);

describe('a plan', () => {
  const old = image('old', ['a', 'b'], { usedAt: hoursAgo(24 * 40) });
  const middle = image('middle', ['b', 'c'], { usedAt: hoursAgo(24 * 10) });
  const young = image('young', ['c', 'd'], { usedAt: hoursAgo(1) });

  it('without limits takes nothing', () => {
    expect(plan([old, middle, young])).toMatchObject({
      victims: [],
      blobs: [],
      freedBytes: 0,
      keptBytes: 406,
    });
  });

  it('takes what was not needed for too long, and of it only what nobody else needs', () => {
    const found = plan([old, middle, young], { limits: { bytesMax: null, daysMax: 30 } });
    expect(victimsOf(found)).toEqual([[old.digest, 'age']]);
    expect(found.blobs.map(({ digest }) => digest)).toEqual([
      named('old manifest'),
      named('old config'),
      named('a'),
    ]);
    expect(found).toMatchObject({ freedBytes: 102, keptBytes: 304 });
  });

  it('takes the least recently used until the rest is small enough', () => {
    const found = plan([young, middle, old], { limits: { bytesMax: 250, daysMax: null } });
    expect(victimsOf(found)).toEqual([
      [old.digest, 'size'],
      [middle.digest, 'size'],
    ]);
    expect(found.keptBytes).toBe(202);
  });

  it('counts downloads under way for the size', () => {
    const limits = { bytesMax: 406, daysMax: null };
    expect(plan([old, middle, young], { limits }).victims).toEqual([]);
    expect(victimsOf(plan([old, middle, young], { limits, otherBytes: 1 }))).toEqual([[old.digest, 'size']]);
  });

  it('never takes what a build holds, however old and large', () => {
    const held = { ...old, isHeld: true };
    const found = plan([held, young], { limits: { bytesMax: 0, daysMax: 1 }, graceMs: 0 });
    expect(victimsOf(found)).toEqual([[young.digest, 'size']]);
    expect(found.blobs.map(({ digest }) => digest)).not.toContain(named('a'));
  });

  it('spares what was needed a moment ago, unless a pull needs the room', () => {
    const fresh = image('fresh', ['e'], { usedAt: hoursAgo(0.1) });
    expect(plan([fresh], { limits: { bytesMax: 0, daysMax: null } }).victims).toEqual([]);
    expect(victimsOf(plan([fresh], { bytesToFree: 1 }))).toEqual([[fresh.digest, 'room']]);
  });

  it('makes as much room as is asked for and no more', () => {
    const found = plan([old, middle, young], { bytesToFree: 102 });
    expect(victimsOf(found)).toEqual([[old.digest, 'room']]);
  });

  it('ends what was begun', () => {
    const begun = { ...young, isCondemned: true };
    expect(victimsOf(plan([old, begun]))).toEqual([[begun.digest, 'begun']]);
  });

  it('takes blobs of no image once they are older than the grace', () => {
    const found = foundOf([young]);
    found.set(named('loose'), { sizeBytes: 7, touchedAt: hoursAgo(1) });
    found.set(named('new'), { sizeBytes: 9, touchedAt: hoursAgo(0.01) });
    const taken = plan([young], { found });
    expect(taken.blobs).toEqual([{ digest: named('loose'), sizeBytes: 7 }]);
    expect(taken.freedBytes).toBe(7);
  });

  it('counts what is not here as nothing', () => {
    const found = foundOf([old]);
    found.delete(named('a'));
    expect(plan([old], { found, bytesToFree: 1 })).toMatchObject({ freedBytes: 102 });
  });
});

describe('of any images and limits', () => {
  const arbitraryImages = fc.uniqueArray(
    fc.record({
      name: fc.integer({ min: 0, max: 30 }),
      layers: fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 5 }),
      ageHours: fc.integer({ min: 0, max: 2000 }),
      isHeld: fc.boolean(),
      isCondemned: fc.constantFrom(false, false, false, true),
    }),
    { selector: ({ name }) => name, maxLength: 12 },
  );
  const arbitraryOptions = fc.record({
    bytesMax: fc.option(fc.integer({ min: 0, max: 3000 })),
    daysMax: fc.option(fc.integer({ min: 1, max: 60 })),
    bytesToFree: fc.integer({ min: 0, max: 500 }),
    graceMs: fc.constantFrom(0, 3_600_000),
    missing: fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 3 }),
  });

  it('nothing goes that an image which stays needs, and no more than has to', () => {
    fc.assert(
      fc.property(arbitraryImages, arbitraryOptions, (given, options) => {
        const images = given.map(({ name, layers, ageHours, isHeld, isCondemned }) =>
          image(
            `i${name}`,
            layers.map((layer) => `layer ${layer}`),
            { usedAt: hoursAgo(ageHours), isHeld, isCondemned: isCondemned && !isHeld },
          ),
        );
        const found = foundOf(images);
        for (const layer of options.missing) found.delete(named(`layer ${layer}`));
        const { bytesMax, daysMax, bytesToFree, graceMs } = options;
        const result = plan(images, { found, limits: { bytesMax, daysMax }, bytesToFree, graceMs });

        const taken = new Set(result.victims.map(({ image }) => image.digest));
        const stay = images.filter(({ digest }) => !taken.has(digest));
        const needed = new Set(stay.flatMap(({ blobs }) => blobs.map(({ digest }) => digest)));
        expect(result.blobs.filter(({ digest }) => needed.has(digest))).toEqual([]);
        expect(result.victims.filter(({ image }) => image.isHeld)).toEqual([]);
        const gone = new Set(result.blobs.map(({ digest }) => digest));
        expect(gone.size).toBe(result.blobs.length);
        const left = [...found].filter(([digest]) => !gone.has(digest));
        expect(left.filter(([digest]) => !needed.has(digest))).toEqual([]);
        expect(result.keptBytes).toBe(left.reduce((sum, [, { sizeBytes }]) => sum + sizeBytes, 0));

        // Only what may not go stands in the way of a limit.
        const free = stay.filter(
          ({ isHeld, usedAt }) => !isHeld && now.getTime() - usedAt.getTime() >= graceMs,
        );
        if (bytesMax !== null && result.keptBytes > bytesMax) expect(free).toEqual([]);
        const ages = free.map(({ usedAt }) => now.getTime() - usedAt.getTime());
        expect(ages.filter((ageMs) => ageMs > (daysMax ?? Infinity) * 24 * 3_600_000)).toEqual([]);
        // The least recently used first.
        const bySize = result.victims.filter(({ due }) => due === 'size').map(({ image }) => image.usedAt);
        const oldestKept = Math.min(...free.map(({ usedAt }) => usedAt.getTime()));
        expect(bySize.filter((usedAt) => usedAt.getTime() > oldestKept)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('room for a pull', () => {
  it.each([
    ['of nothing', { neededBytes: 0, freeBytes: 0, diskBytes: 1e12 }, 0],
    ['that fits', { neededBytes: 1e9, freeBytes: 4e9, diskBytes: 1e12 }, 0],
    ['that would fill the disk', { neededBytes: 1e9, freeBytes: 1e9, diskBytes: 1e12 }, 2e9],
    ['that would fill a small disk', { neededBytes: 1e9, freeBytes: 1e9, diskBytes: 10e9 }, 0.5e9],
    ['that cannot fit', { neededBytes: 9e9, freeBytes: 1e9, diskBytes: 1e12 }, 10e9],
  ])('%s', (_what, options, expected) => {
    expect(bytesToFreeFor(options)).toBe(expected);
  });
});
