import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** A person asks for more checks than one may have. */
export class TooManyChecksError extends SlipwayError {
  override readonly name = 'TooManyChecksError';
  readonly code = 'too_many_checks';
  readonly kind = 'rate_limited';
  readonly retryAfterSeconds: number;

  /** @param options.why the bound that was met, as a sentence */
  constructor(options: { readonly why: string; readonly retryAfterSeconds: number }) {
    const { why, retryAfterSeconds } = options;
    super({
      advice: {
        what: 'This check was not started',
        why,
        next: `Try again in ${retryAfterSeconds} ${retryAfterSeconds === 1 ? 'second' : 'seconds'}. A build can be started meanwhile.`,
      },
      isRetryable: true,
    });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A check did not end in its time, and was ended. */
export class CheckTookTooLongError extends SlipwayError {
  override readonly name = 'CheckTookTooLongError';
  readonly code = 'check_took_too_long';
  readonly kind = 'network';

  constructor(options: { readonly afterMs: number }) {
    super({
      advice: {
        what: 'The check took too long',
        why: `It had not ended after ${Math.round(options.afterMs / 1000)} seconds and was stopped. What was not tested may work.`,
        next: 'Check again. If it happens again, look whether the server of Slipway is overloaded or cut off from the network.',
      },
      isRetryable: true,
    });
  }
}

/** The worker of a check, or its process, was lost. */
export class CheckLostError extends SlipwayError {
  override readonly name = 'CheckLostError';
  readonly code = 'check_lost';
  readonly kind = 'internal';

  constructor(options: { readonly what: string }) {
    super({
      advice: {
        what: options.what,
        why: 'It ended before the check did. This says nothing about the image or the secret.',
        next: 'Check again. If it happens again, look at the log of the worker at this time.',
      },
      isRetryable: true,
    });
  }
}

/** No worker took a check for as long as somebody may be kept waiting. */
export class NoWorkerTookError extends SlipwayError {
  override readonly name = 'NoWorkerTookError';
  readonly code = 'no_worker_took';
  readonly kind = 'setup';

  constructor(options: { readonly afterMs: number }) {
    super({
      advice: {
        what: 'No worker took this check',
        why: `None was free for ${Math.round(options.afterMs / 1000)} seconds, or none is running. Nothing was tested.`,
        next: 'See that a worker is running (slipway start runs one), then check again.',
      },
      isRetryable: true,
    });
  }
}

/** What stops a check from the side of Slipway: it says nothing about what was to be checked. */
export const ownFaultCodes: ReadonlySet<string> = new Set([
  'check_took_too_long',
  'check_lost',
  'no_worker_took',
  'internal',
]);
