import { chmod, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportError } from '#lib/errors/report.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';
import { StoreFullError, StoreUnwritableError, storeFault } from '#lib/store/errors.ts';
import { takeLease } from '#lib/store/lease.ts';
import { blobFile, ingestFolder } from '#lib/store/paths.ts';
import { testFolder } from '#tests/support/folder.ts';

const bytes = Buffer.from('{"schemaVersion":2}');
const digest = digestOf(bytes);
const descriptor = { mediaType: 'application/json', digest, sizeBytes: bytes.length };

describe('opening a store', () => {
  it.each([
    ['is new', []],
    ['is empty', ['.']],
    ['is a fresh disk', ['lost+found/']],
    ['is one that a crash left before it was marked', ['blobs/', 'ingest/']],
  ])('works where the folder %s', async (_what, entries) => {
    const root = path.join(await testFolder(), 'a', 'b');
    for (const entry of entries) await mkdir(path.join(root, entry), { recursive: true });
    await openBlobStore({ root, durability: 'durable' });
    // And again: it is one now.
    await openBlobStore({ root, durability: 'fast' });
    expect(await readdir(root)).toEqual(expect.arrayContaining(['blobs', 'oci-layout']));
  });

  it.each([
    ['holds other things', 'letter.txt', 'Dear'],
    ['is a layout of another version', 'oci-layout', '{"imageLayoutVersion":"2.0.0"}'],
    ['is marked by something unreadable', 'oci-layout', '{'],
  ])('leaves a folder alone that %s', async (_what, name, text) => {
    const root = await testFolder();
    await writeFile(path.join(root, name), text);
    await expect(openBlobStore({ root, durability: 'fast' })).rejects.toMatchObject({ code: 'not_a_layout' });
    expect(await readdir(root)).toEqual([name]);
  });

  it('says so where a file is in the way', async () => {
    const file = path.join(await testFolder(), 'file');
    await writeFile(file, '');
    for (const root of [file, path.join(file, 'in')]) {
      await expect(openBlobStore({ root, durability: 'fast' })).rejects.toBeInstanceOf(StoreUnwritableError);
    }
  });
});

describe('small blobs', () => {
  it('are written once and read back verified', async () => {
    const store = await openBlobStore({ root: await testFolder(), durability: 'durable' });
    expect(await store.read(descriptor)).toBeUndefined();
    await store.write({ digest, bytes });
    const { ino } = await stat(blobFile(store.root, digest));
    await store.write({ digest, bytes });
    expect((await stat(blobFile(store.root, digest))).ino).toBe(ino);
    expect(await store.read(descriptor)).toEqual(bytes);
  });

  it('are not read when they are damaged, and are replaced when they are written', async () => {
    const store = await openBlobStore({ root: await testFolder(), durability: 'fast' });
    await store.write({ digest, bytes });
    await chmod(blobFile(store.root, digest), 0o644);
    for (const damage of [Buffer.alloc(bytes.length), bytes.subarray(1), Buffer.alloc(0)]) {
      await writeFile(blobFile(store.root, digest), damage);
      expect(await store.read(descriptor)).toBeUndefined();
      await store.write({ digest, bytes });
      expect(await store.read(descriptor)).toEqual(bytes);
    }
  });

  it('are refused when they are not what they are said to be', async () => {
    const store = await openBlobStore({ root: await testFolder(), durability: 'fast' });
    const wrong = store.write({ digest, bytes: Buffer.from('other') });
    await expect(wrong).rejects.toMatchObject({ code: 'digest_mismatch' });
    expect(await store.has(descriptor)).toBe(false);
  });
});

describe('what the disk says', () => {
  const systemError = (code: string) => Object.assign(new Error(code), { code, syscall: 'write', errno: -1 });
  it.each([
    ['ENOSPC', StoreFullError],
    ['EDQUOT', StoreFullError],
    ['EACCES', StoreUnwritableError],
    ['EPERM', StoreUnwritableError],
    ['EROFS', StoreUnwritableError],
    ['EIO', StoreUnwritableError],
  ])('of %s becomes an error with advice', (code, type) => {
    const cause = systemError(code);
    const fault = storeFault({ error: cause, folder: '/srv/store' });
    expect(fault).toBeInstanceOf(type);
    expect(fault).toMatchObject({ cause, kind: 'storage' });
    expect(Object.values(reportError(fault)).join(' ')).toContain('/srv/store');
  });

  it.each([systemError('ECONNRESET'), new Error('ENOSPC'), undefined, 'ENOSPC'])(
    'of nothing it knows passes through (%s)',
    (error) => {
      expect(storeFault({ error, folder: '/' })).toBe(error);
    },
  );

  it('is asked before a fetch', async () => {
    const store = await openBlobStore({ root: await testFolder(), durability: 'fast' });
    await store.ensureRoom(0);
    await store.ensureRoom(1_000_000);
    await expect(store.ensureRoom(2 ** 60)).rejects.toBeInstanceOf(StoreFullError);
  });
});

describe('collecting what nobody goes on with', () => {
  it('takes old partial blobs of the dead, and leaves the young and the held', async () => {
    const leaseTiming = { heartbeatMs: 60_000, staleAfterMs: 60_000, pollMs: 10 };
    const root = await testFolder();
    const store = await openBlobStore({ root, durability: 'fast', leaseTiming });
    const folderOf = (name: string) =>
      ingestFolder({ root, digest: digestOf(Buffer.from(name)), source: 'a' });
    const make = async (name: string) => {
      const folder = folderOf(name);
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, 'partial-x'), Buffer.alloc(1000));
      return folder;
    };
    const age = async (entry: string) => {
      const longAgo = new Date(Date.now() - 3_600_000);
      const names = (await stat(entry)).isDirectory() ? await readdir(entry) : [];
      for (const name of [...names.map((name) => path.join(entry, name)), entry])
        await utimes(name, longAgo, longAgo);
    };
    const [orphan, released, held, young] = await Promise.all(
      ['orphan', 'released', 'held', 'young'].map(make),
    );
    const leases = await Promise.all(
      [released, held].map((folder) =>
        takeLease({ folder: folder ?? '', after: undefined, timing: leaseTiming }),
      ),
    );
    await leases[0]?.release();
    const write = path.join(root, 'ingest', 'write-x');
    await writeFile(write, Buffer.alloc(10));
    for (const entry of [orphan, released, write]) await age(entry ?? '');

    const filesIn = async (folder = '') => (await readdir(folder)).map((name) => path.join(folder, name));
    const gone = [...(await filesIn(orphan)), ...(await filesIn(released)), write];
    const blocks = await Promise.all(gone.map(async (file) => (await stat(file)).blocks));
    const freedBytes = blocks.reduce((sum, count) => sum + 512 * count, 0);
    expect(freedBytes).toBeGreaterThan(0);
    expect(await store.collectIngests({ olderThanMs: 60_000 })).toBe(freedBytes);
    const left = await readdir(path.join(root, 'ingest'));
    expect(left.sort()).toEqual([held, young].map((folder) => path.basename(folder ?? '')).sort());
    await leases[1]?.remove();
  });
});
