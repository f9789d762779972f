import type { Limits } from './limits.ts';

/** One wait before another try, for the log. */
export interface RetryNotice {
  /** The try that failed, from 1. */
  readonly attempt: number;
  readonly waitMs: number;
  /** A plain sentence. */
  readonly why: string;
}

/** Whether the same request may get another answer later. 501 and 505 will not. RFC 9110, 15.5 and 15.6 */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/**
 * How long to wait before the next try: the registry's own word, else exponential with full jitter. `attempt` counts
 * from 1. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function waitBeforeMs(options: {
  readonly attempt: number;
  readonly retryAfterMs: number | undefined;
  readonly limits: Limits;
  readonly random: () => number;
}): number {
  const { attempt, retryAfterMs, limits, random } = options;
  if (retryAfterMs !== undefined) return retryAfterMs;
  return random() * Math.min(limits.backoffMaxMs, limits.backoffBaseMs * 2 ** (attempt - 1));
}

/**
 * Retry-After in milliseconds from now: whole seconds or an HTTP date, one that has passed being 0. Undefined where
 * the header is missing or unreadable. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  // Only the preferred form of a date (RFC 9110, 5.6.7): Date.parse alone takes nearly anything.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
