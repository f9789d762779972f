import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { StoredBlob } from '#lib/push/stored-blob.ts';
import { blobFile } from '#lib/store/paths.ts';
import { testFolder } from '#tests/support/folder.ts';
import { randomBytesOf } from '#tests/support/layers.ts';

const bytes = randomBytesOf('stored', 700_000);
const descriptor = {
  mediaType: 'application/octet-stream',
  digest: digestOf(bytes),
  sizeBytes: bytes.length,
};

describe('a blob of the store', () => {
  it('is read in pieces, the whole or any part again', async () => {
    const blob = await stored(bytes);
    expect((await read(blob, 0, 300_000)).equals(bytes.subarray(0, 300_000))).toBe(true);
    expect((await read(blob, 100_000, 500_000)).equals(bytes.subarray(100_000, 500_000))).toBe(true);
    expect((await read(blob, 500_000, 700_000)).equals(bytes.subarray(500_000))).toBe(true);
    expect((await read(blob, 0, 700_000)).equals(bytes)).toBe(true);
  });

  it.each([
    ['its first byte', 0],
    ['its last byte', 699_999],
    ['one in the middle', 350_000],
  ])('with another byte as %s never hands out its end', async (_, at) => {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    const blob = await stored(damaged);
    const got: Buffer[] = [];
    const reading = async () => {
      for await (const piece of blob.read(0, 700_000)) got.push(Buffer.from(piece));
    };
    await expect(reading()).rejects.toMatchObject({ code: 'stored_blob_damaged', kind: 'integrity' });
    expect(Buffer.concat(got).length).toBeLessThan(700_000);
  });

  it('is hashed across the parts in which it is read', async () => {
    const damaged = Buffer.from(bytes);
    damaged[10] = (damaged[10] ?? 0) ^ 1;
    const blob = await stored(damaged);
    await read(blob, 0, 200_000);
    await read(blob, 100_000, 400_000);
    await expect(read(blob, 400_000, 700_000)).rejects.toMatchObject({ code: 'stored_blob_damaged' });
  });

  it.each([
    ['is shorter', bytes.subarray(0, 600_000), /another length/],
    ['is longer', Buffer.concat([bytes, Buffer.from('x')]), /another length/],
    ['is not there', null, /not there/],
  ])('that %s says so', async (_, content, why) => {
    const blob = await stored(content);
    await expect(read(blob, 0, 700_000)).rejects.toMatchObject({
      code: 'stored_blob_damaged',
      advice: { why: expect.stringMatching(why) },
    });
  });
});

async function stored(content: Buffer | null): Promise<StoredBlob> {
  const root = await testFolder();
  const file = blobFile(root, descriptor.digest);
  await mkdir(path.dirname(file), { recursive: true });
  if (content !== null) await writeFile(file, content);
  return new StoredBlob(root, descriptor);
}

async function read(blob: StoredBlob, offset: number, end: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of blob.read(offset, end)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}
