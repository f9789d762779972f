import { SlipwayError } from './slipway-error.ts';

/** A thing that does not exist, or that the asker may not know of: both answer alike. */
export class NotFoundError extends SlipwayError {
  override readonly name = 'NotFoundError';
  readonly code = 'not_found';
  readonly kind = 'not_found';

  constructor(noun: string) {
    super({
      advice: {
        what: `This ${noun} does not exist`,
        why: 'It was deleted, or it belongs to another workspace.',
        next: 'Check the address, or go back to the list.',
      },
    });
  }
}
