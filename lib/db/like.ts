/** Text as a part of a LIKE pattern that means itself: Prisma hands `contains` on as it is, too. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** A condition of Prisma on a column: holds the text somewhere, in any case. */
export function containing(text: string) {
  return { contains: escapeLike(text.trim()), mode: 'insensitive' } as const;
}
