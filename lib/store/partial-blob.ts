import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { splitDigest } from '#lib/oci/digest.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { systemCodeOf } from './errors.ts';

/** The bytes of a blob that have come so far: a file of one owner's own, hashed as it grows. */
export class PartialBlob {
  readonly file: string;
  readonly #handle: FileHandle;
  readonly #hash: Hash;
  /** Two buffers in turns: one fills while the other is written. They bound what a download holds in memory. */
  #filling = Buffer.allocUnsafe(bufferBytes);
  #spare = Buffer.allocUnsafe(bufferBytes);
  #filledBytes = 0;
  #fileBytes = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: { readonly file: string; readonly handle: FileHandle; readonly hash: Hash }) {
    this.file = options.file;
    this.#handle = options.handle;
    this.#hash = options.hash;
  }

  /** Bytes taken in and hashed; the last of them may still be on their way into the file. */
  get doneBytes(): number {
    return this.#fileBytes + this.#filledBytes;
  }

  /** Resolves when there is room for more: await it, and a slow disk slows the sender down. */
  async append(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    for (let offset = 0; offset < chunk.length; ) {
      const part = chunk.subarray(offset, offset + bufferBytes - this.#filledBytes);
      this.#filling.set(part, this.#filledBytes);
      this.#filledBytes += part.length;
      offset += part.length;
      if (this.#filledBytes === bufferBytes) await this.#turnOver();
    }
  }

  /** Takes in what the file of this partial already holds, from its first byte. */
  async rehash(options: RehashOptions): Promise<void> {
    for await (const chunk of readChunks(this.#handle, options.signal)) {
      this.#hash.update(chunk);
      this.#fileBytes += chunk.length;
      options.onProgress(this.#fileBytes);
    }
  }

  /** Writes what is left and says what all of it hashes to. With `isDurable`, the disk has it when this resolves. */
  async finish(options: { readonly isDurable: boolean }): Promise<string> {
    await this.#turnOver();
    await this.#writing;
    if (options.isDurable) await this.#handle.sync();
    return this.#hash.digest('hex');
  }

  /** Keeps what has come, for whoever goes on. */
  async close(): Promise<void> {
    try {
      await this.#turnOver();
      await this.#writing;
    } finally {
      await this.#handle.close();
    }
  }

  /** Gives the space back. */
  async discard(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#handle.close();
    await rm(this.file, { force: true });
  }

  async #turnOver(): Promise<void> {
    await this.#writing;
    const full = this.#filling.subarray(0, this.#filledBytes);
    const position = this.#fileBytes;
    this.#fileBytes += full.length;
    this.#filledBytes = 0;
    [this.#filling, this.#spare] = [this.#spare, this.#filling];
    this.#writing = writeAll(this.#handle, full, position);
    // Whoever awaits next gets the failure; until then it is not unhandled.
    this.#writing.catch(() => undefined);
  }
}

export interface RehashOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number) => void;
}

/**
 * Opens the partial of a new owner, with what earlier owners left. `idleToken` names an owner that can never write
 * again: its file is taken as it is. Any other's is copied while it is hashed, because its owner may wake and write.
 */
export async function openPartial(
  options: RehashOptions & {
    readonly folder: string;
    readonly token: string;
    readonly idleToken: string | undefined;
    readonly descriptor: Descriptor;
  },
): Promise<PartialBlob> {
  const { folder, token, idleToken, descriptor } = options;
  const file = partialFile(folder, token);
  const found = await partialsIn(folder);
  const largest = found.find(({ sizeBytes }) => sizeBytes > 0 && sizeBytes <= descriptor.sizeBytes);
  const isOurs = largest !== undefined && largest.file === (idleToken && partialFile(folder, idleToken));
  if (isOurs) await rename(largest.file, file);

  const handle = await open(file, isOurs ? 'r+' : 'wx+');
  const partial = new PartialBlob({
    file,
    handle,
    hash: createHash(splitDigest(descriptor.digest).algorithm),
  });
  try {
    if (isOurs) await partial.rehash(options);
    else if (largest !== undefined) await copyInto(partial, { ...options, from: largest.file });
    for (const other of found) {
      if (!isOurs || other !== largest) await rm(other.file, { force: true });
    }
    return partial;
  } catch (error) {
    await partial.close().catch(() => undefined);
    throw error;
  }
}

/** An empty partial in place of the one that the same owner discarded. */
export async function openEmptyPartial(options: {
  readonly folder: string;
  readonly token: string;
  readonly descriptor: Descriptor;
}): Promise<PartialBlob> {
  const file = partialFile(options.folder, options.token);
  const hash = createHash(splitDigest(options.descriptor.digest).algorithm);
  return new PartialBlob({ file, handle: await open(file, 'wx+'), hash });
}

/** Bytes that a download of this folder's blob could go on from. */
export async function partialBytesIn(folder: string): Promise<number> {
  const [largest] = await partialsIn(folder);
  return largest?.sizeBytes ?? 0;
}

/** Takes away what an owner put together after it lost its lease: the new one has a copy. */
export async function removePartial(options: {
  readonly folder: string;
  readonly token: string;
}): Promise<void> {
  await rm(partialFile(options.folder, options.token), { force: true });
}

/** One buffer costs one system call. Larger ones gained nothing measurable. */
const bufferBytes = 1024 * 1024;

function partialFile(folder: string, token: string): string {
  return path.join(folder, `partial-${token}`);
}

/** Largest first. */
async function partialsIn(folder: string) {
  const found: { readonly file: string; readonly sizeBytes: number }[] = [];
  try {
    for (const name of await readdir(folder)) {
      if (!name.startsWith('partial-')) continue;
      const file = path.join(folder, name);
      found.push({ file, sizeBytes: (await stat(file)).size });
    }
  } catch (error) {
    // Whoever finished the blob meanwhile took the folder away.
    if (systemCodeOf(error) !== 'ENOENT') throw error;
  }
  return found.sort((a, b) => b.sizeBytes - a.sizeBytes);
}

async function copyInto(
  partial: PartialBlob,
  options: RehashOptions & { readonly from: string },
): Promise<void> {
  const source = await open(options.from, 'r');
  try {
    for await (const chunk of readChunks(source, options.signal)) {
      await partial.append(chunk);
      options.onProgress(partial.doneBytes);
    }
  } finally {
    await source.close();
  }
}

/** The chunks share one buffer: each is good until the next is asked for. */
async function* readChunks(handle: FileHandle, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(bufferBytes);
  for (let position = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** write(2) may take less than it is given, as it does when the disk is nearly full. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, offset, bytes.length - offset, position + offset);
    offset += bytesWritten;
  }
}
