import { access, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Digest } from '#lib/oci/digest.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { listTrash, type NeededAmong, recoverTrash, removeBlobs } from '#lib/store/collect-blobs.ts';
import { blobFile, deliveryFile } from '#lib/store/paths.ts';
import { testFolder } from '#tests/support/folder.ts';

const { signal } = new AbortController();
const named = (name: string): Digest => digestOf(Buffer.from(name));
const nobody: NeededAmong = async () => new Set();

class Killed extends Error {}

async function put(root: string, digest: Digest): Promise<void> {
  const file = blobFile(root, digest);
  await mkdir(path.dirname(file), { recursive: true });
  // As the store does it: a name is there with all of its bytes or not at all.
  const through = `${file}.${Math.random()}`;
  await writeFile(through, 'bytes');
  await rename(through, file);
}

const isThere = (root: string, digest: Digest) =>
  access(blobFile(root, digest)).then(
    () => true,
    () => false,
  );

function remove(root: string, digests: readonly Digest[], neededAmong: NeededAmong) {
  const removed = { blobs: 0, bytes: 0 };
  const done = removeBlobs({
    root,
    digests,
    neededAmong,
    durability: 'durable',
    signal,
    onRemoved: ({ blobs, bytes }) => {
      removed.blobs += blobs;
      removed.bytes += bytes;
    },
  });
  return done.then(() => removed);
}

describe('removing blobs', () => {
  it('takes what nobody needs, with the records of its deliveries, and counts it', async () => {
    const root = await testFolder();
    const digests = Array.from({ length: 150 }, (_, index) => named(String(index)));
    for (const digest of digests) await put(root, digest);
    const delivery = deliveryFile({ root, digest: digests[0] ?? named(''), source: 'registry.test' });
    await mkdir(path.dirname(delivery), { recursive: true });
    await writeFile(delivery, '');
    const kept = new Set(digests.slice(100));
    const removed = await remove(root, [...digests, named('not here')], async (asked) => {
      return new Set(asked.filter((digest) => kept.has(digest)));
    });
    expect(removed).toEqual({ blobs: 100, bytes: 500 });
    expect((await readdir(path.join(root, 'blobs', 'sha256'))).length).toBe(50);
    expect(await readdir(path.join(root, 'deliveries', 'sha256'))).toEqual([]);
    expect(await readdir(path.join(root, 'trash'))).toEqual([]);
  });

  it('brings back what somebody came to need in the moment in which it went out of sight', async () => {
    const root = await testFolder();
    await put(root, named('a'));
    let asked = 0;
    const late: NeededAmong = async (digests) => {
      asked += 1;
      if (asked === 1) return new Set();
      expect(await isThere(root, named('a'))).toBe(false);
      return new Set(digests);
    };
    expect(await remove(root, [named('a')], late)).toEqual({ blobs: 0, bytes: 0 });
    expect(await isThere(root, named('a'))).toBe(true);
    expect(await listTrash(root)).toEqual([]);
  });

  it.each([
    ['goes back', true],
    ['goes away', false],
  ])('what a killed collection left out of sight %s when it is asked for again', async (_what, isNeeded) => {
    const root = await testFolder();
    await put(root, named('a'));
    let asked = 0;
    const dying: NeededAmong = async () => {
      asked += 1;
      if (asked === 2) throw new Killed();
      return new Set();
    };
    await expect(remove(root, [named('a')], dying)).rejects.toBeInstanceOf(Killed);
    expect(await isThere(root, named('a'))).toBe(false);
    expect((await listTrash(root)).map(({ digest }) => digest)).toEqual([named('a')]);
    const neededAmong: NeededAmong = async (digests) => new Set(isNeeded ? digests : []);
    await recoverTrash({ root, neededAmong, onRemoved: () => {} });
    expect(await isThere(root, named('a'))).toBe(isNeeded);
    expect(await listTrash(root)).toEqual([]);
  });

  it('wherever it is killed, no manifest is left that lacks a blob', async () => {
    // Three images; their manifests come first, as a plan has them.
    const manifests = [0, 1, 2].map((index) => named(`manifest ${index}`));
    const layersOf = (index: number) => Array.from({ length: 40 }, (_, at) => named(`layer ${index} ${at}`));
    const order = [...manifests, ...[0, 1, 2].flatMap(layersOf)];
    for (let killAt = 1; killAt <= 5; killAt += 1) {
      const root = await testFolder();
      for (const digest of order) await put(root, digest);
      let asked = 0;
      const dying: NeededAmong = async () => {
        asked += 1;
        if (asked === killAt) throw new Killed();
        return new Set();
      };
      await remove(root, order, dying).catch(() => undefined);
      for (const [index, manifest] of manifests.entries()) {
        if (!(await isThere(root, manifest))) continue;
        const layers = await Promise.all(layersOf(index).map((digest) => isThere(root, digest)));
        expect(layers.every(Boolean), `killed at question ${killAt}`).toBe(true);
      }
      await recoverTrash({ root, neededAmong: nobody, onRemoved: () => {} });
      expect(await listTrash(root)).toEqual([]);
    }
  });
});

/** What the database says, as plain data: the same rules, each in one step. */
class Records {
  readonly images = new Map<
    number,
    { readonly blobs: readonly Digest[]; isCondemned: boolean; holds: number }
  >();

  hold(id: number, blobs: readonly Digest[]): void {
    const image = this.images.get(id) ?? { blobs, isCondemned: false, holds: 0 };
    image.isCondemned = false;
    image.holds += 1;
    this.images.set(id, image);
  }

  end(id: number): void {
    const image = this.images.get(id);
    if (image !== undefined) image.holds -= 1;
  }

  condemn(): readonly Digest[] {
    for (const image of this.images.values()) if (image.holds === 0) image.isCondemned = true;
    const doomed = [...this.images.values()].filter(({ isCondemned }) => isCondemned);
    const blobs = new Set(doomed.flatMap((image) => image.blobs));
    const needed = this.needed([...blobs]);
    return [...blobs].filter((digest) => !needed.has(digest));
  }

  needed(digests: readonly Digest[]): ReadonlySet<Digest> {
    const kept = [...this.images.values()].filter(({ isCondemned }) => !isCondemned);
    const blobs = new Set(kept.flatMap((image) => image.blobs));
    return new Set(digests.filter((digest) => blobs.has(digest)));
  }

  forget(): void {
    for (const [id, { isCondemned }] of this.images) if (isCondemned) this.images.delete(id);
  }
}

/** Lets several actors take their steps one at a time, in an order that the test chooses. */
class Turns {
  readonly #waiting: (() => Promise<void>)[] = [];
  #live = 0;
  #parked = Promise.withResolvers<void>();

  /** A step of an actor: everything in it happens before anybody takes another. */
  step<T>(act: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(async () => {
        try {
          resolve(await act());
        } catch (error) {
          reject(error);
        }
      });
      this.#parked.resolve();
    });
  }

  async run(actors: readonly (() => Promise<void>)[], choices: readonly number[]): Promise<void> {
    this.#live = actors.length;
    const ends = actors.map(async (actor) => {
      await actor().finally(() => {
        this.#live -= 1;
        this.#parked.resolve();
      });
    });
    for (let turn = 0; this.#live > 0; turn += 1) {
      while (this.#waiting.length < this.#live) {
        await this.#parked.promise;
        this.#parked = Promise.withResolvers<void>();
      }
      const at = (choices[turn % choices.length] ?? 0) % Math.max(1, this.#waiting.length);
      await this.#waiting.splice(at, 1)[0]?.();
    }
    await Promise.all(ends);
  }
}

describe('builds and collections at once, in any order of their steps', () => {
  const blobNames = ['a', 'b', 'c', 'd', 'e'].map(named);
  const arbitraryActor = fc.oneof(
    fc.record({ kind: fc.constant('build' as const), image: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ kind: fc.constant('collect' as const), killAt: fc.integer({ min: 1, max: 8 }) }),
  );
  /** Which blobs an image has follows from its number, and any two share one. */
  const blobsOfImage = (image: number) => [0, 1, 2].map((at) => blobNames[(image + at) % 5] ?? named('a'));

  it('lose no blob that a build held to its end, and leave nothing out of sight', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryActor, { minLength: 2, maxLength: 5 }),
        fc.array(fc.nat(20), { minLength: 40, maxLength: 40 }),
        async (actors, choices) => {
          const root = await testFolder();
          const turns = new Turns();
          const records = new Records();
          for (const image of [0, 1, 2, 3]) {
            records.hold(image, blobsOfImage(image));
            records.end(image);
          }
          for (const digest of blobNames) await put(root, digest);

          const build = async (image: number) => {
            const blobs = blobsOfImage(image);
            await turns.step(() => records.hold(image, blobs));
            // What it sees here it relies on: it looks at nothing again.
            const look = () => Promise.all(blobs.map((digest) => isThere(root, digest)));
            const isHere = await turns.step(look);
            for (const digest of blobs.filter((_, index) => !isHere[index])) {
              await turns.step(() => put(root, digest));
            }
            await turns.step(() => records.end(image));
          };
          const collect = async (killAt: number) => {
            const digests = await turns.step(() => records.condemn());
            let asked = 0;
            const neededAmong: NeededAmong = async (some) => {
              asked += 1;
              if (asked === killAt) throw new Killed();
              // The answer may be old by the time it is heard.
              const answer = await turns.step(() => records.needed(some));
              return turns.step(() => answer);
            };
            try {
              await recoverTrash({ root, neededAmong, onRemoved: () => {} });
              await remove(root, digests, neededAmong);
              await turns.step(() => records.forget());
            } catch (error) {
              if (!(error instanceof Killed)) throw error;
            }
          };
          const acts = actors.map((actor) => () => {
            return actor.kind === 'build' ? build(actor.image) : collect(actor.killAt);
          });
          await turns.run(acts, choices);
          await recoverTrash({
            root,
            neededAmong: async (some) => records.needed(some),
            onRemoved: () => {},
          });

          expect(await listTrash(root)).toEqual([]);
          for (const { blobs, isCondemned } of records.images.values()) {
            if (isCondemned) continue;
            const there = await Promise.all(blobs.map((digest) => isThere(root, digest)));
            expect(there).toEqual(blobs.map(() => true));
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
