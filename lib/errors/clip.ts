/**
 * A text for people in at most so many characters, the sign that something was left out among them. No character is cut in two:
 * half of one would be refused by the database.
 */
export function clip(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  return `${text.slice(0, charactersMax - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
