import type { EntryKind } from './folder-listing.ts';

/** One header block of a tar archive: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
export interface TarHeader {
  readonly type: string;
  readonly name: string;
  readonly target: string;
  readonly isExecutable: boolean;
  /** Undefined where it is no number. */
  readonly sizeBytes: number | undefined;
}

export const blockBytes = 512;

/** Undefined for a block whose checksum is another one. */
export function parseHeader(block: Buffer): TarHeader | undefined {
  if (!hasItsChecksum(block)) return undefined;
  const type = String.fromCharCode(block[156] ?? 0);
  const name = textIn(block, 0, 100);
  const magic = block.toString('latin1', 257, 263);
  // GNU's own format, `ustar ` with a blank, keeps other things where POSIX has the first part of a name.
  const prefix = magic === 'ustar\0' ? textIn(block, 345, isStar(block) ? 131 : 155) : '';
  return {
    type,
    name: prefix === '' ? name : `${prefix}/${name}`,
    target: textIn(block, 157, 100),
    isExecutable: ((numberIn(block, 100, 8) ?? 0) & anyExecuteBit) !== 0,
    sizeBytes: numberIn(block, 124, 12),
  };
}

/** What an entry of this type is. Types that no engine unpacks are taken for files. */
export function kindOf({ type, name, isExecutable }: TarHeader): EntryKind {
  if (type === '5') return 'd';
  // Before POSIX a folder was a file whose name ends in a slash.
  if (type === '\0' && name.endsWith('/')) return 'd';
  if (type === '2') return 'l';
  if (type === '1') return 'h';
  if (type === '3' || type === '4' || type === '6') return 'o';
  return isExecutable ? 'x' : 'f';
}

/**
 * GNU's old form of a file with holes: where they are stands in the header, and goes on in blocks behind it.
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html (oldgnu_header, sparse_header)
 */
export const sparseHeader = {
  hasMap: (header: Buffer): boolean => header[482] !== 0,
  mapGoesOn: (block: Buffer): boolean => block[504] !== 0,
  /** The size of the file, holes included. */
  sizeBytes: (header: Buffer): number => numberIn(header, 483, 12) ?? Number.NaN,
};

export function isZeros(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

/** The sum of all bytes, with blanks in the place of the sum. Old programs took the bytes for signed. */
function hasItsChecksum(block: Buffer): boolean {
  let unsigned = 8 * 32;
  let signed = unsigned;
  for (let at = 0; at < blockBytes; at += 1) {
    if (at === 148) at = 156;
    const byte = block[at] ?? 0;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const stated = numberIn(block, 148, 8);
  return stated === unsigned || stated === signed;
}

function isStar(block: Buffer): boolean {
  return block.toString('latin1', 508, 512) === 'tar\0';
}

function textIn(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return block.toString('utf8', start, end < 0 ? start + length : Math.min(end, start + length));
}

/** Octal digits between blanks and NULs, or base 256 where the highest bit is set: GNU's form for large numbers. */
function numberIn(block: Buffer, start: number, length: number): number | undefined {
  const first = block[start] ?? 0;
  if ((first & 0x80) !== 0) {
    // A negative number has all bits of its first byte set, and none of these fields may be negative.
    if ((first & 0x40) !== 0) return undefined;
    let value = first & 0x3f;
    for (let at = start + 1; at < start + length; at += 1) value = value * 256 + (block[at] ?? 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = block.toString('latin1', start, start + length).replace(/^[ \0]+|[ \0].*$/gs, '');
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : undefined;
}

const anyExecuteBit = 0o111;
