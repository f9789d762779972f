/**
 * A value as one word of a shell command that a person copies. Names of accounts and projects come out as they are; anything
 * else is quoted, because a key file that somebody made up may hold a command in the place of a name.
 */
export function shellWord(text: string): string {
  return /^[\w.@:/+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
