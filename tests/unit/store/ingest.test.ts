import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Descriptor } from '#lib/oci/types.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { type BlobStore, openBlobStore } from '#lib/store/blob-store.ts';
import type { IngestOptions } from '#lib/store/ingest.ts';
import { takeLease } from '#lib/store/lease.ts';
import { blobFile, ingestFolder } from '#lib/store/paths.ts';
import { testFolder } from '#tests/support/folder.ts';
import { randomBytesOf } from '#tests/support/layers.ts';

const leaseTiming = { heartbeatMs: 20, staleAfterMs: 250, pollMs: 5 };
const source = 'registry.example.com';

function descriptorOf(bytes: Uint8Array): Descriptor {
  return { mediaType: 'application/octet-stream', digest: digestOf(bytes), sizeBytes: bytes.length };
}

async function openStore(options: { readonly isPrivate?: boolean } = {}): Promise<BlobStore> {
  return openBlobStore({
    root: path.join(await testFolder(), 'store'),
    durability: 'durable',
    leaseTiming,
    ...options,
  });
}

/** A source that serves these bytes in chunks and counts how many it was asked for. */
function serving(
  bytes: Uint8Array,
  options: { readonly chunkBytes?: number; readonly breakAt?: number } = {},
) {
  const { chunkBytes = 1000, breakAt } = options;
  const served = { bytes: 0, requests: 0 };
  async function* open({ offset, signal }: { readonly offset: number; readonly signal: AbortSignal }) {
    served.requests += 1;
    for (let at = offset; at < bytes.length; at += chunkBytes) {
      if (breakAt !== undefined && at >= breakAt) throw new Error('broke off');
      const chunk = bytes.subarray(at, at + chunkBytes);
      served.bytes += chunk.length;
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      yield chunk;
    }
  }
  return { open, served };
}

function ingestOf(
  bytes: Uint8Array,
  changes: Partial<IngestOptions> & Pick<IngestOptions, 'open'>,
): IngestOptions {
  return {
    descriptor: descriptorOf(bytes),
    source,
    isGranted: false,
    confirm: () => Promise.reject(new Error('nobody should ask')),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...changes,
  };
}

const whole = randomBytesOf('blob', 3_000_000);

describe('bringing a blob into the store', () => {
  it.each([0, 1, 999, 1000, 1_048_576, 1_048_577, 3_000_000])(
    'keeps %i bytes under their digest',
    async (size) => {
      const bytes = whole.subarray(0, size);
      const store = await openStore();
      const progress: string[] = [];
      const { open } = serving(bytes);
      const result = await store.ingest(
        ingestOf(bytes, { open, onProgress: ({ phase }) => progress.push(phase) }),
      );
      expect(result).toEqual({ fetchedBytes: size, resumedBytes: 0 });
      expect(await readFile(blobFile(store.root, digestOf(bytes)))).toEqual(Buffer.from(bytes));
      expect(await store.has(descriptorOf(bytes))).toBe(true);
      expect(await readdir(path.join(store.root, 'ingest'))).toEqual([]);
      expect(progress.at(-1)).toBe('verifying');
    },
  );

  it('takes sha512 as well', async () => {
    const bytes = whole.subarray(0, 5000);
    const store = await openStore();
    const descriptor = { ...descriptorOf(bytes), digest: digestOf(bytes, 'sha512') };
    await store.ingest(ingestOf(bytes, { ...serving(bytes), descriptor }));
    expect(await store.read(descriptor)).toEqual(Buffer.from(bytes));
  });

  it('never shows a blob before it is verified', async () => {
    const store = await openStore();
    const seen = new Set<boolean>();
    const { open } = serving(whole, { chunkBytes: 100_000 });
    const onProgress = async () => seen.add(await store.has(descriptorOf(whole)));
    await store.ingest(ingestOf(whole, { open, onProgress: () => void onProgress() }));
    expect([...seen]).toEqual([false]);
  });

  it('replaces a damaged blob', async () => {
    const store = await openStore({ isPrivate: true });
    const file = blobFile(store.root, digestOf(whole));
    await writeFile(file, whole.subarray(0, 10));
    expect(await store.has(descriptorOf(whole))).toBe(false);
    await store.ingest(ingestOf(whole, serving(whole)));
    expect((await stat(file)).size).toBe(whole.length);
  });
});

describe('bytes that are not what they should be', () => {
  it.each([
    ['others', randomBytesOf('other', 5000), 'digest_mismatch'],
    ['too few', whole.subarray(0, 4999), 'blob_size'],
    ['too many', whole.subarray(0, 5001), 'blob_size'],
  ])('leave nothing behind when they are %s', async (_what, served, code) => {
    const store = await openStore();
    const bytes = whole.subarray(0, 5000);
    const descriptor = descriptorOf(bytes);
    await expect(store.ingest(ingestOf(bytes, serving(served)))).rejects.toMatchObject({ code });
    expect(await store.has(descriptor)).toBe(false);
    expect(await store.partialBytes({ descriptor, source })).toBe(0);
    // And they stand in nobody's way.
    await store.ingest(ingestOf(bytes, serving(bytes)));
    expect(await store.has(descriptor)).toBe(true);
  });

  it('are fetched once more from nothing when what was resumed was damaged', async () => {
    const store = await openStore();
    await expect(store.ingest(ingestOf(whole, serving(whole, { breakAt: 2_000_000 })))).rejects.toThrow(
      'broke off',
    );
    const folder = ingestFolder({ root: store.root, digest: digestOf(whole), source });
    const [partial = ''] = (await readdir(folder)).filter((name) => name.startsWith('partial-'));
    await writeFile(path.join(folder, partial), randomBytesOf('damage', 500_000));

    const { open, served } = serving(whole);
    const result = await store.ingest(ingestOf(whole, { open }));
    expect(served.requests).toBe(2);
    expect(result).toEqual({ fetchedBytes: 2_500_000 + whole.length, resumedBytes: 0 });
    expect(await store.has(descriptorOf(whole))).toBe(true);
  });

  it('of a partial that is longer than the blob are not used', async () => {
    const store = await openStore();
    const bytes = whole.subarray(0, 1000);
    const folder = ingestFolder({ root: store.root, digest: digestOf(bytes), source });
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'partial-old'), whole);
    expect(await store.ingest(ingestOf(bytes, serving(bytes)))).toEqual({
      fetchedBytes: 1000,
      resumedBytes: 0,
    });
    expect(await readdir(path.join(store.root, 'ingest'))).toEqual([]);
  });
});

describe('going on where a try stopped', () => {
  it('fetches each byte once, wherever the tries break off', async () => {
    const breaks = fc.uniqueArray(fc.integer({ min: 1, max: 200_000 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(breaks, fc.integer({ min: 500, max: 70_000 }), async (cuts, chunkBytes) => {
        const bytes = whole.subarray(0, 200_000);
        const store = await openStore();
        let fetched = 0;
        for (const breakAt of cuts.toSorted((a, b) => a - b)) {
          const { open, served } = serving(bytes, { chunkBytes, breakAt });
          await store.ingest(ingestOf(bytes, { open })).catch(() => undefined);
          fetched += served.bytes;
        }
        const { open, served } = serving(bytes, { chunkBytes });
        const isDone = await store.has(descriptorOf(bytes));
        const result = await store.ingest(ingestOf(bytes, { open, isGranted: true }));
        fetched += served.bytes;
        expect(fetched).toBe(bytes.length);
        if (!isDone) expect(result.fetchedBytes + result.resumedBytes).toBe(bytes.length);
        expect(await store.read(descriptorOf(bytes))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 25 },
    );
  });

  it('keeps what came when it is cancelled, and lets go at once', async () => {
    const store = await openStore();
    const controller = new AbortController();
    const { open } = serving(whole);
    const onProgress = ({ doneBytes }: { readonly doneBytes: number }) => {
      if (doneBytes > 1_500_000) controller.abort(new Error('stop'));
    };
    const ingest = ingestOf(whole, { open, onProgress, signal: controller.signal });
    await expect(store.ingest(ingest)).rejects.toThrow('stop');
    const kept = await store.partialBytes({ descriptor: descriptorOf(whole), source });
    expect(kept).toBeGreaterThan(1_500_000);
    const { served, open: again } = serving(whole);
    expect(await store.ingest(ingestOf(whole, { open: again }))).toEqual({
      fetchedBytes: whole.length - kept,
      resumedBytes: kept,
    });
    expect(served.bytes).toBe(whole.length - kept);
  });

  it('never shares a file with an owner that may wake', async () => {
    const store = await openStore();
    const folder = ingestFolder({ root: store.root, digest: digestOf(whole), source });
    const sleeper = await takeLease({
      folder,
      after: undefined,
      timing: { ...leaseTiming, heartbeatMs: 60_000 },
    });
    const file = path.join(folder, `partial-${sleeper?.token}`);
    await writeFile(file, whole.subarray(0, 2_000_000));
    const { ino } = await stat(file);

    const { open, served } = serving(whole);
    const result = await store.ingest(ingestOf(whole, { open }));
    expect(result.resumedBytes).toBe(2_000_000);
    expect(served.bytes).toBe(1_000_000);
    expect((await stat(blobFile(store.root, digestOf(whole)))).ino).not.toBe(ino);
    expect(await sleeper?.isHeld()).toBe(false);
    await sleeper?.release();
  });

  it('makes the one that lost its lease follow, and finish with what the other brought', async () => {
    const store = await openStore();
    let wake: () => void = () => undefined;
    const sleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    async function* slow() {
      yield whole.subarray(0, 1_000_000);
      await sleep;
      yield whole.subarray(1_000_000);
    }
    const confirm = async () => true;
    const first = store.ingest(ingestOf(whole, { open: slow, confirm }));
    const folder = ingestFolder({ root: store.root, digest: digestOf(whole), source });
    await expect.poll(async () => (await readdir(folder).catch(() => [])).length).toBe(2);
    const heir = await takeLease({
      folder,
      after: { generation: 1, content: undefined, touchedAtMs: 0 },
      timing: leaseTiming,
    });
    await heir?.release();
    wake();
    await first;
    expect(await store.has(descriptorOf(whole))).toBe(true);
    await expect.poll(() => readdir(path.join(store.root, 'ingest'))).toEqual([]);
  });
});

describe('several that want the same blob at once', () => {
  it('share one download', async () => {
    const store = await openStore();
    const { open, served } = serving(whole, { chunkBytes: 50_000 });
    const phases = new Set<string>();
    const results = await Promise.all(
      Array.from({ length: 8 }, () =>
        store.ingest(
          ingestOf(whole, { open, confirm: async () => true, onProgress: ({ phase }) => phases.add(phase) }),
        ),
      ),
    );
    expect(served).toEqual({ bytes: whole.length, requests: 1 });
    expect(results.filter(({ fetchedBytes }) => fetchedBytes > 0)).toHaveLength(1);
    expect([...phases].sort()).toEqual(['fetching', 'following', 'verifying']);
  });

  it('go on when the leader gives up', async () => {
    const store = await openStore();
    const leader = serving(whole, { breakAt: 1_000_000, chunkBytes: 5_000 });
    const breaking = expect(store.ingest(ingestOf(whole, leader))).rejects.toThrow('broke off');
    await vi.waitFor(() => expect(leader.served.requests).toBe(1), { interval: 1 });
    const { open, served } = serving(whole);
    const follower = store.ingest(ingestOf(whole, { open, confirm: async () => true }));
    await breaking;
    expect((await follower).resumedBytes).toBe(1_000_000);
    expect(served.bytes).toBe(2_000_000);
  });
});

describe('who may use what is in a shared store', () => {
  async function storeWithBlob(): Promise<BlobStore> {
    const store = await openStore();
    await store.ingest(ingestOf(whole, serving(whole)));
    return store;
  }

  it('whoever is known to have been given it, without a question', async () => {
    const store = await storeWithBlob();
    const { open, served } = serving(whole);
    await store.ingest(ingestOf(whole, { open, isGranted: true }));
    expect(served.requests).toBe(0);
  });

  it('whom the host that delivered it confirms it', async () => {
    const store = await storeWithBlob();
    const confirm = vi.fn(async () => true);
    const { open, served } = serving(whole);
    await store.ingest(ingestOf(whole, { open, confirm }));
    expect({ asked: confirm.mock.calls.length, ...served }).toEqual({ asked: 1, requests: 0, bytes: 0 });
  });

  it('nobody whom that host refuses: they have to fetch it', async () => {
    const store = await storeWithBlob();
    const { open, served } = serving(whole);
    await store.ingest(ingestOf(whole, { open, confirm: async () => false }));
    expect(served.bytes).toBe(whole.length);
  });

  it('nobody whom another host confirms it: it has to deliver it, and is not even asked', async () => {
    const store = await storeWithBlob();
    const refused = async () => {
      throw new Error('I do not have it');
    };
    const open = () => ({ [Symbol.asyncIterator]: () => ({ next: refused }) });
    const confirm = vi.fn(async () => true);
    const ingest = ingestOf(whole, { open, confirm, source: 'evil.example.com' });
    await expect(store.ingest(ingest)).rejects.toThrow('I do not have it');
    expect(confirm).not.toHaveBeenCalled();
    expect(await store.isDelivered({ digest: digestOf(whole), source: 'evil.example.com' })).toBe(false);
  });

  it('nobody gets the partial blob of another host', async () => {
    const store = await openStore();
    await expect(store.ingest(ingestOf(whole, serving(whole, { breakAt: 2_999_000 })))).rejects.toThrow();
    const other = 'evil.example.com';
    expect(await store.partialBytes({ descriptor: descriptorOf(whole), source: other })).toBe(0);
    const { open, served } = serving(whole);
    await store.ingest(ingestOf(whole, { open, source: other }));
    expect(served.bytes).toBe(whole.length);
  });

  it('nobody who is refused gets a partial blob that only lacked its name', async () => {
    const store = await openStore();
    const folder = ingestFolder({ root: store.root, digest: digestOf(whole), source });
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'partial-complete'), whole);
    const { open, served } = serving(whole);
    await store.ingest(ingestOf(whole, { open, confirm: async () => false }));
    expect(served.bytes).toBe(whole.length);
  });

  it('everybody, in a layout of their own', async () => {
    const store = await openStore({ isPrivate: true });
    await store.write({ digest: digestOf(whole), bytes: whole });
    const { open, served } = serving(whole);
    await store.ingest(ingestOf(whole, { open }));
    expect(served.requests).toBe(0);
    expect(await readdir(store.root)).not.toContain('deliveries');
  });
});
