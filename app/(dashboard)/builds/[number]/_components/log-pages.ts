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
   * What is not here of a range that is looked at, in stretches of at most a page. Marks the range as used, so that
   * what is on the screen never makes room.
   */
  missing(range: LineRange): LineRange[] {
    const stretches: LineRange[] = [];
    for (let page = pageOf(range.from); page <= pageOf(range.to); page += 1) {
      const held = this.#touch(page);
      const stretch = missingOf(held, {
        from: Math.max(range.from, page * pageLines + 1),
        to: Math.min(range.to, (page + 1) * pageLines),
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

/** Widens a range to whole pages, so that a reader who scrolls on finds the next lines there. */
export function wholePages(range: LineRange, lastLine: number): LineRange {
  return {
    from: pageOf(range.from) * pageLines + 1,
    to: Math.min(lastLine, (pageOf(range.to) + 1) * pageLines),
  };
}

function pageOf(line: number): number {
  return Math.floor((line - 1) / pageLines);
}

/** From the first to the last line that is not held; null when all are. */
function missingOf(held: ReadonlyMap<number, LogLine>, range: LineRange): LineRange | null {
  let { from, to } = range;
  while (from <= to && held.has(from)) from += 1;
  while (to >= from && held.has(to)) to -= 1;
  return from > to ? null : { from, to };
}
