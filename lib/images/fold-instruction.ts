/**
 * An instruction as lines of a Dockerfile. Builders read no line of 65,536 bytes or more: BuildKit says so, and Buildah takes it, without
 * a word, for the end of the file. They put continued lines together as they are, but leave out one that is blank or a comment, and
 * differ on one that ends in several backslashes; so none is begun or ended with what would make it such a line.
 * https://github.com/openshift/imagebuilder/blob/v1.2.4/dockerfile/parser/parser.go
 * @returns undefined when there is no place to break the instruction at
 */
export function foldInstruction(instruction: string): string | undefined {
  const lines: string[] = [];
  let rest = instruction;
  while (rest.length > lineCharactersMax) {
    const at = lastPlace(rest);
    if (at === undefined) return undefined;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return [...lines, rest].join('\\\n');
}

/** Each is three bytes of UTF-8 at most, and the backslash one more. */
const lineCharactersMax = 20_000;

function lastPlace(text: string): number | undefined {
  for (let at = lineCharactersMax; at > 0; at -= 1) {
    if (text[at - 1] !== '\\' && canBegin.test(text[at] ?? '')) return at;
  }
  return undefined;
}

/** No blank, of which Go knows one more (U+0085), no comment, and not the second half of a character. */
const canBegin = /^[^\s\u0085#\uDC00-\uDFFF]$/;
