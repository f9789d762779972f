import type { Readable } from 'node:stream';
import { decompress } from './decompress.ts';
import { LayerUnreadableError } from './errors.ts';
import { type KeepRule, keptFile, keptFilesMax } from './kept-files.ts';
import { ContentsBuilder, type LayerContents, type MemoryBudget } from './layer-contents.ts';
import { type EntryTaker, TarReader } from './tar-reader.ts';

export interface WalkOptions {
  /** The layer's blob, from its first byte. */
  readonly packed: Readable;
  readonly keep: KeepRule;
  readonly budget: MemoryBudget;
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
    const reader = new TarReader(entryTaker(builder, keep));
    let unpackedBytes = 0;
    for await (const chunk of await decompress({ packed, signal })) {
      unpackedBytes += chunk.length;
      if (unpackedBytes > unpackedBytesMax) throw tooLarge(unpackedBytesMax);
      reader.push(chunk);
      if (reader.isDone) break;
    }
    reader.end();
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
  return (entry) => {
    const path = builder.add(entry);
    const isFile = entry.kind === 'f' || entry.kind === 'x';
    if (path === undefined || !isFile || keptCount === keptFilesMax) return undefined;
    const bytesMax = keep({ path, isExecutable: entry.kind === 'x' });
    if (bytesMax === 0) return undefined;
    keptCount += 1;
    const { sizeBytes } = entry;
    return { bytesMax, take: (bytes) => builder.keep(path, keptFile({ path, bytes, sizeBytes })) };
  };
}

function tooLarge(bytesMax: number): LayerUnreadableError {
  return new LayerUnreadableError({
    why: `it unpacks to more than ${Math.round(bytesMax / 1e9)} GB`,
    next: 'Bring what is large into the container when it runs, not with its image.',
  });
}

/**
 * The bytes are those that were pushed, their digest says so: what is wrong with them was wrong there. What is no fault
 * of a layer or a disk comes back as it is.
 */
function unreadable(cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'Z_BUF_ERROR') {
    return new LayerUnreadableError({ why: 'its archive ends in the middle', cause });
  }
  if (/^Z(?:STD)?_/.test(code)) {
    return new LayerUnreadableError({ why: 'its compressed data are damaged', cause });
  }
  if (/^E[A-Z]+$/.test(code)) {
    const next = 'Look at the disk of the store, then run this build again.';
    return new LayerUnreadableError({ why: `the store did not hand out its bytes (${code})`, next, cause });
  }
  return cause;
}

/**
 * The largest images that people build, with models in them, have some ten gigabytes. A few megabytes can be made to
 * unpack to any size, and what is read is paid for in time.
 */
const defaultUnpackedBytesMax = 64e9;
