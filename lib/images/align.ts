/** A place in two lists: of what both have, or of what only one has. */
export interface Aligned {
  readonly before: number | null;
  readonly after: number | null;
}

/**
 * The longest common subsequence of two lists of keys, with what lies between, in order; what went comes before what came.
 * Takes time and memory by the product of the lengths: what is alike at both ends is set aside first, and lists whose rest is
 * longer than `restMax` count as wholly different there.
 */
export function align(before: readonly string[], after: readonly string[]): readonly Aligned[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  ) {
    end += 1;
  }
  const middle = alignRest(before.slice(start, before.length - end), after.slice(start, after.length - end));
  return [
    ...Array.from({ length: start }, (_, at) => ({ before: at, after: at })),
    ...middle.map(({ before: b, after: a }) => ({
      before: b === null ? null : b + start,
      after: a === null ? null : a + start,
    })),
    ...Array.from({ length: end }, (_, at) => ({
      before: before.length - end + at,
      after: after.length - end + at,
    })),
  ];
}

/** A million cells. Definitions have at most 100 steps, and an image some hundred layers. */
const restMax = 1_000;

function alignRest(before: readonly string[], after: readonly string[]): readonly Aligned[] {
  const width = after.length + 1;
  const isTooLong = before.length > restMax || after.length > restMax;
  const lengths = new Uint16Array(isTooLong ? 0 : (before.length + 1) * width);
  const lengthAt = (b: number, a: number) => lengths[b * width + a] ?? 0;
  for (let b = before.length - 1; b >= 0 && !isTooLong; b -= 1) {
    for (let a = after.length - 1; a >= 0; a -= 1) {
      lengths[b * width + a] =
        before[b] === after[a]
          ? lengthAt(b + 1, a + 1) + 1
          : Math.max(lengthAt(b + 1, a), lengthAt(b, a + 1));
    }
  }
  const aligned: Aligned[] = [];
  let [b, a] = [0, 0];
  while (b < before.length || a < after.length) {
    if (!isTooLong && b < before.length && a < after.length && before[b] === after[a]) {
      aligned.push({ before: b, after: a });
      b += 1;
      a += 1;
    } else if (b < before.length && (a === after.length || lengthAt(b + 1, a) >= lengthAt(b, a + 1))) {
      aligned.push({ before: b, after: null });
      b += 1;
    } else {
      aligned.push({ before: null, after: a });
      a += 1;
    }
  }
  return aligned;
}
