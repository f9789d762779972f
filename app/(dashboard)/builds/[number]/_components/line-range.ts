/** Lines of a log, both ends included, counted from 1. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** Reads `#L26` and `#L26-L31` (in either order); null for any other fragment. */
export function parseLineHash(hash: string): LineRange | null {
  const [, first, last] = /^#L(\d{1,10})(?:-L(\d{1,10}))?$/.exec(hash) ?? [];
  if (first === undefined) return null;
  const ends = [Number(first), Number(last ?? first)].sort((a, b) => a - b);
  const [from = 0, to = 0] = ends;
  return from < 1 ? null : { from, to };
}

export function formatLineHash({ from, to }: LineRange): string {
  return from === to ? `#L${from}` : `#L${from}-L${to}`;
}

/** The range from where a selection began to the line that was shift-clicked. */
export function extendRange(anchor: number, line: number): LineRange {
  return { from: Math.min(anchor, line), to: Math.max(anchor, line) };
}

export function holdsLine(range: LineRange | null, line: number): boolean {
  return range !== null && line >= range.from && line <= range.to;
}
