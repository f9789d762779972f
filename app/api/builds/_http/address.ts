import { NotFoundError } from '#lib/errors/not-found.ts';

/** What Next hands to the routes of one build. */
export interface BuildAddress {
  readonly params: Promise<{ readonly number: string }>;
}

/** The number in a build's address. @throws NotFoundError for one that no build can have. */
export function parseNumber(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new NotFoundError('build');
  return Number(text);
}

/** A whole number of a query, or what holds without one. */
export function wholeNumber(text: string | null, fallback: number): number {
  return text !== null && /^\d{1,10}$/.test(text) ? Math.min(Number(text), intMax) : fallback;
}

/** The largest number that events and lines can have. */
const intMax = 2_147_483_647;
