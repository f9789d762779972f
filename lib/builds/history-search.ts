import type { BuildRow } from './types.ts';

/** What a text asks of the history. The query of a page and the rows that come in live are held against the same. */
export type HistorySearch =
  | { readonly kind: 'anything' }
  | { readonly kind: 'number'; readonly number: number }
  | {
      readonly kind: 'text';
      /** Part of a reference or of an image's name, in any case. */
      readonly part: string;
      /** The beginning of a digest, as stored; null where the text cannot be one. */
      readonly digestPrefix: string | null;
    };

/** A reference is at most 255 characters of name, 128 of tag and 71 of digest; what is longer matches nothing. */
export const searchTextMax = 512;

/** Reads a part of a reference or of an image's name, the beginning of a digest (with or without `sha256:`), or `#123`. */
export function readSearch(written: string): HistorySearch {
  const text = written.replaceAll('\0', '').trim().slice(0, searchTextMax).toWellFormed();
  if (text === '') return { kind: 'anything' };
  const number = /^#(\d+)$/.exec(text)?.[1];
  if (number !== undefined) return { kind: 'number', number: Number(number) };
  const hex = digestBeginning.exec(text)?.[1]?.toLowerCase();
  return { kind: 'text', part: text, digestPrefix: hex === undefined ? null : `sha256:${hex}` };
}

/** Whether a row is among what the query finds. */
export function matchesSearch(row: Searched, search: HistorySearch): boolean {
  switch (search.kind) {
    case 'anything':
      return true;
    case 'number':
      return row.number === search.number;
    case 'text': {
      const { digestPrefix } = search;
      const part = search.part.toLowerCase();
      if ([row.reference, row.image?.name].some((name) => name?.toLowerCase().includes(part))) return true;
      return digestPrefix !== null && digestsOf(row).some((digest) => digest?.startsWith(digestPrefix));
    }
  }
}

type Searched = Pick<
  BuildRow,
  'number' | 'reference' | 'image' | 'baseDigest' | 'indexDigest' | 'resultDigest'
>;

function digestsOf(row: Searched) {
  return [row.baseDigest, row.indexDigest, row.resultDigest];
}

/** Fewer hex digits are more likely part of a name. */
const digestBeginning = /^(?:sha256:)?([0-9a-f]{4,64})$/i;
