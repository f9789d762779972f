import { createHash } from 'node:crypto';

/** How often something may be tried: `max` tries, then a pause of `pauseMs` counted from the last of them. */
export interface TryRule {
  readonly max: number;
  readonly pauseMs: number;
}

const minuteMs = 60_000;

/** Few enough to make guessing hopeless, enough for a tired person. */
export const perAccount: TryRule = { max: 5, pauseMs: 5 * minuteMs };
/** An office behind one address has many people; a guesser with one address has many accounts. */
export const perAddress: TryRule = { max: 30, pauseMs: 5 * minuteMs };
export const setUpPerAddress: TryRule = { max: 10, pauseMs: 5 * minuteMs };
/** Of all addresses together, for the time in which anybody may try. */
export const setUpAltogether: TryRule = { max: 200, pauseMs: 5 * minuteMs };

/** Hashed: people type passwords into email fields, and the count must not keep them. */
export function accountKey(email: string): string {
  return `sign-in:account:${createHash('sha256').update(email.trim().toLowerCase()).digest('hex')}`;
}

export function addressKey(address: string): string {
  return `sign-in:address:${address}`;
}

export function setUpKey(address: string): string {
  return `set-up:address:${address}`;
}

export const setUpAltogetherKey = 'set-up:all';

export function passwordChangeKey(userId: string): string {
  return `password-change:${userId}`;
}
