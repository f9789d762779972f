import { Readable } from 'node:stream';
import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { LayerUnreadableError } from '#lib/images/errors.ts';
import { keepRule } from '#lib/images/kept-files.ts';
import { MemoryBudget } from '#lib/images/layer-contents.ts';
import { type LayerSource, openImage } from '#lib/images/open-image.ts';
import { walkLayer } from '#lib/images/walk-layer.ts';
import { archiveOf, folder, layersOf, type MemoryLayer, memoryLayer } from '#tests/support/archive.ts';

const { signal } = new AbortController();
const open = (layers: readonly LayerSource[], wanted: readonly string[] = []) =>
  openImage({ layers, wanted: new Set(wanted), signal });
const tree = { 'bin/sh': { program: 'ELF' }, 'etc/motd': 'x'.repeat(300_000), 'srv/a': 'y' };

/** https://www.rfc-editor.org/rfc/rfc8878#section-3.1.2 */
const skippable = (content: Buffer) => {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a5e);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
};
const inParts = (bytes: Buffer, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
const inFrames = (bytes: Buffer, size: number) => inParts(bytes, size).map((part) => zstdCompressSync(part));

describe('a layer', () => {
  test.each<[string, (archive: Buffer) => Buffer | readonly Buffer[]]>([
    ['that is not packed', (archive) => archive],
    ['packed with gzip', (archive) => gzipSync(archive)],
    [
      'in many gzip members',
      (archive) => Buffer.concat(inParts(archive, 70_000).map((part) => gzipSync(part))),
    ],
    ['packed with zstd', (archive) => zstdCompressSync(archive)],
    ['in many zstd frames', (archive) => Buffer.concat(inFrames(archive, 70_000))],
    [
      'in zstd frames with something to skip around them',
      (archive) =>
        Buffer.concat([
          skippable(Buffer.from('first')),
          ...inFrames(archive, 900),
          skippable(Buffer.alloc(9_000)),
        ]),
    ],
    [
      'in zstd frames that come byte by byte',
      (archive) => inParts(Buffer.concat(inFrames(archive, 90_000)), 1),
    ],
    ['without the end that tar asks for', (archive) => archive.subarray(0, archive.length - 1024)],
    ['with zeros behind its end', (archive) => gzipSync(Buffer.concat([archive, Buffer.alloc(20_480)]))],
  ])('%s', async (_, packed) => {
    const bytes = packed(await archiveOf(tree));
    const layer = { ...memoryLayer(Buffer.alloc(0)), open: () => Readable.from([bytes].flat()) };
    const { files, layers } = await open([layer]);
    expect(files.find('/srv/a').kind).toBe('file');
    expect(layers[0]).toMatchObject({ fileCount: 3, fileBytes: 300_004, strangeCount: 0 });
  });

  test.each([
    ['of no bytes', 0],
    ['of the two blocks that end an archive', 1024],
  ])('%s', async (_, length) => {
    expect((await open([memoryLayer(Buffer.alloc(length))])).layers[0]).toMatchObject({ fileCount: 0 });
  });

  test('with names and links of any length', async () => {
    const long = `${'folder/'.repeat(40)}${'n'.repeat(200)}`;
    const { files } = await open(await layersOf({ [long]: '1', short: { link: long }, ü: { link: 'ß' } }));
    expect(files.find('/short')).toMatchObject({ kind: 'file', path: `/${long}` });
    expect(files.find('/ü').path).toBe('/ß');
  });
});

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03 */
const paxRecord = (key: string, value: string) => {
  const rest = ` ${key}=${value}\n`;
  const length = rest.length + String(rest.length + 2).length;
  return `${length}${rest}`;
};
const extended = (type: string, records: string) => {
  const head = Buffer.alloc(512);
  head.write(type, 156);
  head.write('ustar\x0000', 257);
  const padding = Buffer.alloc((512 - (records.length % 512)) % 512);
  return Buffer.concat([sizeField(head, records.length.toString(8)), Buffer.from(records), padding]);
};

function sizeField(archive: Buffer, size: string): Buffer {
  archive.write(size.padEnd(12, '\0'), 124);
  archive.write('        ', 148);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return archive;
}

describe('a layer that cannot be read says so', () => {
  test.each<[string, (archive: Buffer) => Buffer, RegExp]>([
    ['cut within gzip', (archive) => gzipSync(archive).subarray(0, 200), /ends in the middle/],
    ['cut within zstd', (archive) => zstdCompressSync(archive).subarray(0, 60), /end in the middle/],
    ['cut within a header', (archive) => archive.subarray(0, 1_300), /ends in the middle/],
    ['cut within a file', (archive) => archive.subarray(0, 5_000), /ends in the middle/],
    ['damaged gzip', (archive) => gzipSync(archive).fill(7, 40, 60), /data are damaged/],
    ['damaged zstd', (archive) => zstdCompressSync(archive).fill(255, 20, 30), /damaged|middle|follows/],
    ['something behind zstd', (a) => Buffer.concat([zstdCompressSync(a), Buffer.from('more!')]), /follows/],
    ['packed with xz', () => Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]), /packed as xz/],
    ['packed with bzip2', () => Buffer.from('BZh91AY&SY'), /packed as bzip2/],
    ['raw deflate', (archive) => deflateRawSync(archive), /no tar archive|middle/],
    ['a picture', () => Buffer.from(`\x89PNG${'x'.repeat(2_000)}`), /no tar archive/],
    ['text', () => Buffer.from('<html>'.repeat(200)), /no tar archive/],
    ['a file of negative size', (archive) => sizeField(archive, '-1'), /no tar archive|middle/],
    ['a file of more than there is', (archive) => sizeField(archive, '77777777777'), /ends in the middle/],
  ])('%s', async (_, make, why) => {
    const error = await open([
      memoryLayer(await archiveOf({})),
      memoryLayer(make(await archiveOf(tree))),
    ]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LayerUnreadableError);
    expect(error).toMatchObject({ layerIndex: 1, why: expect.stringMatching(why) });
  });

  test('whose bytes are gone', async () => {
    const gone = Object.assign(new Error('no'), { code: 'ENOENT' });
    const layer: LayerSource = {
      ...memoryLayer(Buffer.alloc(0)),
      open: () => new Readable({ construct: (done) => done(gone) }),
    };
    await expect(open([layer])).rejects.toMatchObject({ why: expect.stringContaining('ENOENT') });
  });
});

describe('a hostile layer', () => {
  test('puts nothing outside the image', async () => {
    const { files, layers } = await open(
      await layersOf([
        ['../../etc/passwd', '1'],
        ['a/../../b', '1'],
        ['x'.repeat(300), '1'],
        [`${'d/'.repeat(3_000)}e`, '1'],
        ['a/../c', '1'],
      ]),
    );
    expect(layers[0]).toMatchObject({ strangeCount: 4, fileCount: 1 });
    expect(files.names('/')).toEqual(['c']);
  });

  test('is not unpacked past what a layer may have', async () => {
    const bomb = gzipSync(await archiveOf({ zeros: '\0'.repeat(20_000_000) }));
    const walk = (unpackedBytesMax: number) =>
      walkLayer({
        packed: Readable.from([bomb]),
        keep: keepRule(new Set()),
        budget: new MemoryBudget(1e6),
        signal,
        unpackedBytesMax,
      });
    await expect(walk(10_000_000)).rejects.toMatchObject({ why: 'it unpacks to more than 0 GB' });
    expect((await walk(30_000_000)).fileBytes).toBe(20_000_000);
  });

  test('has no more names than there is memory for, in all layers together', async () => {
    const tenThousand = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`folder/${at}`, '']));
    const layers = await layersOf(tenThousand, tenThousand);
    const walk = (layer: MemoryLayer | undefined, budget: MemoryBudget) =>
      walkLayer({ packed: layer?.open() ?? Readable.from([]), keep: keepRule(new Set()), budget, signal });
    const budget = new MemoryBudget(600_000);
    await walk(layers[0], budget);
    await expect(walk(layers[1], budget)).rejects.toMatchObject({
      why: expect.stringContaining('names alone'),
    });
  });

  test('says nothing of all its entries at once: engines would not hear it either', async () => {
    const archive = Buffer.concat([extended('g', paxRecord('path', 'evil')), await archiveOf({ a: '1' })]);
    expect((await open([memoryLayer(archive)])).files.names('/')).toEqual(['a']);
  });

  test('has no header that is long, or that is none', async () => {
    const layerWith = async (records: string) =>
      memoryLayer(Buffer.concat([extended('x', records), await archiveOf({ a: '1' })]));
    const record = paxRecord('path', 'b');
    expect((await open([await layerWith(record)])).files.names('/')).toEqual(['b']);
    await expect(open([await layerWith(record.repeat(110_000))])).rejects.toMatchObject({
      why: 'it has a header of more than a megabyte',
    });
    for (const wrong of [
      'x',
      '9 path=b',
      '99 path=b\n',
      '0 path=b\n',
      '7 pathb\n',
      '-1 a=b\n',
      '12 size=1e9\n',
    ]) {
      await expect(open([await layerWith(wrong)])).rejects.toMatchObject({
        why: expect.stringContaining('damaged'),
      });
    }
  });

  test('does not make work by links on the way of its files', async () => {
    const { files, layers } = await open(
      await layersOf([
        ['long', { link: `${'./'.repeat(2_000)}x` }],
        ['circle', { link: 'circle' }],
        ['long/a', '1'],
        ['circle/a', '1'],
        [`${'d/'.repeat(1_500)}a`, '1'],
        ['b', '1'],
      ]),
    );
    expect(layers[0]).toMatchObject({ strangeCount: 3 });
    expect(files.find('/b').kind).toBe('file');
  });

  test('does not make work by replacing its folders', async () => {
    const again = Array.from({ length: 200 }, () => [['a', '1'] as const, ['a', folder] as const]);
    await expect(open(await layersOf(again.slice(0, 90).flat()))).resolves.toBeDefined();
    await expect(open(await layersOf(again.flat()))).rejects.toMatchObject({
      why: expect.stringContaining('again and again'),
    });
  });

  test('has as many files kept as are useful, and no more', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 700 }, (_, at) => [`a${at}/docker-entrypoint.sh`, { program: '#!/bin/sh' }]),
    );
    expect((await open(await layersOf(many))).layers[0]?.files.size).toBe(500);
  });
});

describe('a layer of two gigabytes', () => {
  /** One file of zeros in gzip members of 16 MiB, each made of the same few bytes. */
  const hugeLayer = (onMember: (count: number) => void) => {
    const member = gzipSync(Buffer.alloc(16 * 1024 * 1024), { level: 1 });
    let isClosed = false;
    async function* members() {
      try {
        const head = (await archiveOf({ zeros: '' })).subarray(0, 512);
        yield gzipSync(sizeField(head, (2 * 1024 ** 3).toString(8)));
        for (let count = 1; count <= 128; count += 1) {
          onMember(count);
          yield member;
        }
      } finally {
        isClosed = true;
      }
    }
    const source: LayerSource = { ...memoryLayer(Buffer.alloc(0)), open: () => Readable.from(members()) };
    return { source, isClosed: () => isClosed };
  };

  test('is given up at once on a cancel', async () => {
    const cancel = new AbortController();
    let lastMember = 0;
    const { source, isClosed } = hugeLayer((count) => {
      lastMember = count;
      if (count === 10) cancel.abort();
    });
    await expect(openImage({ layers: [source], wanted: new Set(), signal: cancel.signal })).rejects.toThrow(
      /abort/i,
    );
    expect(lastMember).toBeLessThan(20);
    await expect.poll(isClosed).toBe(true);
  });

  test('is given up when the time is over', async () => {
    const { source, isClosed } = hugeLayer(() => {});
    const opening = openImage({ layers: [source], wanted: new Set(), signal, timeoutMs: 20 });
    await expect(opening).rejects.toMatchObject({ why: expect.stringContaining('took longer than') });
    await expect.poll(isClosed).toBe(true);
  });
});
