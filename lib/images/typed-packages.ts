/**
 * Packages out of what was typed or pasted, each as it was written. A new one begins after a comma, a blank or a line's end where a
 * name can: a range (`torch>=2, <3`), extras, an address (`name @ https://…`) and a marker stay with their name.
 * https://packaging.python.org/en/latest/specifications/dependency-specifiers/
 * Lines may be those of a requirements file: comments are left out, and a backslash joins a line with the next.
 * https://pip.pypa.io/en/stable/reference/requirements-file-format/
 */
export function splitPackages(text: string): readonly string[] {
  return text
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/[\r\n]+/)
    .flatMap(packagesOfLine);
}

/** Whether a comma ends what was typed. After a version it does not, since a range may go on; nor inside brackets, an address or a marker. */
export function endsAtComma(text: string): boolean {
  return plainName.test(splitPackages(text).at(-1) ?? '');
}

/** Whether a package begins with its name. What begins with a comparison or a bracket has lost it. */
export function beginsWithName(name: string): boolean {
  return !/^[<>=!~;,@[\](){}]/.test(name);
}

/** A name with whole extras, or as apt takes it: `name=1.2*`, `name/bookworm-backports`. */
const plainName = /^(?!.*==)[^\s<>!~;,@[\]()]+(?<!=)(?:\s*\[[^[\]]*\])?$/;

const comment = /(?:^|\s)#.*$/;

function packagesOfLine(line: string): readonly string[] {
  const text = line.replace(comment, '');
  const packages: string[] = [];
  let name = '';
  let before = '';
  for (let at = 0; at < text.length; ) {
    const piece = pieceAt(text, at);
    at += piece.length;
    if (isGap(piece) && !goesOn(before, text.charAt(at))) {
      packages.push(name);
      name = '';
    } else {
      name += piece;
    }
    before = isGap(piece) ? '' : piece;
  }
  return [...packages, name].map((each) => each.trim()).filter((each) => each !== '');
}

/** What belongs together wherever it stands: a gap, an address, extras, a range in brackets, a marker, or a word. */
function pieceAt(text: string, at: number): string {
  for (const piece of pieces) {
    piece.lastIndex = at;
    const [found] = piece.exec(text) ?? [];
    if (found !== undefined) return found;
  }
  return text.slice(at);
}

const value = `(?:"[^"]*"|'[^']*'|[A-Za-z_.]+)`;
const comparison = String.raw`[(\s]*${value}\s*(?:[<>=!~]{1,3}|in\b|not\s+in\b)\s*${value}(?:\s*\))*`;

/** What matches none of them is a marker that is still being typed, which takes the rest. */
const pieces = [
  /[\s,]+/y,
  // To the next blank, commas and semicolons included, but for a comma at its end.
  /[A-Za-z][A-Za-z0-9+.-]*:\/\/\S*[^\s,]/y,
  /\[[^\]]*\]?/y,
  /\([^)]*\)?/y,
  new RegExp(String.raw`;${comparison}(?:\s*\b(?:and|or)\b${comparison})*(?!\s*(?:and|or)\b)`, 'y'),
  /[^\s,;[(]+/y,
];

function isGap(piece: string): boolean {
  return /^[\s,]/.test(piece);
}

/** Whether a gap is inside a package: the word before it wants more, or what stands after it begins none. */
function goesOn(before: string, after: string): boolean {
  return before !== '' && (/[<>=!~@]$/.test(before) || /^[<>=!~;@[(]/.test(after));
}
