import type { StoredImageRow } from '#lib/store/types.ts';

export interface Outlook {
  readonly word: string;
  /** One sentence. */
  readonly why: string;
  readonly isDue: boolean;
}

/** What the next collection does with an image, in words. */
export function outlookOf({ isHeld, due }: Pick<StoredImageRow, 'isHeld' | 'due'>): Outlook {
  if (isHeld) return { word: 'In use', why: 'A build needs it now, so it stays.', isDue: false };
  switch (due) {
    case null:
      return { word: 'Stays', why: 'It is within the limits.', isDue: false };
    case 'age':
      return { word: 'Goes: unused', why: 'No build needed it for longer than the age limit.', isDue: true };
    case 'size':
      return {
        word: 'Goes: size limit',
        why: 'The store is over its size limit, and this was used least recently.',
        isDue: true,
      };
    case 'room':
      return { word: 'Goes: disk full', why: 'A pull needs the room.', isDue: true };
    case 'begun':
      return { word: 'Being removed', why: 'A collection began to remove it.', isDue: true };
  }
}
