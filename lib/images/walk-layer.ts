import type { Readable } from 'node:stream';
import type { Header } from 'tar-stream';
import { decompress } from './decompress.ts';
import { LayerUnreadableError } from './errors.ts';
import type { EntryKind } from './folder-listing.ts';
import { type KeepRule, keptFile, keptFilesMax } from './kept-files.ts';
import { ContentsBuilder, type LayerContents, type NamesBudget } from './layer-contents.ts';
import { type EntryTaker, readArchive } from './read-archive.ts';

export interface WalkOptions {
  /** The layer's blob, from its first byte. */
  readonly packed: Readable;
  readonly keep: KeepRule;
  readonly budget: NamesBudget;
  readonly signal: AbortSignal;
  readonly unpackedBytesMax?: number;
}

/**
 * Reads a layer's archive once from end to end, in bounded memory. Nothing is written to a disk, and nothing is run.
 * @throws LayerUnreadableError, or the signal's reason
 */
export async function walkLayer(options: WalkOptions): Promise<LayerContents> {
  const { packed, keep, budget, signal, unpackedBytesMax = defaultUnpackedBytesMax } = options;
  const builder = new ContentsBuilder(budget);
  try {
    const unpacked = await decompress({ packed, signal });
    const chunks = bounded(unpacked, unpackedBytesMax);
    await readArchive({ chunks, taker: entryTaker(builder, keep), signal });
    return builder.finish();
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof LayerUnreadableError ? error : unreadable(error);
  } finally {
    packed.destroy();
  }
}

function entryTaker(builder: ContentsBuilder, keep: KeepRule): EntryTaker {
  let keptCount = 0;
  return (header) => {
    const kind = kindOf(header);
    const sizeBytes = kind === 'f' || kind === 'x' ? header.size : 0;
    const path = builder.add({ name: header.name, kind, target: header.linkname ?? '', sizeBytes });
    if (path === undefined || (kind !== 'f' && kind !== 'x') || keptCount === keptFilesMax) return undefined;
    const bytesMax = keep({ path, isExecutable: kind === 'x' });
    if (bytesMax === 0) return undefined;
    keptCount += 1;
    return { bytesMax, take: (bytes) => builder.keep(path, keptFile(bytes, sizeBytes)) };
  };
}

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
function kindOf({ type, mode }: Header): EntryKind {
  switch (type) {
    case 'directory':
      return 'd';
    case 'symlink':
      return 'l';
    case 'link':
      return 'h';
    case 'character-device':
    case 'block-device':
    case 'fifo':
      return 'o';
    default:
      return (mode & anyExecuteBit) === 0 ? 'f' : 'x';
  }
}

async function* bounded(chunks: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      throw new LayerUnreadableError({
        why: `it unpacks to more than ${Math.round(bytesMax / 1e9)} GB`,
        next: 'Bring what is large into the container when it runs, not with its image.',
      });
    }
    yield chunk;
  }
}

/** The bytes are those that were pushed, their digest says so: what is wrong with them was wrong there. */
function unreadable(cause: unknown): LayerUnreadableError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const message = cause instanceof Error ? cause.message : '';
  if (code === 'Z_BUF_ERROR' || message === 'Unexpected end of data') {
    return new LayerUnreadableError({ why: 'its archive ends in the middle', cause });
  }
  if (/^Z(?:STD)?_/.test(code)) {
    return new LayerUnreadableError({ why: 'its compressed data are damaged', cause });
  }
  if (/^E[A-Z]+$/.test(code)) {
    const next = 'Look at the disk of the store, then run this build again.';
    return new LayerUnreadableError({ why: `the store did not hand out its bytes (${code})`, next, cause });
  }
  return new LayerUnreadableError({ why: 'it is no tar archive, or a damaged one', cause });
}

const anyExecuteBit = 0o111;

/**
 * The largest images that people build, with models in them, have some ten gigabytes. A few megabytes can be made to
 * unpack to any size, and what is read is paid for in time.
 */
const defaultUnpackedBytesMax = 64e9;
