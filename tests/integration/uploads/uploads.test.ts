import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeDatabase, configureDatabase, prisma, transaction } from '#lib/db/client.ts';
import { deleteImage, saveImage } from '#lib/images/mutations.ts';
import { definitionSchema } from '#lib/images/schema.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { getUploadState, readPieces } from '#lib/uploads/data.ts';
import { addPiece, forgetUnusedUploads } from '#lib/uploads/mutations.ts';
import { pieceBytesMax } from '#lib/uploads/schema.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres.ts';
import { digestOfText, uploadText } from '#tests/support/uploads.ts';
import { makeWorkspace } from '../builds/workspace.ts';

let database: TestDatabase;
let scope: Scope;

beforeAll(async () => {
  database = await createTestDatabase();
  configureDatabase({ url: database.url });
  scope = await makeWorkspace();
});
afterAll(async () => {
  await closeDatabase();
  await database?.drop();
});

const limits = { fileBytesMax: 3_000_000, workspaceBytesMax: 5_000_000 };

function pieceOf(content: Buffer, offset: number, more: { digest?: string; sizeBytes?: number } = {}) {
  const bytes = new Uint8Array(content.subarray(offset, offset + pieceBytesMax));
  return { digest: digestOfText(content), sizeBytes: content.length, offset, bytes, ...more } as Parameters<
    typeof addPiece
  >[0]['piece'];
}

async function contentOf(owner: Scope, content: Buffer): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readPieces({ scope: owner, digest: digestOfText(content) })) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('a file', () => {
  const content = Buffer.alloc(2_500_000, 'a file in three pieces ');

  test('comes in pieces, each answered with where to go on, and is whole once its digest matches', async () => {
    const add = (offset: number) => addPiece({ scope, piece: pieceOf(content, offset), limits });
    expect(await add(0)).toEqual({ receivedBytes: pieceBytesMax, isWhole: false });
    // Once more, and too early: nothing changes.
    expect(await add(0)).toEqual({ receivedBytes: pieceBytesMax, isWhole: false });
    expect(await add(2 * pieceBytesMax)).toEqual({ receivedBytes: pieceBytesMax, isWhole: false });
    expect(await add(pieceBytesMax)).toEqual({ receivedBytes: 2 * pieceBytesMax, isWhole: false });
    expect(await add(2 * pieceBytesMax)).toEqual({ receivedBytes: content.length, isWhole: true });
    expect((await contentOf(scope, content)).equals(content)).toBe(true);
  });

  test('is not here for another workspace that knows its digest', async () => {
    const other = await makeWorkspace();
    const digest = digestOfText(content);
    expect(await getUploadState({ scope: other, digest })).toEqual({ receivedBytes: 0, isWhole: false });
    expect((await contentOf(other, content)).length).toBe(0);
  });

  test('of no bytes is whole at once', async () => {
    const state = await addPiece({ scope, piece: pieceOf(Buffer.alloc(0), 0), limits });
    expect(state).toEqual({ receivedBytes: 0, isWhole: true });
  });

  test('that two send at once arrives once', async () => {
    const shared = Buffer.alloc(1_500_000, 'sent by two ');
    const send = async () => {
      let state = { receivedBytes: 0, isWhole: false };
      while (!state.isWhole) {
        state = await addPiece({ scope, piece: pieceOf(shared, state.receivedBytes), limits }).catch(
          // Between the last piece and the whole there is nothing to send.
          async (error) =>
            error.code === 'upload_piece'
              ? getUploadState({ scope, digest: digestOfText(shared) })
              : Promise.reject(error),
        );
      }
    };
    await Promise.all([send(), send()]);
    expect((await contentOf(scope, shared)).equals(shared)).toBe(true);
  });

  test('that is another than its digest says is not kept', async () => {
    const digest = digestOfText('what was announced');
    const piece = pieceOf(Buffer.from('what came'), 0, { digest });
    await expect(addPiece({ scope, piece, limits })).rejects.toMatchObject({ code: 'upload_damaged' });
    expect(await prisma().upload.count({ where: { digest } })).toBe(0);
    expect(await prisma().uploadPiece.count({ where: { digest } })).toBe(0);
  });

  test('that is too large is refused before a byte is kept', async () => {
    const large = Buffer.alloc(pieceBytesMax, 'x');
    const piece = pieceOf(large, 0, { sizeBytes: 3_000_001 });
    await expect(addPiece({ scope, piece, limits })).rejects.toMatchObject({
      code: 'upload_too_large',
      advice: { why: 'It has 3,000,001 bytes; this server takes files of up to 3,000,000 bytes.' },
    });
  });

  test('that does not fit any more is refused, and says how much there is', async () => {
    const small = { ...limits, workspaceBytesMax: 4_000_001 };
    const piece = pieceOf(Buffer.from('one more'), 0);
    await expect(addPiece({ scope, piece, limits: small })).rejects.toMatchObject({
      code: 'uploads_full',
      advice: { why: expect.stringContaining('take 4 MB of 4 MB') },
    });
  });

  test.each([
    ['between two pieces', 5, 100],
    ['longer than the file', 0, 3],
  ])('whose piece is none is refused: %s', async (_, offset, sizeBytes) => {
    const bytes = new Uint8Array(Buffer.from('four'));
    const piece = { digest: digestOfText('x'), sizeBytes, offset, bytes };
    await expect(addPiece({ scope, piece, limits })).rejects.toMatchObject({ code: 'upload_piece' });
  });
});

describe('what stays', () => {
  const age = async (digest: string, columns: { createdAt?: Date; usedAt?: Date }) =>
    prisma().upload.updateMany({ where: { digest }, data: columns });
  const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3_600_000);
  const isThere = async (digest: string) => (await prisma().upload.count({ where: { digest } })) === 1;

  test('is what an image names, until the image is gone', async () => {
    const upload = await uploadText({ scope, name: 'app.py', content: 'named by an image' });
    const definition = definitionSchema.parse({
      source: 'from_registry',
      reference: 'python:3.12',
      steps: [{ kind: 'add_file', path: '/srv/app.py', ...upload }],
    });
    await transaction((tx) => saveImage(tx, { scope, name: 'with-a-file', definition, basedOn: null }));
    await age(upload.file, { createdAt: daysAgo(99) });
    await forgetUnusedUploads();
    expect(await isThere(upload.file)).toBe(true);
    await deleteImage({ scope, name: 'with-a-file' });
    await forgetUnusedUploads();
    expect(await isThere(upload.file)).toBe(false);
  });

  test('is what a build needed within a month, and what is a form’s of today', async () => {
    const used = await uploadText({ scope, name: 'used', content: 'used by a build' });
    const fresh = await uploadText({ scope, name: 'fresh', content: 'still in a form' });
    await age(used.file, { createdAt: daysAgo(60), usedAt: daysAgo(29) });
    await forgetUnusedUploads();
    expect([await isThere(used.file), await isThere(fresh.file)]).toEqual([true, true]);
    await age(used.file, { usedAt: daysAgo(31) });
    await age(fresh.file, { createdAt: daysAgo(2) });
    await forgetUnusedUploads();
    expect([await isThere(used.file), await isThere(fresh.file)]).toEqual([false, false]);
  });

  test('an image cannot name a file that is not here, or not whole', async () => {
    const content = Buffer.alloc(1_500_000, 'half ');
    await addPiece({ scope, piece: pieceOf(content, 0), limits: { ...limits, workspaceBytesMax: 1e9 } });
    const definition = definitionSchema.parse({
      source: 'from_registry',
      reference: 'python:3.12',
      steps: [
        { kind: 'add_file', path: '/a', name: 'half', file: digestOfText(content), size_bytes: 1_500_000 },
      ],
    });
    await expect(
      transaction((tx) => saveImage(tx, { scope, name: 'half', definition, basedOn: null })),
    ).rejects.toMatchObject({
      code: 'input',
      advice: { what: 'The file half is not here' },
    });
  });
});
