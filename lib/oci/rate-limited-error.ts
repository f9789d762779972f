import { type Advice, SlipwayError } from '#lib/errors/slipway-error.ts';
import { type Place, quoted } from './errors.ts';
import type { RateLimit } from './types.ts';

/** What is known of a limit that was met. */
export interface MetLimit {
  readonly place: Place;
  readonly hadCredentials: boolean;
  /** The client's clock, in milliseconds since 1970; without it no time of day is named. */
  readonly nowMs?: number | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** Where the registry last said that the caller stands. */
  readonly rateLimit?: RateLimit | undefined;
  readonly said?: string | undefined;
}

/** Too many requests, and waiting as long as the registry wants is longer than a pull may hang. */
export class RateLimitedError extends SlipwayError {
  override readonly name = 'RateLimitedError';
  readonly code = 'rate_limited';
  readonly kind = 'rate_limited';
  /** Seconds to wait, where the registry said so. */
  readonly retryAfterSeconds: number | undefined;

  /** Whether a counted allowance is used up, as against too many requests at once. */
  readonly isUsedUp: boolean;

  constructor(limit: MetLimit) {
    super({ advice: rateLimited(limit), isRetryable: true });
    this.retryAfterSeconds = limit.retryAfterSeconds;
    this.isUsedUp = isUsedUp(limit);
  }
}

/** https://docs.docker.com/docker-hub/usage/#abuse-rate-limit tells the text of the one limit from that of the other. */
function isUsedUp({ rateLimit, said }: MetLimit): boolean {
  return rateLimit?.remaining === 0 || /\bpull rate limit\b/i.test(said ?? '');
}

/** The text is read later than it was written, so it names times of day and no spans. */
function rateLimited(limit: MetLimit): Advice {
  const { place, rateLimit, retryAfterSeconds, nowMs, said } = limit;
  const registry = place.registry === 'docker.io' ? 'Docker Hub' : place.registry;
  const { hadCredentials } = limit;
  const isOfAddress = rateLimit?.source === 'address' || !hadCredentials;
  const who = isOfAddress ? 'this server’s address' : 'this account';
  const help = hadCredentials
    ? 'use an account with a higher limit'
    : `choose a secret for ${place.registry}: an account has a limit of its own`;
  const windowSeconds = rateLimit?.windowSeconds;
  const isEmpty = isUsedUp(limit);
  const counted =
    rateLimit === undefined ? '' : ` It allows ${rateLimit.limit} pulls${windowText(windowSeconds)}.`;
  const wait = waitText({ nowMs, retryAfterSeconds, windowSeconds: isEmpty ? windowSeconds : undefined });
  return {
    what: isEmpty
      ? `${registry} has no pulls left for ${who}`
      : `${registry} limits how often it may be asked`,
    why: `${isEmpty ? 'All of them are used.' : `Too many requests came from ${who}.`}${counted}${quoted(said)}`,
    next: `${wait}, or ${help}.`,
  };
}

function waitText(known: {
  readonly nowMs: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly windowSeconds: number | undefined;
}): string {
  const { nowMs, retryAfterSeconds, windowSeconds } = known;
  if (nowMs === undefined) return 'Try again later';
  if (retryAfterSeconds !== undefined) return `Try again after ${formatUntil(nowMs, retryAfterSeconds)}`;
  if (windowSeconds === undefined) return 'Try again later';
  return `Pulls come back at the latest at ${formatUntil(nowMs, windowSeconds)}. Try again then`;
}

/** ` over 6 hours` */
function windowText(windowSeconds: number | undefined): string {
  if (windowSeconds === undefined || windowSeconds <= 0) return '';
  const [count, unit] =
    windowSeconds % 3600 === 0 ? [windowSeconds / 3600, 'hour'] : [windowSeconds, 'second'];
  return ` over ${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** `18:41 UTC`, rounded up to the minute, with the day if it is not that of `nowMs`. */
function formatUntil(nowMs: number, seconds: number): string {
  const atMs = Math.min(nowMs + seconds * 1000, lastMinuteMs);
  const at = new Date(Math.ceil(atMs / 60_000) * 60_000).toISOString();
  const isToday = at.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10);
  return `${at.slice(11, 16)} UTC${isToday ? '' : ` on ${at.slice(0, 10)}`}`;
}

/** The last of the year 9999: a registry may name any number of seconds. */
const lastMinuteMs = Date.UTC(9999, 11, 31, 23, 59);
