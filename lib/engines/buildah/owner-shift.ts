import { Transform, type TransformCallback } from 'node:stream';
import { shiftCapabilities } from './capability-shift.ts';

/** https://www.gnu.org/software/tar/manual/html_node/Standard.html */
const blockBytes = 512;
const fields = { uid: 108, gid: 116, size: 124, checksum: 148, type: 156 } as const;

/**
 * Takes an offset off the owners in a tar archive: files that a step made belong to the users that its own 0 to 65535 stand
 * for on this machine, and have to leave as 0 to 65535; so do those that file capabilities are bound to. Headers are changed in place,
 * nothing else is; owners outside of the range stay as they are.
 */
export class OwnerShift extends Transform {
  readonly #first: number;
  readonly #count: number;
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of content, padding included, before the next header. */
  #contentBytes = 0;
  /** Of an extended header: what has come of its content. */
  #records: Buffer[] | undefined;

  /** @param options.first the user outside that is 0 inside; `count` follow */
  constructor(options: { readonly first: number; readonly count: number }) {
    super();
    this.#first = options.first;
    this.#count = options.count;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    let input = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    while (input.length > 0) {
      if (this.#contentBytes > 0) {
        const content = input.subarray(0, this.#contentBytes);
        this.#contentBytes -= content.length;
        this.#pass(content);
        input = input.subarray(content.length);
      } else if (input.length >= blockBytes) {
        this.push(this.#shifted(input.subarray(0, blockBytes)));
        input = input.subarray(blockBytes);
      } else break;
    }
    this.#rest = Buffer.from(input);
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#rest.length > 0 || this.#contentBytes > 0)
      done(new Error('The archive ends in the middle of an entry.'));
    else done();
  }

  #pass(content: Buffer): void {
    if (this.#records === undefined) {
      this.push(content);
      return;
    }
    this.#records.push(content);
    if (this.#contentBytes > 0) return;
    this.push(shiftCapabilities(Buffer.concat(this.#records), { first: this.#first, count: this.#count }));
    this.#records = undefined;
  }

  #shifted(block: Buffer): Buffer {
    if (block.every((byte) => byte === 0)) return block;
    this.#contentBytes = Math.ceil(readNumber(block, fields.size, 12) / blockBytes) * blockBytes;
    const isExtended = block[fields.type] === extendedType && this.#contentBytes <= recordsBytesMax;
    this.#records = isExtended && this.#contentBytes > 0 ? [] : undefined;
    const header = Buffer.from(block);
    const isChanged = [fields.uid, fields.gid].filter((at) => this.#shiftField(header, at)).length > 0;
    if (isChanged) writeChecksum(header);
    return header;
  }

  #shiftField(header: Buffer, at: number): boolean {
    const owner = readNumber(header, at, 8);
    if (owner < this.#first || owner >= this.#first + this.#count) return false;
    header.write(`${(owner - this.#first).toString(8).padStart(7, '0')}\0`, at, 'latin1');
    return true;
  }
}

/** `x`: records for the entry that follows. */
const extendedType = 0x78;
/** Attributes of a file are a few kilobytes. */
const recordsBytesMax = 1024 * 1024;

/** Octal digits or, for what does not fit, base 256 with the top bit set. */
function readNumber(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) {
    const bytes = block.subarray(at + 1, at + length);
    const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    if (!Number.isSafeInteger(value)) throw new Error('The archive has a number that is too large.');
    return value;
  }
  const text = block
    .toString('latin1', at, at + length)
    .replace(/[\0 ].*$/s, '')
    .trim();
  if (!/^[0-7]*$/.test(text)) throw new Error('The archive has a header that cannot be read.');
  return Number.parseInt(text || '0', 8);
}

/** The sum of all bytes of the header, those of the checksum counted as blanks. */
function writeChecksum(header: Buffer): void {
  header.fill(' ', fields.checksum, fields.checksum + 8);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, fields.checksum, 'latin1');
}
