/** What the extended header of an entry changes about it. */
export interface PaxRecords {
  readonly path?: string;
  readonly target?: string;
  readonly sizeBytes?: number;
  /** GNU writes files with holes under another name, with a map before their bytes. */
  readonly sparsePath?: string;
  readonly sparseSizeBytes?: number;
  readonly isSparse?: boolean;
}

/**
 * Reads `LENGTH KEY=VALUE\n` records. Of keys that come twice the last one counts.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03
 *
 * @returns undefined when the bytes are no such records
 */
export function parsePax(bytes: Buffer): PaxRecords | undefined {
  let records: PaxRecords = {};
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(' ', at);
    if (blank < 0 || blank - at > lengthDigitsMax) return undefined;
    const digits = bytes.toString('latin1', at, blank);
    const end = at + Number(digits);
    if (!/^[1-9]\d*$/.test(digits) || end > bytes.length || bytes[end - 1] !== newline) return undefined;
    const equals = bytes.indexOf('=', blank);
    if (equals < 0 || equals >= end) return undefined;
    const value = (encoding: 'utf8' | 'latin1') => bytes.toString(encoding, equals + 1, end - 1);
    switch (bytes.toString('latin1', blank + 1, Math.min(equals, blank + 1 + keyCharactersMax))) {
      case 'path':
        records = { ...records, path: value('utf8') };
        break;
      case 'linkpath':
        records = { ...records, target: value('utf8') };
        break;
      case 'size':
        records = { ...records, sizeBytes: wholeNumber(value('latin1')) };
        break;
      case 'GNU.sparse.name':
        records = { ...records, sparsePath: value('utf8'), isSparse: true };
        break;
      case 'GNU.sparse.realsize':
      case 'GNU.sparse.size':
        records = { ...records, sparseSizeBytes: wholeNumber(value('latin1')), isSparse: true };
        break;
    }
    at = end;
  }
  return records;
}

/** NaN for what is none. */
function wholeNumber(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

const newline = 0x0a;

/** A record is no longer than the header, which has seven digits. */
const lengthDigitsMax = 8;

/** Longer than any key that is looked for. */
const keyCharactersMax = 32;
