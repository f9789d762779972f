import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEgress } from '#lib/egress/egress.ts';
import { createRegistryClient } from '#lib/oci/client.ts';
import { gatherCrew } from '#lib/pull/crew.ts';
import { fetchPlan } from '#lib/pull/fetch-plan.ts';
import { planPull } from '#lib/pull/plan.ts';
import { ownLayout } from '#lib/pull/provenance.ts';
import { resolveImage } from '#lib/pull/resolve.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';
import { Landed } from '#lib/store/landed.ts';
import { type FaultServer, startFaultServer } from '#tests/support/fault-server.ts';
import { testFolder } from '#tests/support/folder.ts';

describe('a layer in pieces', () => {
  it.each(['this thread', 'threads'])('comes in several requests, each byte once, in %s', async (where) => {
    const server = await startFaultServer({ seed: 1, faultPercent: 0, layerBytes: [900_000, 300_000, 0] });
    onTestFinished(() => server.stop());
    const { fetchedBytes } = await pull(server, where === 'threads');
    const sizes = server.layers.map(({ bytes }) => bytes.length);
    expect(server.layers.map(({ digest }) => server.sentBytes.get(digest))).toEqual(sizes);
    expect(fetchedBytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(server.story.filter((line) => line.includes('bytes=')).length).toBeGreaterThan(10);
  });

  it('is known by its gaps, wherever it stopped', () => {
    const cut = fc.record({
      sizeBytes: fc.integer({ min: 0, max: 5000 }),
      pieceBytes: fc.integer({ min: 1, max: 700 }),
    });
    fc.assert(
      fc.property(cut, fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 20 }), (shape, counts) => {
        const landed = new Landed(shape);
        for (let piece = 0; piece < landed.pieceCount; piece += 1) {
          landed.setCount(piece, Math.min(counts[piece] ?? 0, landed.lengthOf(piece)));
        }
        const missing = landed.gaps().reduce((sum, { first, end }) => sum + end - first, 0);
        expect(landed.totalBytes + missing).toBe(shape.sizeBytes);
        const [firstGap = { first: shape.sizeBytes }] = landed.gaps();
        expect(landed.endFrom(0)).toBe(firstGap.first);
        const seenElsewhere = new Landed({ ...shape, memory: landed.memory });
        expect(seenElsewhere.gaps()).toEqual(landed.gaps());
      }),
    );
  });
});

async function pull(server: FaultServer, inThreads: boolean) {
  const { host, repository, digest } = server;
  const rule = { plainHttp: true, allowPrivate: true };
  const egress = createEgress({ registries: { registries: { [host]: rule }, tokenUris: [] } });
  onTestFinished(() => egress.close());
  const client = createRegistryClient({ registry: host, ...egress.forRegistry(host) });
  const crew = gatherCrew({ client, toFetchBytes: inThreads ? Number.POSITIVE_INFINITY : 0 });
  onTestFinished(() => crew.close());
  const store = await openBlobStore({
    root: await testFolder(),
    durability: 'fast',
    isPrivate: true,
    pieceBytes,
  });
  const { signal } = new AbortController();
  const platform = { os: 'linux', architecture: 'amd64' };
  const reference = { registry: host, repository, tag: '1', digest };
  const image = await resolveImage({ client, reference, platform, signal });
  const plan = await planPull({ image, store, client, repository, provenance: ownLayout, signal });
  return fetchPlan({ plan, client, repository, store, signal, crew, onEvent: () => undefined });
}

const pieceBytes = 32 * 1024;
