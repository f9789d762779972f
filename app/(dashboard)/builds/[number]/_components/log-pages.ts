import type { LogLine } from '#lib/builds/types.ts';
import type { LineRange } from './line-range.ts';

/** Lines that are asked for together. */
export const pageLines = 400;
/** Pages that are kept; about 10 MB of text where lines are of common length. */
const pagesMax = 60;

/**
 * The lines of a log that are in this browser. A log may have a million lines: ranges come as they are looked at, and
 * those that nobody has looked at for longest make room.
 */
export class LogPages {
  /** Newest use last. */
  readonly #pages = new Map<number, Map<number, LogLine>>();

  get(line: number): LogLine | undefined {
    return this.#pages.get(pageOf(line))?.get(line);
  }

  put(lines: readonly LogLine[]): void {
    for (const line of lines) {
      const page = pageOf(line.line);
      this.#touch(page).set(line.line, line);
    }
    this.#makeRoom();
  }

  /**
   * What to ask for so that a range that is looked at comes to be here: around each gap in it the lines of the same page
   * that are not here either, so that a reader who scrolls on finds them. Marks the range as used, so that what is on
   * the screen never makes room.
   */
  missing(range: LineRange, lastLine: number): LineRange[] {
    const stretches: LineRange[] = [];
    for (let page = pageOf(range.from); page <= pageOf(range.to); page += 1) {
      const whole = { from: page * pageLines + 1, to: Math.min(lastLine, (page + 1) * pageLines) };
      const stretch = gapAround(this.#touch(page), {
        whole,
        from: Math.max(range.from, whole.from),
        to: Math.min(range.to, whole.to),
      });
      if (stretch !== null) stretches.push(stretch);
    }
    return stretches;
  }

  #touch(page: number): Map<number, LogLine> {
    const held = this.#pages.get(page) ?? new Map<number, LogLine>();
    this.#pages.delete(page);
    this.#pages.set(page, held);
    return held;
  }

  #makeRoom(): void {
    for (const page of this.#pages.keys()) {
      if (this.#pages.size <= pagesMax) return;
      this.#pages.delete(page);
    }
  }
}

function pageOf(line: number): number {
  return Math.floor((line - 1) / pageLines);
}

/** The first gap that begins between `from` and `to`, as far as it reaches both ways in the page. */
function gapAround(
  held: ReadonlyMap<number, LogLine>,
  wanted: LineRange & { readonly whole: LineRange },
): LineRange | null {
  let first = wanted.from;
  while (first <= wanted.to && held.has(first)) first += 1;
  if (first > wanted.to) return null;
  let from = first;
  let to = first;
  while (from > wanted.whole.from && !held.has(from - 1)) from -= 1;
  while (to < wanted.whole.to && !held.has(to + 1)) to += 1;
  return { from, to };
}
