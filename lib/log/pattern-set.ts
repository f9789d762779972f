import { patternCharactersMin } from './value-forms.ts';

/** What stands at one place of a text, as far as the text goes. */
export interface Match {
  /** Length of the longest pattern that is there whole; 0 for none. */
  readonly length: number;
  /** Whether a longer text could make a (longer) pattern begin here. */
  readonly isOpen: boolean;
}

/**
 * Finds patterns of at least `patternCharactersMin` characters. A table over the first two characters dismisses nearly every
 * place of a text; what is left is looked up by its first eight and compared whole. Memory grows with the number of patterns and
 * not with their length, which an automaton of 32,768-character values would not do.
 */
export class PatternSet {
  readonly #starts = new Uint8Array(65_536);
  readonly #byHead = new Map<string, string[]>();
  readonly #shortHeads = new Set<string>();
  readonly size: number;

  constructor(patterns: ReadonlySet<string>) {
    this.size = patterns.size;
    for (const pattern of patterns) {
      this.#starts[startOf(pattern, 0)] = 1;
      const head = pattern.slice(0, patternCharactersMin);
      const others = this.#byHead.get(head);
      if (others === undefined) this.#byHead.set(head, [pattern]);
      else others.push(pattern);
      for (let length = 1; length < patternCharactersMin; length += 1)
        this.#shortHeads.add(head.slice(0, length));
    }
    for (const some of this.#byHead.values()) some.sort((a, b) => b.length - a.length);
  }

  /** What stands at `offset` of `text`. */
  at(text: string, offset: number): Match {
    const left = text.length - offset;
    if (left < patternCharactersMin) return { length: 0, isOpen: this.#shortHeads.has(text.slice(offset)) };
    if (this.#starts[startOf(text, offset)] === 0) return nothing;
    const candidates = this.#byHead.get(text.slice(offset, offset + patternCharactersMin));
    if (candidates === undefined) return nothing;
    let isOpen = false;
    // Longest first: the first that is there whole is the longest.
    for (const pattern of candidates) {
      if (pattern.length > left) isOpen ||= pattern.startsWith(text.slice(offset));
      else if (text.startsWith(pattern, offset)) return { length: pattern.length, isOpen };
    }
    return { length: 0, isOpen };
  }

  /** Whether any pattern holds a character of `text`. */
  sharesCharactersWith(text: string): boolean {
    const patterns = [...this.#byHead.values()].flat();
    return [...text].some((character) => patterns.some((pattern) => pattern.includes(character)));
  }
}

const nothing: Match = { length: 0, isOpen: false };

/** Two code units folded into 16 bits. */
function startOf(text: string, offset: number): number {
  return ((text.charCodeAt(offset) * 251) ^ text.charCodeAt(offset + 1)) & 0xffff;
}
