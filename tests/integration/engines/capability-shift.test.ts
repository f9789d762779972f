import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { OwnerShift } from '#lib/engines/buildah/owner-shift.ts';
import { testFolder } from '#tests/support/folder.ts';
import { tarHeader } from '#tests/support/layers.ts';

const users = { first: 200_000, count: 65_536 };

/** cap_net_raw=ep, bound to a user, or to none in the second version. */
function capability(rootId: number | null): Buffer {
  const value = Buffer.alloc(rootId === null ? 20 : 24);
  value.writeUInt32LE(rootId === null ? 0x02000001 : 0x03000001, 0);
  value.writeUInt32LE(1 << 13, 4);
  if (rootId !== null) value.writeUInt32LE(rootId, 20);
  return value;
}

function record(name: string, value: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(` ${name}=`), value, Buffer.from('\n')]);
  const digits = String(body.length + String(body.length + 2).length).length;
  return Buffer.concat([Buffer.from(String(body.length + digits)), body]);
}

function entry(name: string, type: string, content: Buffer): Buffer {
  const header = tarHeader(name, content.length);
  header.write(type, 156);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

const archive = (records: Buffer) =>
  Buffer.concat([
    entry('PaxHeaders/ping', 'x', records),
    entry('ping', '0', Buffer.from('a program')),
    Buffer.alloc(1024),
  ]);

/** In pieces that end anywhere. */
async function shifted(tar: Buffer, pieceBytes: number): Promise<Buffer> {
  const pieces = Array.from({ length: Math.ceil(tar.length / pieceBytes) }, (_, index) =>
    tar.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
  return buffer(Readable.from(pieces).pipe(new OwnerShift(users)));
}

const key = 'SCHILY.xattr.security.capability';
const other = record('SCHILY.xattr.user.note', Buffer.from(`${key}=${'x'.repeat(24)}`));

test.each([
  ['the root of the step becomes that of the image', capability(200_000), capability(0)],
  ['another user of the step keeps its number there', capability(200_007), capability(7)],
  ['a user that is none of the step’s stays', capability(1_000), capability(1_000)],
  ['the second version names no user', capability(null), capability(null)],
])('of file capabilities %s', async (_, before, after) => {
  const records = (value: Buffer) =>
    Buffer.concat([other, record(key, value), record('mtime', Buffer.from('1.5'))]);
  for (const pieceBytes of [1, 7, 512, 100_000]) {
    const result = await shifted(archive(records(before)), pieceBytes);
    expect(result.equals(archive(records(after)))).toBe(true);
  }
});

test('what is no list of records is passed on as it is', async () => {
  for (const text of ['', 'no record', '9999 a=b\n', '5 a=\n0 x=y\n', `12 ${key}`]) {
    const tar = archive(Buffer.from(text));
    expect((await shifted(tar, 64)).equals(tar), text).toBe(true);
  }
});

test('a kernel takes the capability for one of the image’s root', async () => {
  const folder = await testFolder();
  const file = path.join(folder, 'layer.tar');
  await writeFile(file, await shifted(archive(record(key, capability(200_000))), 512));
  execFileSync('tar', ['--xattrs', '--xattrs-include=*', '-xf', file, '-C', folder]);
  const read = `import os; print(os.getxattr('${folder}/ping', 'security.capability').hex())`;
  // As of the second version: the kernel leaves out a user that is the reader's own root.
  expect(execFileSync('python3', ['-c', read]).toString().trim()).toBe(capability(null).toString('hex'));
});
