/** A command of a script that is given the script's own arguments, `"$@"`. */
export interface ArgumentCall {
  /** Whether it takes the place of the script (`exec`), so that signals reach it. */
  readonly isExec: boolean;
  /** What stands before the arguments: `["gosu", "postgres"]`; nothing when they are the command themselves. */
  readonly words: readonly string[];
}

/**
 * Finds where a shell script hands on its arguments. Comments are left out, words in quotes are one; what a branch
 * depends on is not looked at. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_05_02
 */
export function argumentCalls(script: string): readonly ArgumentCall[] {
  return script
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap(commandsOf)
    .flatMap((words): readonly ArgumentCall[] => {
      const end = words.findIndex(isArguments);
      if (end < 0) return [];
      const before = words.slice(0, end);
      const exec = before.indexOf('exec');
      if (exec >= 0) return [{ isExec: true, words: withoutOptions(before.slice(exec + 1)) }];
      return [{ isExec: false, words: before.filter((word) => !keywords.has(word)) }];
    });
}

/** `"$@"` in its spellings: quoted or not, `${@}`, `${1+"$@"}`, `$*`. */
function isArguments(word: string): boolean {
  return /^"?\$(?:[@*]|\{(?:[@*]|1\+))/.test(word);
}

/** The options of `exec` itself in bash: `-a NAME`, `-c`, `-l`. */
function withoutOptions(words: readonly string[]): readonly string[] {
  const [first = ''] = words;
  if (!/^-[acl]+$/.test(first)) return words;
  return words.slice(first.includes('a') ? 2 : 1);
}

/** The commands of one line, each as its words with the quotes still on. A quote that is not closed ends with its line. */
function commandsOf(line: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  for (const [token] of line.matchAll(tokens)) {
    if (token.startsWith('#')) break;
    if (/^[;&|()]/.test(token)) commands.push([]);
    else if (!/^\s/.test(token)) commands.at(-1)?.push(token);
  }
  return commands;
}

/** Blanks; a separator; a word, in which quotes and escapes hold together what they hold together, and `#` is a letter. */
const tokens = /\s+|[;&|()]|(?:\\.|"(?:\\.|[^"\\])*"?|'[^']*'?|[^\s;&|()"'\\])+|\\/g;

const keywords = new Set([
  'then',
  'else',
  'elif',
  'do',
  'if',
  'while',
  '{',
  '!',
  'time',
  'command',
  'builtin',
]);
