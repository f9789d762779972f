import { describe, expect, it } from 'vitest';
import { LogPages, pageLines } from '#app/(dashboard)/builds/[number]/_components/log-pages.ts';

const linesFrom = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    line: from + index,
    at: '2026-11-23T12:00:00.000Z',
    stage: 'pull' as const,
    level: 'info' as const,
    text: `line ${from + index}`,
  }));

describe('LogPages', () => {
  it('says what to ask for, as far as the page has gaps there, and nothing once it came', () => {
    const pages = new LogPages();
    expect(pages.missing({ from: 380, to: 420 }, 1_000_000)).toEqual([
      { from: 1, to: 400 },
      { from: 401, to: 800 },
    ]);
    pages.put(linesFrom(390, 405));
    expect(pages.missing({ from: 380, to: 420 }, 1_000_000)).toEqual([
      { from: 1, to: 389 },
      { from: 406, to: 800 },
    ]);
    pages.put(linesFrom(380, 389));
    pages.put(linesFrom(406, 420));
    expect(pages.missing({ from: 380, to: 420 }, 1_000_000)).toEqual([]);
    expect(pages.get(400)?.text).toBe('line 400');
    expect(pages.get(421)).toBeUndefined();
  });

  it('asks for nothing beyond the end of the log', () => {
    expect(new LogPages().missing({ from: 1, to: 3 }, 250)).toEqual([{ from: 1, to: 250 }]);
  });

  it('forgets what was looked at longest ago, never what is on the screen', () => {
    const pages = new LogPages();
    pages.put(linesFrom(1, pageLines));
    for (let page = 1; page <= 100; page += 1) {
      expect(pages.missing({ from: 1, to: 10 }, 1_000_000)).toEqual([]);
      pages.put(linesFrom(page * pageLines + 1, (page + 1) * pageLines));
    }
    expect(pages.get(5)?.text).toBe('line 5');
    expect(pages.get(pageLines + 1)).toBeUndefined();
    expect(pages.get(100 * pageLines + 1)?.line).toBe(100 * pageLines + 1);
  });
});
