import { PatternSet } from './pattern-set.ts';
import { formsOf } from './value-forms.ts';

/** A stretch of text that comes in pieces. */
export interface RedactingStream {
  /** What of the text so far is certain, redacted. Holds back only what could be the beginning of a pattern. */
  readonly push: (chunk: string) => string;
  /** The rest. */
  readonly end: () => string;
}

/** Keeps values out of text. Nothing in it throws. */
export interface Redactor {
  readonly text: (text: string) => string;
  readonly stream: () => RedactingStream;
  /** Hides one more value, from here on and in streams that are under way: a token that was minted just now. */
  readonly add: (value: string) => void;
}

/** As far as it is used by what only has something to say. */
export type Cleaner = Pick<Redactor, 'text' | 'stream'>;

/**
 * Hides every occurrence of these values, in all forms that `formsOf` lists. Each run of characters that belong to one or
 * several occurrences becomes one mark. The mark shares no character with any pattern, so that what stands around it cannot
 * make up a pattern anew. Values under eight characters are no patterns.
 */
export function createRedactor(values: readonly string[]): Redactor {
  const all = new Set<string>();
  let patterns: Patterns = { set: new PatternSet(all), mark: marks[0] };
  const add = (added: readonly string[]) => {
    const before = all.size;
    for (const value of added) for (const form of formsOf(value)) all.add(form);
    if (all.size > before) {
      const set = new PatternSet(all);
      patterns = { set, mark: markFor(set) };
    }
  };
  add(values);
  const stream = () => openStream(() => patterns);
  return {
    text: (text) => {
      const whole = stream();
      return whole.push(text) + whole.end();
    },
    stream,
    add: (value) => add([value]),
  };
}

interface Patterns {
  readonly set: PatternSet;
  readonly mark: string;
}

const marks = ['***', '•••', '▒▒▒'] as const;

function markFor(set: PatternSet): string {
  const usual = marks.find((mark) => !set.sharesCharactersWith(mark));
  if (usual !== undefined) return usual;
  for (let code = privateUseFirst; code <= privateUseLast; code += 1) {
    const mark = String.fromCharCode(code);
    if (!set.sharesCharactersWith(mark)) return mark;
  }
  return '\ufffd';
}

/** Characters that no text means anything by: the last resort for values that hold every usual mark. */
const privateUseFirst = 0xe000;
const privateUseLast = 0xf8ff;

function openStream(current: () => Patterns): RedactingStream {
  let held = '';
  /** Occurrences seen so far reach up to here, counted in `held`. */
  let coveredTo = 0;
  /** Whether what came out last was the mark of a run that may go on. */
  let isInRun = false;

  const advance = (isEnd: boolean): string => {
    const { set, mark } = current();
    let output = '';
    let plainFrom = 0;
    let at = set.size === 0 ? held.length : 0;
    for (; at < held.length; at += 1) {
      const { length, isOpen } = set.at(held, at);
      // A pattern may begin here and go on in the next chunk: this place and what follows are not decided yet.
      if (isOpen && !isEnd) break;
      coveredTo = Math.max(coveredTo, at + length);
      if (at >= coveredTo) {
        isInRun = false;
        continue;
      }
      if (!isInRun) output += held.slice(plainFrom, at) + mark;
      isInRun = true;
      plainFrom = at + 1;
    }
    output += held.slice(plainFrom, at);
    held = held.slice(at);
    coveredTo = Math.max(0, coveredTo - at);
    return output;
  };

  return {
    push: (chunk) => {
      held += chunk;
      return advance(false);
    },
    end: () => advance(true),
  };
}
