import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { BlobSizeError } from '#lib/oci/errors.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { Follower, Landing } from '#lib/pull/landing.ts';
import { type BlobStore, openBlobStore } from '#lib/store/blob-store.ts';
import type { IngestOptions } from '#lib/store/ingest.ts';
import { pieceBytesDefault } from '#lib/store/landed.ts';
import { takeLease } from '#lib/store/lease.ts';
import { blobFile, ingestFolder } from '#lib/store/paths.ts';
import { testFolder } from '#tests/support/folder.ts';
import { randomBytesOf } from '#tests/support/layers.ts';

/** Longer than a busy machine keeps a process that beats waiting. */
const leaseTiming = { heartbeatMs: 20, staleAfterMs: 2_000, pollMs: 5 };
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
  async function* chunksFrom(offset: number, signal: AbortSignal) {
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
  return { bring: bringing(chunksFrom), served };
}

/** Brings a blob of one piece from whatever yields its bytes. */
function bringing(
  chunksFrom: (offset: number, signal: AbortSignal) => AsyncIterable<Uint8Array>,
): IngestOptions['bring'] {
  return async ({ partial: { file, landed }, signal }) => {
    const follower = new Follower({ landed, algorithm: 'sha256' });
    for (const span of landed.gaps()) {
      const landing = new Landing({ file, landed, span, follower });
      try {
        for await (const chunk of chunksFrom(span.first, signal)) landing.take(chunk);
      } finally {
        landing.close();
      }
    }
    return follower.follow(file, signal);
  };
}

function ingestOf(
  bytes: Uint8Array,
  changes: Partial<IngestOptions> & Pick<IngestOptions, 'bring'>,
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

/** What an owner leaves that got so far. */
async function writePartial(file: string, bytes: Uint8Array, landedBytes: number): Promise<void> {
  const counts = Buffer.alloc(16);
  counts.write('landed-1');
  counts.writeInt32LE(pieceBytesDefault, 8);
  counts.writeInt32LE(landedBytes, 12);
  const there = Buffer.alloc(bytes.length);
  there.set(bytes.subarray(0, landedBytes));
  await writeFile(file, Buffer.concat([there, counts]));
}

describe('bringing a blob into the store', () => {
  it.each([0, 1, 999, 1000, 1_048_576, 1_048_577, 3_000_000])(
    'keeps %i bytes under their digest',
    async (size) => {
      const bytes = whole.subarray(0, size);
      const store = await openStore();
      const progress: string[] = [];
      const { bring } = serving(bytes);
      const result = await store.ingest(
        ingestOf(bytes, { bring, onProgress: ({ phase }) => progress.push(phase) }),
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
    const bring: IngestOptions['bring'] = async ({ partial: { file, landed } }) => {
      const span = { first: 0, end: bytes.length };
      const landing = new Landing({ file, landed, span, follower: undefined });
      landing.take(bytes);
      landing.close();
      return createHash('sha512')
        .update(await readFile(file).then((all) => all.subarray(0, bytes.length)))
        .digest('hex');
    };
    await store.ingest(ingestOf(bytes, { bring, descriptor }));
    expect(await store.read(descriptor)).toEqual(Buffer.from(bytes));
  });

  it('never shows a blob before it is verified', async () => {
    const store = await openStore();
    const seen = new Set<boolean>();
    const { bring } = serving(whole, { chunkBytes: 100_000 });
    const onProgress = async () => seen.add(await store.has(descriptorOf(whole)));
    await store.ingest(ingestOf(whole, { bring, onProgress: () => void onProgress() }));
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
  it.each<[string, IngestOptions['bring'], string]>([
    ['others', serving(randomBytesOf('other', 5000)).bring, 'digest_mismatch'],
    [
      'too many',
      () => Promise.reject(new BlobSizeError({ digest: 'sha256:0', expectedBytes: 1, why: 'more came' })),
      'blob_size',
    ],
  ])('leave nothing behind when they are %s', async (_what, bring, code) => {
    const store = await openStore();
    const bytes = whole.subarray(0, 5000);
    const descriptor = descriptorOf(bytes);
    await expect(store.ingest(ingestOf(bytes, { bring }))).rejects.toMatchObject({ code });
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
    const damaged = await open(path.join(folder, partial), 'r+');
    await damaged.write(randomBytesOf('damage', 500_000), 0, 500_000, 1000);
    await damaged.close();

    const { bring, served } = serving(whole);
    const result = await store.ingest(ingestOf(whole, { bring }));
    expect(served.requests).toBe(2);
    expect(result).toEqual({ fetchedBytes: 1_000_000 + whole.length, resumedBytes: 0 });
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
          const { bring, served } = serving(bytes, { chunkBytes, breakAt });
          await store.ingest(ingestOf(bytes, { bring })).catch(() => undefined);
          fetched += served.bytes;
        }
        const { bring, served } = serving(bytes, { chunkBytes });
        const isDone = await store.has(descriptorOf(bytes));
        const result = await store.ingest(ingestOf(bytes, { bring, isGranted: true }));
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
    const bring = bringing(async function* (_offset, signal) {
      for (let at = 0; at < whole.length; at += 1000) {
        if (at > 1_500_000) controller.abort(new Error('stop'));
        signal.throwIfAborted();
        yield whole.subarray(at, at + 1000);
      }
    });
    const ingest = ingestOf(whole, { bring, signal: controller.signal });
    await expect(store.ingest(ingest)).rejects.toThrow('stop');
    const kept = await store.partialBytes({ descriptor: descriptorOf(whole), source });
    expect(kept).toBe(1_501_000);
    const { served, bring: again } = serving(whole);
    expect(await store.ingest(ingestOf(whole, { bring: again }))).toEqual({
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
    await writePartial(file, whole, 2_000_000);
    const { ino } = await stat(file);

    const { bring, served } = serving(whole);
    const result = await store.ingest(ingestOf(whole, { bring }));
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
    const first = store.ingest(ingestOf(whole, { bring: bringing(slow), confirm }));
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
    const { bring, served } = serving(whole, { chunkBytes: 50_000 });
    const phases = new Set<string>();
    const results = await Promise.all(
      Array.from({ length: 8 }, () =>
        store.ingest(
          ingestOf(whole, { bring, confirm: async () => true, onProgress: ({ phase }) => phases.add(phase) }),
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
    const { bring, served } = serving(whole);
    const follower = store.ingest(ingestOf(whole, { bring, confirm: async () => true }));
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
    const { bring, served } = serving(whole);
    await store.ingest(ingestOf(whole, { bring, isGranted: true }));
    expect(served.requests).toBe(0);
  });

  it('whom the host that delivered it confirms it', async () => {
    const store = await storeWithBlob();
    const confirm = vi.fn(async () => true);
    const { bring, served } = serving(whole);
    await store.ingest(ingestOf(whole, { bring, confirm }));
    expect({ asked: confirm.mock.calls.length, ...served }).toEqual({ asked: 1, requests: 0, bytes: 0 });
  });

  it('nobody whom that host refuses: they have to fetch it', async () => {
    const store = await storeWithBlob();
    const { bring, served } = serving(whole);
    await store.ingest(ingestOf(whole, { bring, confirm: async () => false }));
    expect(served.bytes).toBe(whole.length);
  });

  it('nobody whom another host confirms it: it has to deliver it, and is not even asked', async () => {
    const store = await storeWithBlob();
    const bring = () => Promise.reject(new Error('I do not have it'));
    const confirm = vi.fn(async () => true);
    const ingest = ingestOf(whole, { bring, confirm, source: 'evil.example.com' });
    await expect(store.ingest(ingest)).rejects.toThrow('I do not have it');
    expect(confirm).not.toHaveBeenCalled();
    expect(await store.isDelivered({ digest: digestOf(whole), source: 'evil.example.com' })).toBe(false);
  });

  it('nobody gets the partial blob of another host', async () => {
    const store = await openStore();
    await expect(store.ingest(ingestOf(whole, serving(whole, { breakAt: 2_999_000 })))).rejects.toThrow();
    const other = 'evil.example.com';
    expect(await store.partialBytes({ descriptor: descriptorOf(whole), source: other })).toBe(0);
    const { bring, served } = serving(whole);
    await store.ingest(ingestOf(whole, { bring, source: other }));
    expect(served.bytes).toBe(whole.length);
  });

  it('nobody who is refused gets a partial blob that only lacked its name', async () => {
    const store = await openStore();
    const folder = ingestFolder({ root: store.root, digest: digestOf(whole), source });
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'partial-complete'), whole);
    const { bring, served } = serving(whole);
    await store.ingest(ingestOf(whole, { bring, confirm: async () => false }));
    expect(served.bytes).toBe(whole.length);
  });

  it('everybody, in a layout of their own', async () => {
    const store = await openStore({ isPrivate: true });
    await store.write({ digest: digestOf(whole), bytes: whole });
    const { bring, served } = serving(whole);
    await store.ingest(ingestOf(whole, { bring }));
    expect(served.requests).toBe(0);
    expect(await readdir(store.root)).not.toContain('deliveries');
  });
});
