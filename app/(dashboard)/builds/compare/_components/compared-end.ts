import { buildNumberSchema } from '../../build-number.ts';

/** One end of a comparison, as the address names it. */
export interface ComparedEnd {
  /** As it was written; empty where the address has none. */
  readonly text: string;
  readonly number: number | null;
  /** What is wrong with it and what to do, in the words of its field. */
  readonly problem: string | undefined;
}

/** Reads `11` or `#11`. */
export function readEnd(asked: string | readonly string[] | undefined): ComparedEnd {
  const text = typeof asked === 'string' ? asked.trim().slice(0, textMax) : '';
  if (text === '') return { text, number: null, problem: undefined };
  const digits = /^#?(\d+)$/.exec(text)?.[1];
  if (digits === undefined) {
    return { text, number: null, problem: 'This is no number of a build. Type one, such as 11.' };
  }
  const number = buildNumberSchema.safeParse(Number(digits)).data;
  return number === undefined ? missingEnd(text) : { text, number, problem: undefined };
}

/** An end that names no build of the workspace. One of another workspace is as absent as one that never was. */
export function missingEnd(text: string): ComparedEnd {
  const problem = `There is no build #${text.replace('#', '')}. The history has the numbers.`;
  return { text, number: null, problem };
}

/** More than any number of a build is long. */
const textMax = 20;
