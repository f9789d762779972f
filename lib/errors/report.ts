import { type Advice, type ErrorKind, SlipwayError } from './slipway-error.ts';

/** A failure as data: what is stored with a build, sent between processes and shown on a page. */
export interface ErrorReport extends Advice {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly isRetryable: boolean;
}

/**
 * Turns anything thrown into a report. Errors that Slipway did not raise on purpose are reported without
 * their text, because it may hold anything; their text belongs in the (redacted) log.
 */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof SlipwayError) {
    return { ...error.advice, code: error.code, kind: error.kind, isRetryable: error.isRetryable };
  }
  return {
    code: 'internal',
    kind: 'internal',
    isRetryable: false,
    what: 'Slipway met a fault of its own',
    why: 'This is a defect, not something you did.',
    next: 'Try again. If it happens again, look at the server log at this time and report it.',
  };
}

/** Exit codes of the command line, one for each kind. 2 is for wrong usage, as is the custom. */
const exitCodes: Readonly<Record<ErrorKind, number>> = {
  internal: 1,
  input: 2,
  denied: 3,
  not_found: 4,
  rate_limited: 5,
  network: 6,
  registry: 7,
  integrity: 8,
  storage: 9,
  setup: 10,
  unsupported: 11,
  conflict: 12,
  cancelled: 130,
};

/** HTTP statuses of route handlers, one for each kind. */
const httpStatuses: Readonly<Record<ErrorKind, number>> = {
  internal: 500,
  input: 400,
  denied: 403,
  not_found: 404,
  conflict: 409,
  rate_limited: 429,
  network: 502,
  registry: 502,
  integrity: 502,
  storage: 507,
  setup: 503,
  unsupported: 501,
  cancelled: 499,
};

export function exitCodeOf(kind: ErrorKind): number {
  return exitCodes[kind];
}

export function httpStatusOf(kind: ErrorKind): number {
  return httpStatuses[kind];
}
