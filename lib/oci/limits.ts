/** Times and counts of the registry client. One set for a client; tests shorten the times. */
export interface Limits {
  /** From sending a request to the head of its answer. Registries that verify on first access take tens of seconds. */
  readonly answerTimeoutMs: number;
  /** Without enough bytes for this long a body counts as stalled. Go's registry servers flush well within it. */
  readonly idleTimeoutMs: number;
  /** Tries of one request, the first included. */
  readonly attemptsMax: number;
  /** Full jitter: the n-th wait is random between 0 and this times 2^(n-1), */
  readonly backoffBaseMs: number;
  /** and never more than this. */
  readonly backoffMaxMs: number;
  /** The longest Retry-After that is waited for; a build should fail and say so rather than sit for longer. */
  readonly retryAfterMaxMs: number;
}

export const defaultLimits: Limits = {
  answerTimeoutMs: 60_000,
  idleTimeoutMs: 30_000,
  attemptsMax: 6,
  backoffBaseMs: 250,
  backoffMaxMs: 10_000,
  retryAfterMaxMs: 60_000,
};

/** Slower than this, averaged over an idle timeout, a body counts as stalled: it would hold a worker for days. */
export const slowestBytesPerSecond = 128;
