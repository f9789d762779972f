import { LayerUnreadableError } from './errors.ts';
import type { ArchiveEntry } from './layer-contents.ts';
import { type PaxRecords, parsePax } from './pax-records.ts';
import { blockBytes, isZeros, kindOf, parseHeader, sparseHeader, type TarHeader } from './tar-header.ts';

/** Hears of an entry, and may ask for the beginning of a file. */
export type EntryTaker = (entry: ArchiveEntry) => ContentTaker | undefined;

interface ContentTaker {
  readonly bytesMax: number;
  take(bytes: Buffer): void;
}

/** Bytes that come behind a header: a file's, or more about the next entry. */
interface Body {
  leftBytes: number;
  paddingBytes: number;
  keepBytes: number;
  readonly kept: Buffer[];
  readonly onEnd: (kept: Buffer) => void;
}

/**
 * Reads a tar archive as it comes: POSIX with PAX, GNU, and the form from before both. It takes what Go's archive/tar
 * takes, with which container engines unpack layers, and ends where that ends. It is our own because archives come from
 * strangers: here no header costs more than its length, and none is long.
 */
export class TarReader {
  readonly #taker: EntryTaker;
  /** The beginning of a block whose rest is in the next chunk. */
  #begun = Buffer.alloc(0);
  #body: Body | undefined;
  #zeroBlocks = 0;
  /** Of the next entry. */
  #pax: PaxRecords = {};
  #longName: string | undefined;
  #longTarget: string | undefined;
  /** What to do once the blocks that map the holes of a file are over. */
  #afterMap: (() => void) | undefined;

  constructor(taker: EntryTaker) {
    this.#taker = taker;
  }

  /** Whether the two blocks of zeros came that end an archive. What follows them belongs to nobody. */
  get isDone(): boolean {
    return this.#zeroBlocks === 2;
  }

  /** @throws LayerUnreadableError, and what the taker throws */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.length && !this.isDone; ) {
      const rest = bytes.subarray(at);
      at += this.#body === undefined ? this.#pushBlock(rest) : this.#pushBody(this.#body, rest);
    }
  }

  /** Says that no more comes. Archives without the two blocks at their end are taken. @throws LayerUnreadableError */
  end(): void {
    const isCut = this.#begun.length > 0 || (this.#body?.leftBytes ?? 0) > 0 || this.#afterMap !== undefined;
    if (isCut && !this.isDone) throw new LayerUnreadableError({ why: 'its archive ends in the middle' });
  }

  #pushBlock(bytes: Buffer): number {
    const part = bytes.subarray(0, blockBytes - this.#begun.length);
    const block = this.#begun.length === 0 ? part : Buffer.concat([this.#begun, part]);
    this.#begun = block.length < blockBytes ? Buffer.from(block) : nothing;
    if (block.length === blockBytes) this.#takeBlock(block);
    return part.length;
  }

  #takeBlock(block: Buffer): void {
    if (this.#afterMap !== undefined) {
      if (sparseHeader.mapGoesOn(block)) return;
      const goOn = this.#afterMap;
      this.#afterMap = undefined;
      goOn();
    } else if (isZeros(block)) {
      this.#zeroBlocks += 1;
    } else {
      const header = parseHeader(block);
      if (header === undefined || this.#zeroBlocks > 0) throw damaged();
      this.#takeHeader(header, block);
    }
  }

  #takeHeader(header: TarHeader, block: Buffer): void {
    switch (header.type) {
      case 'x':
        this.#readMore(header, (bytes) => {
          this.#pax = parsePax(bytes) ?? raise(damaged());
        });
        break;
      case 'L':
        this.#readMore(header, (bytes) => {
          this.#longName = untilZero(bytes);
        });
        break;
      case 'K':
        this.#readMore(header, (bytes) => {
          this.#longTarget = untilZero(bytes);
        });
        break;
      case 'g':
        // For all entries to come. Engines pass it over, and so has it nothing to say.
        this.#begin({ sizeBytes: header.sizeBytes ?? raise(damaged()), keepBytes: 0, onEnd: () => {} });
        break;
      case 'S':
        this.#pax = { ...this.#pax, isSparse: true, sparseSizeBytes: sparseHeader.sizeBytes(block) };
        if (sparseHeader.hasMap(block)) this.#afterMap = () => this.#takeEntry(header);
        else this.#takeEntry(header);
        break;
      default:
        this.#takeEntry(header);
    }
  }

  #takeEntry(header: TarHeader): void {
    const pax = this.#pax;
    const name = pax.sparsePath ?? this.#longName ?? pax.path ?? header.name;
    const target = this.#longTarget ?? pax.target ?? header.target;
    this.#pax = {};
    this.#longName = undefined;
    this.#longTarget = undefined;
    const kind = kindOf({ ...header, name });
    const isFile = kind === 'f' || kind === 'x';
    const storedBytes = isFile ? (pax.sizeBytes ?? header.sizeBytes ?? Number.NaN) : 0;
    const sizeBytes = isFile ? (pax.sparseSizeBytes ?? storedBytes) : 0;
    if (Number.isNaN(storedBytes) || Number.isNaN(sizeBytes)) throw damaged();
    const content = this.#taker({ name, kind, target, sizeBytes });
    // What is stored of a file with holes is not how the file begins.
    const taker = pax.isSparse ? undefined : content;
    const onEnd = (bytes: Buffer) => taker?.take(bytes);
    this.#begin({ sizeBytes: storedBytes, keepBytes: taker?.bytesMax ?? 0, onEnd });
  }

  #readMore(header: TarHeader, onEnd: (bytes: Buffer) => void): void {
    const { sizeBytes } = header;
    if (sizeBytes === undefined) throw damaged();
    if (sizeBytes > headerBytesMax) {
      throw new LayerUnreadableError({ why: 'it has a header of more than a megabyte' });
    }
    this.#begin({ sizeBytes, keepBytes: sizeBytes, onEnd });
  }

  #begin(body: {
    readonly sizeBytes: number;
    readonly keepBytes: number;
    readonly onEnd: (kept: Buffer) => void;
  }): void {
    const { sizeBytes, keepBytes, onEnd } = body;
    if (sizeBytes === 0) {
      onEnd(nothing);
      return;
    }
    const paddingBytes = (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
    this.#body = { leftBytes: sizeBytes, paddingBytes, keepBytes, kept: [], onEnd };
  }

  #pushBody(body: Body, bytes: Buffer): number {
    const content = Math.min(body.leftBytes, bytes.length);
    if (content > 0) {
      const part = bytes.subarray(0, Math.min(content, body.keepBytes));
      // A part of a chunk would keep the whole chunk in memory.
      if (part.length > 0) body.kept.push(Buffer.from(part));
      body.keepBytes -= part.length;
      body.leftBytes -= content;
      if (body.leftBytes === 0) body.onEnd(Buffer.concat(body.kept));
    }
    const padding = body.leftBytes === 0 ? Math.min(body.paddingBytes, bytes.length - content) : 0;
    body.paddingBytes -= padding;
    if (body.leftBytes === 0 && body.paddingBytes === 0) this.#body = undefined;
    return content + padding;
  }
}

function damaged(): LayerUnreadableError {
  return new LayerUnreadableError({ why: 'it is no tar archive, or a damaged one' });
}

function raise(error: Error): never {
  throw error;
}

function untilZero(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

const nothing = Buffer.alloc(0);

/** As much as Go reads of one: https://github.com/golang/go/blob/go1.25.0/src/archive/tar/format.go (maxSpecialFileSize) */
const headerBytesMax = 1024 * 1024;
