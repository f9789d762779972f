import { type StageName, stageNames } from '#lib/builds/schema.ts';
import type { BuildView, StageView } from '#lib/builds/types.ts';
import { shownStages } from './stages.ts';

/** A stretch of the log under one head: consecutive lines of a stage, or a stage that has none yet. */
export interface LogSection {
  readonly key: string;
  readonly stage: StageName;
  /** Null for an earlier attempt's: how that went is told by its lines. */
  readonly state: StageView['state'] | null;
  readonly attempt: number;
  /** Lines are numbered from 1; meaningless where there are none. */
  readonly firstLine: number;
  readonly lineCount: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export type LogRow =
  | { readonly kind: 'head'; readonly section: LogSection; readonly isOpen: boolean }
  | { readonly kind: 'line'; readonly section: LogSection; readonly line: number };

/** Every line of the log in order, under heads, with the stages that have logged nothing among them. */
export function sectionsOf(view: BuildView): LogSection[] {
  const stages = new Map(view.stages.map((stage) => [stage.name, stage]));
  const withLines = view.logGroups.map((group): LogSection => {
    const stage = group.attempt === view.attempt ? stages.get(group.stage) : undefined;
    return {
      key: `${group.attempt}.${group.stage}.${group.firstLine}`,
      ...group,
      state: stage?.state ?? null,
      startedAt: stage?.startedAt ?? null,
      endedAt: stage?.endedAt ?? null,
    };
  });
  const logged = new Set(withLines.filter(({ state }) => state !== null).map(({ stage }) => stage));
  const without = shownStages(view).filter((stage) => !logged.has(stage.name));
  return without.reduce((sections, stage) => insert(sections, emptySection(view, stage)), withLines);
}

function emptySection(view: BuildView, stage: StageView): LogSection {
  return {
    key: `${view.attempt}.${stage.name}`,
    stage: stage.name,
    state: stage.state,
    attempt: view.attempt,
    firstLine: view.logLines + 1,
    lineCount: 0,
    startedAt: stage.startedAt,
    endedAt: stage.endedAt,
  };
}

/** Puts a stage that logged nothing where it comes in the newest attempt. */
function insert(sections: readonly LogSection[], section: LogSection): LogSection[] {
  const order = stageNames.indexOf(section.stage);
  const next = sections.findIndex(({ stage, state }) => state !== null && stageNames.indexOf(stage) > order);
  return sections.toSpliced(next === -1 ? sections.length : next, 0, section);
}

/**
 * The sections that are open when the reader has not said: all of a short log that is over; else what failed, else what
 * is under way, else the last lines.
 */
export function openByItself(
  sections: readonly LogSection[],
  log: { readonly isOver: boolean; readonly lineCount: number },
): ReadonlySet<string> {
  const filled = sections.filter(({ lineCount }) => lineCount > 0);
  if (log.isOver && log.lineCount <= shortLogLines) return new Set(filled.map(({ key }) => key));
  const stateOf = (state: StageView['state']) => filled.find((section) => section.state === state);
  const section = stateOf('failed') ?? stateOf('running') ?? filled.at(-1);
  return new Set(section === undefined ? [] : [section.key]);
}

/** A log that is read from top to bottom in a minute. */
const shortLogLines = 200;

interface Part {
  readonly section: LogSection;
  readonly isOpen: boolean;
  /** The row of the head, and the row after the last line. */
  readonly start: number;
  readonly end: number;
}

/** The rows on the screen, for a list that draws only what is seen. A million lines cost as much as ten. */
export class LogRows {
  readonly count: number;
  readonly #parts: readonly Part[];
  /** Rows are asked for one after the other, a million at a time: the part of the last one is likely that of the next. */
  #last: Part | undefined;

  constructor(sections: readonly LogSection[], isOpen: (section: LogSection) => boolean) {
    let start = 0;
    this.#parts = sections.map((section) => {
      const isSectionOpen = section.lineCount > 0 && isOpen(section);
      const end = start + 1 + (isSectionOpen ? section.lineCount : 0);
      const part = { section, isOpen: isSectionOpen, start, end };
      start = end;
      return part;
    });
    this.count = start;
  }

  at(index: number): LogRow | null {
    const part = this.#partAt(index);
    if (part === undefined) return null;
    const { section, isOpen, start } = part;
    if (index === start) return { kind: 'head', section, isOpen };
    return { kind: 'line', section, line: section.firstLine + index - start - 1 };
  }

  isHead(index: number): boolean {
    return this.#partAt(index)?.start === index;
  }

  isOpen(section: LogSection): boolean {
    return this.#parts.find((part) => part.section.key === section.key)?.isOpen ?? false;
  }

  /** Stays with a row while others come and go: the number of its line, or the key of its section. */
  keyAt(index: number): number | string {
    const part = this.#partAt(index);
    if (part === undefined) return index;
    return part.start === index ? part.section.key : part.section.firstLine + index - part.start - 1;
  }

  /** The row of a line; null where its section is folded or the log has no such line. */
  indexOfLine(line: number): number | null {
    const part = this.#parts.find(({ section }) => holds(section, line));
    return part?.isOpen ? part.start + 1 + line - part.section.firstLine : null;
  }

  #partAt(index: number): Part | undefined {
    const last = this.#last;
    if (last !== undefined && index >= last.start && index < last.end) return last;
    this.#last = this.#parts.find(({ start, end }) => index >= start && index < end);
    return this.#last;
  }
}

/** The section that holds a line, open or not. */
export function sectionOfLine(sections: readonly LogSection[], line: number): LogSection | null {
  return sections.find((section) => holds(section, line)) ?? null;
}

function holds(section: LogSection, line: number): boolean {
  return line >= section.firstLine && line < section.firstLine + section.lineCount;
}
