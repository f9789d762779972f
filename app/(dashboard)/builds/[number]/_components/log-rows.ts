import { type StageName, stageNames } from '#lib/builds/schema.ts';
import type { BuildView, LogGroup, StageView, StepView } from '#lib/builds/types.ts';
import { shownStages } from './stages.ts';

/** A stretch of the log under one head: consecutive lines of a stage or step, or one that has none yet. */
export interface LogSection {
  readonly key: string;
  readonly stage: StageName;
  /** Of the stage `steps`: which step, from 0; null for what is said before the first. */
  readonly step: number | null;
  /** The step in one line; null where the section is none. */
  readonly title: string | null;
  /** Null for an earlier attempt's: how that went is told by its lines. */
  readonly state: SectionState | null;
  readonly attempt: number;
  /** Lines are numbered from 1; meaningless where there are none. */
  readonly firstLine: number;
  readonly lineCount: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export type SectionState = StageView['state'] | StepView['state'];

export type LogRow =
  | { readonly kind: 'head'; readonly section: LogSection; readonly isOpen: boolean }
  | { readonly kind: 'line'; readonly section: LogSection; readonly line: number };

/** Every line of the log in order, under heads, with the stages and steps that have logged nothing among them. */
export function sectionsOf(view: BuildView): LogSection[] {
  const withLines = view.logGroups.map((group): LogSection => {
    const part = group.attempt === view.attempt ? partOf(view, group) : undefined;
    const { stage, step } = group;
    return {
      key: `${group.attempt}.${stage}.${step === null ? '' : `${step}.`}${group.firstLine}`,
      ...group,
      title: part !== undefined && 'title' in part ? part.title : null,
      state: part?.state ?? null,
      startedAt: part?.startedAt ?? null,
      endedAt: part?.endedAt ?? null,
    };
  });
  const logged = new Set(withLines.filter(({ state }) => state !== null).map(placeOf));
  const silent = [...shownStages(view).map(emptyStage), ...view.steps.map(emptyStep)];
  return silent
    .filter((section) => !logged.has(placeOf(section)))
    .reduce((sections, section) => insert(sections, { ...section, ...nowhere(view) }), withLines);
}

function partOf(view: BuildView, group: LogGroup): StageView | StepView | undefined {
  if (group.step !== null) return view.steps[group.step];
  return view.stages.find(({ name }) => name === group.stage);
}

type Part = Omit<LogSection, 'key' | 'attempt' | 'firstLine' | 'lineCount'>;

function emptyStage({ name, state, startedAt, endedAt }: StageView): Part {
  return { stage: name, step: null, title: null, state, startedAt, endedAt };
}

function emptyStep({ index, title, state, startedAt, endedAt }: StepView): Part {
  return { stage: 'steps', step: index, title, state, startedAt, endedAt };
}

function nowhere(view: BuildView): Pick<LogSection, 'attempt' | 'firstLine' | 'lineCount'> {
  return { attempt: view.attempt, firstLine: view.logLines + 1, lineCount: 0 };
}

/** Where a stage or step comes among all of an attempt. */
function placeOf({ stage, step }: Pick<LogSection, 'stage' | 'step'>): number {
  return stageNames.indexOf(stage) * stepsApart + (step === null ? 0 : step + 1);
}

/** More than an image has steps. */
const stepsApart = 1_000;

/** Puts what logged nothing where it comes in the newest attempt. */
function insert(sections: readonly LogSection[], section: Omit<LogSection, 'key'>): LogSection[] {
  const place = placeOf(section);
  const next = sections.findIndex((other) => other.state !== null && placeOf(other) > place);
  const key = `${section.attempt}.${section.stage}${section.step === null ? '' : `.${section.step}`}`;
  return sections.toSpliced(next === -1 ? sections.length : next, 0, { ...section, key });
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
  const stateOf = (state: SectionState) => filled.find((section) => section.state === state);
  const section = stateOf('failed') ?? stateOf('running') ?? filled.at(-1);
  return new Set(section === undefined ? [] : [section.key]);
}

/** A log that is read from top to bottom in a minute. */
const shortLogLines = 200;

interface Stretch {
  readonly section: LogSection;
  readonly isOpen: boolean;
  /** The row of the head, and the row after the last line. */
  readonly start: number;
  readonly end: number;
}

/** The rows on the screen, for a list that draws only what is seen. A million lines cost as much as ten. */
export class LogRows {
  readonly count: number;
  readonly #parts: readonly Stretch[];
  /** Rows are asked for one after the other, a million at a time: the part of the last one is likely that of the next. */
  #last: Stretch | undefined;

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

  #partAt(index: number): Stretch | undefined {
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
