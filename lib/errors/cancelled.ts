import { SlipwayError } from './slipway-error.ts';

/** Somebody asked for the work to stop, and it stopped. */
export class CancelledError extends SlipwayError {
  override readonly name = 'CancelledError';
  readonly code = 'cancelled';
  readonly kind = 'cancelled';

  constructor(cause?: unknown) {
    super({
      advice: {
        what: 'Cancelled',
        why: 'The work was stopped on request.',
        next: 'Run it again when you are ready; finished layers stay in the store.',
      },
      cause,
    });
  }
}
