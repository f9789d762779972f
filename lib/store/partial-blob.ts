import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Descriptor } from '#lib/oci/types.ts';
import { systemCodeOf } from './errors.ts';
import { Landed } from './landed.ts';

/**
 * The bytes of a blob that have come so far: a file of one owner's own. Pieces of it may come in any order, so behind the
 * blob's last byte stands which have: a mark, the size of a piece, and for each piece a 32-bit count. A count is written after the bytes that it
 * counts. It only saves bytes: what it claims is hashed from the blob's first byte before anybody believes it.
 */
export interface PartialBlob {
  readonly file: string;
  readonly landed: Landed;
}

/**
 * Opens the partial of a new owner, with what earlier owners left. `idleToken` names an owner that can never write
 * again: its file is taken as it is. Any other's is copied, because its owner may wake and write.
 */
export async function openPartial(options: {
  readonly folder: string;
  readonly token: string;
  readonly idleToken: string | undefined;
  readonly descriptor: Descriptor;
  readonly pieceBytes: number;
  readonly signal: AbortSignal;
}): Promise<PartialBlob> {
  const { folder, token, idleToken, descriptor, pieceBytes } = options;
  const cut = { sizeBytes: descriptor.sizeBytes, pieceBytes };
  const file = partialFile(folder, token);
  const found = await partialsIn(folder, cut);
  const best = found.find(({ landed }) => landed !== undefined && landed.totalBytes > 0);
  const isOurs = best !== undefined && best.file === (idleToken && partialFile(folder, idleToken));
  let landed: Landed;
  if (isOurs) await rename(best.file, file);
  if (isOurs && best.landed !== undefined) landed = best.landed;
  else landed = await createFile(file, { cut, from: best, signal: options.signal });
  for (const other of found) {
    if (!isOurs || other !== best) await rm(other.file, { force: true });
  }
  return { file, landed };
}

/** An empty partial in place of what the same owner had. */
export async function startOver(options: {
  readonly partial: PartialBlob;
  readonly signal: AbortSignal;
}): Promise<PartialBlob> {
  const { file, landed } = options.partial;
  await rm(file, { force: true });
  return { file, landed: await createFile(file, { cut: landed, from: undefined, signal: options.signal }) };
}

/** Takes the counts away, so that the file is the blob and nothing else. With `isDurable`, the disk has it then. */
export async function sealPartial(options: {
  readonly partial: PartialBlob;
  readonly isDurable: boolean;
}): Promise<void> {
  const { file, landed } = options.partial;
  const handle = await open(file, 'r+');
  try {
    await handle.truncate(landed.sizeBytes);
    if (options.isDurable) await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function discardPartial(partial: PartialBlob): Promise<void> {
  await rm(partial.file, { force: true });
}

/** Bytes that a download of this folder's blob could go on from. */
export async function partialBytesIn(folder: string, cut: Cut): Promise<number> {
  const [best] = await partialsIn(folder, cut);
  return best?.landed?.totalBytes ?? 0;
}

/** Takes away what an owner put together after it lost its lease: the new one has a copy. */
export async function removePartial(options: {
  readonly folder: string;
  readonly token: string;
}): Promise<void> {
  await rm(partialFile(options.folder, options.token), { force: true });
}

/** Where the count of a piece stands in the file. */
export function countPosition(sizeBytes: number, piece: number): number {
  return sizeBytes + headBytes + 4 * piece;
}

/** Names the format. A file without it, of an earlier version or of nobody's, is not gone on with. */
const mark = Buffer.from('landed-1');
/** The mark, and the size of a piece. */
const headBytes = mark.length + 4;

/** How a blob is cut into pieces. */
type Cut = Pick<Landed, 'sizeBytes' | 'pieceBytes'>;

function partialFile(folder: string, token: string): string {
  return path.join(folder, `partial-${token}`);
}

interface Found {
  readonly file: string;
  /** Undefined where the file does not say. */
  readonly landed: Landed | undefined;
}

/** The one with most bytes first. */
async function partialsIn(folder: string, cut: Cut): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const name of await namesIn(folder)) {
    if (!name.startsWith('partial-')) continue;
    const file = path.join(folder, name);
    found.push({ file, landed: await readLanded(file, cut) });
  }
  const bytesOf = ({ landed }: Found) => landed?.totalBytes ?? 0;
  return found.sort((a, b) => bytesOf(b) - bytesOf(a));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // Whoever finished the blob meanwhile took the folder away.
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function readLanded(file: string, cut: Cut): Promise<Landed | undefined> {
  const { sizeBytes, pieceBytes } = cut;
  const landed = new Landed(cut);
  const tail = Buffer.alloc(headBytes + landed.memory.byteLength);
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    // All of it was there, and only its name was missing.
    if (size === sizeBytes) return fill(landed);
    const { bytesRead } = await handle.read(tail, 0, tail.length, sizeBytes);
    const isWhole = size === sizeBytes + tail.length && bytesRead === tail.length;
    if (!isWhole || !tail.subarray(0, mark.length).equals(mark)) return undefined;
    if (tail.readUInt32LE(mark.length) !== pieceBytes) return undefined;
  } finally {
    await handle.close();
  }
  for (let piece = 0; piece < landed.pieceCount; piece += 1) {
    const count = tail.readInt32LE(headBytes + 4 * piece);
    landed.setCount(piece, Math.max(0, Math.min(count, landed.lengthOf(piece))));
  }
  return landed;
}

function fill(landed: Landed): Landed {
  for (let piece = 0; piece < landed.pieceCount; piece += 1) landed.setCount(piece, landed.lengthOf(piece));
  return landed;
}

/** A new file in which nothing has landed, or what another holds now. */
async function createFile(
  file: string,
  options: { readonly cut: Cut; readonly signal: AbortSignal; readonly from: Found | undefined },
): Promise<Landed> {
  const { cut, from, signal } = options;
  const landed = new Landed({ sizeBytes: cut.sizeBytes, pieceBytes: cut.pieceBytes });
  const handle = await open(file, 'wx+');
  try {
    if (from?.landed !== undefined)
      await copyLanded({ ...from, landed: from.landed }, handle, landed, signal);
    const tail = Buffer.alloc(headBytes + landed.memory.byteLength);
    mark.copy(tail);
    tail.writeUInt32LE(landed.pieceBytes, mark.length);
    for (let piece = 0; piece < landed.pieceCount; piece += 1) {
      tail.writeInt32LE(landed.countOf(piece), headBytes + 4 * piece);
    }
    await writeAll(handle, tail, landed.sizeBytes);
    return landed;
  } finally {
    await handle.close();
  }
}

async function copyLanded(
  from: { readonly file: string; readonly landed: Landed },
  to: FileHandle,
  landed: Landed,
  signal: AbortSignal,
): Promise<void> {
  const source = await open(from.file, 'r');
  const buffer = Buffer.allocUnsafe(copyBytes);
  try {
    for (let piece = 0; piece < landed.pieceCount; piece += 1) {
      const start = landed.startOf(piece);
      const end = start + from.landed.countOf(piece);
      for (let position = start; position < end; ) {
        signal.throwIfAborted();
        const { bytesRead } = await source.read(buffer, 0, Math.min(copyBytes, end - position), position);
        // Shorter than it said: the rest has to come anew.
        if (bytesRead === 0) break;
        await writeAll(to, buffer.subarray(0, bytesRead), position);
        position += bytesRead;
        landed.setCount(piece, position - start);
      }
    }
  } finally {
    await source.close();
  }
}

const copyBytes = 1024 * 1024;

/** write(2) may take less than it is given, as it does when the disk is nearly full. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, offset, bytes.length - offset, position + offset);
    offset += bytesWritten;
  }
}
