/**
 * The order of versions of Python packages. What is no such version comes before all that are, in the order of its characters.
 * https://packaging.python.org/en/latest/specifications/version-specifiers/#summary-of-permitted-suffixes-and-relative-ordering
 */
export function comparePythonVersions(one: string, other: string): number {
  const [a, b] = [keyOf(one), keyOf(other)];
  if (a === undefined || b === undefined) {
    if (a !== undefined || b !== undefined) return a === undefined ? -1 : 1;
    return one < other ? -1 : Number(one > other);
  }
  return compareKeys(a, b);
}

/** Parts in the order in which they decide. Numbers come after texts, and a key after its beginning. */
type Key = readonly (number | string | Key)[];

const pattern =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(-\d+|[-_.]?(?:post|rev|r)[-_.]?\d*)?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;

function keyOf(version: string): Key | undefined {
  // What is longer was made to cost time.
  const found = pattern.exec(version.slice(0, 200).trim().toLowerCase());
  if (found === null) return undefined;
  const [, epoch = '0', release = '', letter, letterNumber, post, dev, devNumber, local] = found;
  const numbers = release.split('.').map(Number);
  while (numbers.length > 1 && numbers.at(-1) === 0) numbers.pop();
  return [
    Number(epoch),
    numbers,
    preKey({ letter, letterNumber, isDevAlone: dev !== undefined && post === undefined }),
    post === undefined ? -1 : Number(/\d+$/.exec(post)?.[0] ?? 0),
    dev === undefined ? Number.POSITIVE_INFINITY : Number(devNumber ?? 0),
    local === undefined ? [] : local.split(/[-_.]/).map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
  ];
}

function preKey(pre: {
  readonly letter: string | undefined;
  readonly letterNumber: string | undefined;
  readonly isDevAlone: boolean;
}): Key {
  const { letter, letterNumber, isDevAlone } = pre;
  // 1.0.dev1 comes before 1.0a1, and 1.0 after all of them.
  if (letter === undefined) return [isDevAlone ? -1 : Number.POSITIVE_INFINITY];
  const order = letter.startsWith('a') ? 0 : letter.startsWith('b') ? 1 : 2;
  return [order, Number(letterNumber ?? 0)];
}

function compareKeys(one: Key, other: Key): number {
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const order = compareItems(one[at], other[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareItems(one: Key[number] | undefined, other: Key[number] | undefined): number {
  if (one === undefined || other === undefined)
    return Number(other === undefined) - Number(one === undefined);
  if (typeof one === 'object' && typeof other === 'object') return compareKeys(one, other);
  if (typeof one !== typeof other) return typeof one === 'string' ? -1 : 1;
  return one < other ? -1 : Number(one > other);
}
