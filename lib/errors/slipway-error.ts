/**
 * What a person reads about a failure: the plain fact, the reason, the next act.
 * Nothing in it may be, or be derived from, a sensitive value.
 */
export interface Advice {
  /** The plain fact, without a full stop: "The registry refused the sign-in". */
  readonly what: string;
  /** Why it happened, as far as is known. One or two sentences. */
  readonly why: string;
  /** What to do next. One or two sentences. */
  readonly next: string;
  /** The exact thing to put somewhere: a policy statement, a command. Beside it stands a button that copies it. */
  readonly paste?: Paste;
}

/** Text for somebody else's console. */
export interface Paste {
  /** What it is: "IAM policy statement", "gcloud command". */
  readonly title: string;
  /** Whole and ready, with the names of this very case filled in. */
  readonly text: string;
}

/**
 * The kinds of failure that surfaces tell apart. Each has one exit code and one HTTP status, in `report.ts`.
 */
export type ErrorKind =
  | 'input'
  | 'denied'
  | 'not_found'
  | 'conflict'
  | 'rate_limited'
  | 'network'
  | 'registry'
  | 'integrity'
  | 'storage'
  | 'setup'
  | 'unsupported'
  | 'cancelled'
  | 'internal';

export interface SlipwayErrorOptions {
  readonly advice: Advice;
  readonly isRetryable?: boolean;
  /** The failure underneath. Kept for diagnostics; never shown to a person. */
  readonly cause?: unknown;
  /** Extra diagnostic text for logs; `message` is `what: why` when absent. */
  readonly diagnostic?: string;
}

/** The root of every error that Slipway raises on purpose. One subclass per outcome that a caller tells apart. */
export abstract class SlipwayError extends Error {
  abstract override readonly name: string;
  /** Snake case, stable: shown beside the message and used by scripts. */
  abstract readonly code: string;
  abstract readonly kind: ErrorKind;
  readonly advice: Advice;
  readonly isRetryable: boolean;

  constructor(options: SlipwayErrorOptions) {
    super(
      options.diagnostic ?? `${options.advice.what}: ${options.advice.why}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.advice = options.advice;
    this.isRetryable = options.isRetryable ?? false;
  }
}
