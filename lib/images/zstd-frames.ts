import { LayerUnreadableError } from './errors.ts';

/**
 * Cuts a zstd stream between its frames and leaves out the skippable ones: Node's decoder ends with the first frame
 * that ends within a piece and drops what follows in silence. Layers of many frames are common (zstd:chunked, pzstd).
 * https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 *
 * @throws LayerUnreadableError where the stream ends within a frame, and where something else follows one
 */
export async function* splitZstdFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = new Source(chunks);
  while (await source.hasMore()) {
    const magic = littleEndian(await source.take(4));
    if (magic === frameMagic) {
      yield* frame(source);
    } else if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
      for (let left = littleEndian(await source.take(4)); left > 0; )
        left -= (await source.some(left)).length;
    } else {
      throw new LayerUnreadableError({ why: 'something else follows its compressed data' });
    }
    source.forget();
  }
}

/** One frame from behind its magic number, in pieces of some hundred kilobytes. */
async function* frame(source: Source): AsyncGenerator<Uint8Array> {
  const descriptor = littleEndian(await source.take(1));
  await source.take(headerBytesAfter(descriptor));
  for (let isLast = false; !isLast; ) {
    const block = littleEndian(await source.take(3));
    isLast = (block & 1) === 1;
    const isRepeatedByte = ((block >> 1) & 3) === 1;
    for (let left = isRepeatedByte ? 1 : block >> 3; left > 0; ) left -= (await source.some(left)).length;
    if (source.takenBytes >= pieceBytes) yield source.forget();
  }
  const hasChecksum = (descriptor & 4) !== 0;
  if (hasChecksum) await source.take(4);
  yield source.forget();
}

/** The window's descriptor, the dictionary's id and the content's size, each if it is there: RFC 8878, 3.1.1.1 */
function headerBytesAfter(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return (isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes;
}

/** Bytes in the order they come; what was taken is remembered until somebody asks for it. */
class Source {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #taken: Uint8Array[] = [];
  takenBytes = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async hasMore(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return false;
      this.#chunk = next.value;
    }
    return true;
  }

  /** From one byte up to that many. */
  async some(bytesMax: number): Promise<Uint8Array> {
    if (!(await this.hasMore()))
      throw new LayerUnreadableError({ why: 'its compressed data end in the middle' });
    const part = this.#chunk.subarray(0, bytesMax);
    this.#chunk = this.#chunk.subarray(part.length);
    this.#taken.push(part);
    this.takenBytes += part.length;
    return part;
  }

  async take(bytes: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let left = bytes; left > 0; left -= parts.at(-1)?.length ?? 0) parts.push(await this.some(left));
    return Buffer.concat(parts);
  }

  /** All that was taken since the last time. */
  forget(): Uint8Array {
    const all = Buffer.concat(this.#taken);
    this.#taken = [];
    this.takenBytes = 0;
    return all;
  }
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

const frameMagic = 0xfd2fb528;
/** 0x184D2A50 to 0x184D2A5F */
const skippableMagic = 0x184d2a50;

const pieceBytes = 256 * 1024;
