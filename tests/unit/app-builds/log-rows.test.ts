import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LogRows,
  openByItself,
  sectionOfLine,
  sectionsOf,
} from '#app/(dashboard)/builds/[number]/_components/log-rows.ts';
import type { BuildEvent, NumberedEvent } from '#lib/builds/schema.ts';
import { emptyView, foldEvents } from '#lib/builds/view.ts';

function viewOf(...events: readonly BuildEvent[]) {
  const numbered = events.map(
    (event, index): NumberedEvent => ({
      number: index + 1,
      at: `2026-11-23T12:00:${String(index).padStart(2, '0')}.000Z`,
      event,
    }),
  );
  return foldEvents(emptyView, numbered);
}

const running: BuildEvent = { kind: 'state', state: 'running', attempt: 1 };
const begin = (stage: 'authenticate' | 'resolve' | 'pull'): BuildEvent => ({
  kind: 'stage',
  stage,
  state: 'running',
});
const end = (stage: 'authenticate' | 'resolve' | 'pull'): BuildEvent => ({
  kind: 'stage',
  stage,
  state: 'done',
});
const log = (stage: 'authenticate' | 'resolve' | 'pull', lines: number): BuildEvent => ({
  kind: 'log',
  stage,
  level: 'info',
  text: Array.from({ length: lines }, (_, index) => `line ${index}`).join('\n'),
});

const midPull = viewOf(
  running,
  begin('authenticate'),
  log('authenticate', 3),
  end('authenticate'),
  begin('resolve'),
  log('resolve', 2),
  end('resolve'),
  begin('pull'),
  log('pull', 4),
);

describe('sections of the log', () => {
  it('are the stages in order, those that have not logged too; a build without steps has none for them', () => {
    expect(
      sectionsOf(midPull).map(({ stage, firstLine, lineCount, state }) => [
        stage,
        firstLine,
        lineCount,
        state,
      ]),
    ).toEqual([
      ['authenticate', 1, 3, 'done'],
      ['resolve', 4, 2, 'done'],
      ['pull', 6, 4, 'running'],
      ['check', 10, 0, 'waiting'],
      ['publish', 10, 0, 'waiting'],
    ]);
  });

  it('keep the lines of an attempt that was lost, and count none of them for the new one', () => {
    const again = foldEvents(midPull, [
      {
        number: 20,
        at: '2026-11-23T12:01:00.000Z',
        event: { kind: 'state', state: 'queued', attempt: 1, cause: 'The worker was lost' },
      },
      { number: 21, at: '2026-11-23T12:01:01.000Z', event: { kind: 'state', state: 'running', attempt: 2 } },
      { number: 22, at: '2026-11-23T12:01:01.000Z', event: begin('authenticate') },
      { number: 23, at: '2026-11-23T12:01:01.000Z', event: log('authenticate', 2) },
    ]);
    expect(
      sectionsOf(again).map(({ stage, firstLine, lineCount, state }) => [stage, firstLine, lineCount, state]),
    ).toEqual([
      ['authenticate', 1, 3, null],
      ['resolve', 4, 2, null],
      ['pull', 6, 4, null],
      ['authenticate', 10, 2, 'running'],
      ['resolve', 12, 0, 'waiting'],
      ['pull', 12, 0, 'waiting'],
      ['check', 12, 0, 'waiting'],
      ['publish', 12, 0, 'waiting'],
    ]);
    expect(new Set(sectionsOf(again).map(({ key }) => key)).size).toBe(8);
  });

  it('put a stage that logged nothing before those that come after it', () => {
    const published = foldEvents(midPull, [
      { number: 20, at: '2026-11-23T12:01:00.000Z', event: { kind: 'stage', stage: 'check', state: 'done' } },
      {
        number: 21,
        at: '2026-11-23T12:01:00.000Z',
        event: { kind: 'log', stage: 'publish', level: 'info', text: 'recorded' },
      },
    ]);
    expect(sectionsOf(published).map(({ stage, lineCount }) => [stage, lineCount])).toEqual([
      ['authenticate', 3],
      ['resolve', 2],
      ['pull', 4],
      ['check', 0],
      ['publish', 1],
    ]);
  });

  it('open by themselves where the reader wants to look', () => {
    const opened = (view: typeof midPull, isOver: boolean, lineCount: number) => {
      const sections = sectionsOf(view);
      const open = openByItself(sections, { isOver, lineCount });
      return sections.filter(({ key }) => open.has(key)).map(({ stage }) => stage);
    };
    expect(opened(midPull, false, 9)).toEqual(['pull']);
    const failed = foldEvents(midPull, [
      {
        number: 20,
        at: '2026-11-23T12:01:00.000Z',
        event: { kind: 'state', state: 'failed', attempt: 1 },
      },
    ]);
    expect(opened(failed, true, 1000)).toEqual(['pull']);
    expect(opened(failed, true, 9)).toEqual(['authenticate', 'resolve', 'pull']);
    expect(opened(emptyView, false, 0)).toEqual([]);
  });
});

describe('rows of the log', () => {
  const sections = sectionsOf(midPull);

  it('are heads, with lines under those that are open', () => {
    const rows = new LogRows(sections, ({ stage }) => stage === 'pull');
    const shown = Array.from({ length: rows.count }, (_, index) => rows.at(index));
    expect(shown.map((row) => (row?.kind === 'line' ? row.line : row?.section.stage))).toEqual([
      'authenticate',
      'resolve',
      'pull',
      6,
      7,
      8,
      9,
      'check',
      'publish',
    ]);
    expect(rows.at(rows.count)).toBeNull();
    expect(rows.indexOfLine(2)).toBeNull();
    expect(rows.indexOfLine(99)).toBeNull();
    expect(sectionOfLine(sections, 2)?.stage).toBe('authenticate');
    expect(sectionOfLine(sections, 10)).toBeNull();
  });

  it('never open a section without lines', () => {
    expect(new LogRows(sections, () => true).count).toBe(sections.length + midPull.logLines);
  });

  it('find every line of an open log again, and the head above it', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 0.999999, noNaN: true }), (lineCounts, share) => {
        let firstLine = 1;
        const long = lineCounts.map((lineCount, index) => {
          const section = {
            ...sections[0],
            key: String(index),
            firstLine,
            lineCount,
          } as (typeof sections)[number];
          firstLine += lineCount;
          return section;
        });
        const rows = new LogRows(long, () => true);
        const line = 1 + Math.floor(share * (firstLine - 1));
        const index = rows.indexOfLine(line);
        expect(index).not.toBeNull();
        expect(rows.at(index ?? -1)).toMatchObject({ kind: 'line', line });
        expect(rows.keyAt(index ?? -1)).toBe(line);
        const section = sectionOfLine(long, line) ?? long[0];
        expect(section).toBeDefined();
        if (section === undefined) return;
        // Every row before it is a line of its number or less, or a head.
        const headRow = section.firstLine - 1 + long.indexOf(section);
        expect(rows.isHead(headRow)).toBe(true);
        expect(rows.isHead(index ?? -1)).toBe(false);
        expect(rows.keyAt(headRow)).toBe(section.key);
      }),
    );
  });
});
