/** Tags that a person may have meant. */
export interface NearestTags {
  /** `near`: alike the one that was asked for. `newest`: none is alike, and these are `latest` and the highest versions. */
  readonly kind: 'near' | 'newest';
  /** Best first. */
  readonly tags: readonly string[];
}

/**
 * The tags nearest to one that does not exist: by spelling, and by versions part for part, so that 1.4.2 is nearer to 1.4.3
 * than 2.4.3 is.
 */
export function nearestTags(options: {
  readonly wanted: string;
  readonly tags: readonly string[];
  readonly countMax: number;
}): NearestTags {
  const { wanted, countMax } = options;
  const tags = options.tags.filter((tag) => !belongsToImage.test(tag));
  const asked = partsOf(wanted);
  const near = tags
    .map((tag) => ({ tag, ...distanceOf(asked, partsOf(tag)) }))
    .filter(({ isNear }) => isNear)
    .sort((a, b) => a.cost - b.cost || byVersion(b.tag, a.tag));
  if (near.length > 0) return { kind: 'near', tags: near.slice(0, countMax).map(({ tag }) => tag) };
  const newest = tags.toSorted((a, b) => Number(b === 'latest') - Number(a === 'latest') || byVersion(b, a));
  return { kind: 'newest', tags: newest.slice(0, countMax) };
}

/** Signatures and attestations that cosign keeps beside an image: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
const belongsToImage = /^sha256-[0-9a-f]{64}(?:\.\w+)?$/;

interface Parts {
  /** Lower case, without the `v` of a version. */
  readonly text: string;
  /** Runs of digits, as numbers, and of letters. */
  readonly parts: readonly (number | string)[];
}

function partsOf(tag: string): Parts {
  const text = tag.toLowerCase().replace(/^v(?=\d)/, '');
  const runs = text.match(/\d+|[a-z]+/g) ?? [];
  return { text, parts: runs.map((run) => (/^\d/.test(run) ? Number(run) : run)) };
}

function distanceOf(asked: Parts, other: Parts): { readonly cost: number; readonly isNear: boolean } {
  const firstOther = asked.parts.findIndex((part, index) => part !== other.parts[index]);
  const shared = firstOther < 0 ? asked.parts.length : firstOther;
  const edits = editsBetween(asked.text, other.text);
  const cost = edits + 1.5 * (asked.parts.length - shared) + gap(asked.parts[shared], other.parts[shared]);
  return { cost, isNear: shared > 0 || edits <= Math.max(1, Math.floor(asked.text.length / 3)) };
}

/** From 0 for the same number up to 1 for one far away or for something else. */
function gap(asked: number | string | undefined, other: number | string | undefined): number {
  if (asked === other) return 0;
  if (typeof asked !== 'number' || typeof other !== 'number') return 1;
  const difference = Math.abs(asked - other);
  return difference / (difference + 1);
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other (optimal string alignment). */
function editsBetween(a: string, b: string): number {
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) least = Math.min(least, (before[column - 2] ?? 0) + 1);
      line.push(least);
    }
    before = last;
    last = line;
  }
  return last[b.length] ?? 0;
}

/** Lower versions first; words before numbers, and a release after what leads to it (1.0-rc1 before 1.0). */
function byVersion(a: string, b: string): number {
  const [left, right] = [partsOf(a).parts, partsOf(b).parts];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = rankOf(left[index]) - rankOf(right[index]) || compare(left[index], right[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function rankOf(part: number | string | undefined): number {
  if (part === undefined) return 1;
  return typeof part === 'number' ? 2 : 0;
}

function compare(a: number | string | undefined, b: number | string | undefined): number {
  if (a === undefined || b === undefined || a === b) return 0;
  return a < b ? -1 : 1;
}
