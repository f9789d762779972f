import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** There was never a result under this tag. */
export class NoResultError extends SlipwayError {
  override readonly name = 'NoResultError';
  readonly code = 'no_result';
  readonly kind = 'not_found';

  constructor(why: string) {
    super({
      advice: {
        what: 'There is no image to take here',
        why,
        next: 'Build it, or choose a tag from the image’s page.',
      },
    });
  }
}

/** The build ended well, and the store has its image no more. */
export class ResultGoneError extends SlipwayError {
  override readonly name = 'ResultGoneError';
  readonly code = 'result_gone';
  readonly kind = 'not_found';

  constructor(number: number) {
    super({
      advice: {
        what: `The image of build #${number} is not in the store any more`,
        why: 'It was removed to make room, or because no build had needed it for a long time.',
        next: 'Build it again: what the steps made may still be there, and then it takes seconds.',
      },
    });
  }
}

/** Whoever asks may not use what the image was made from. */
export class ResultRefusedError extends SlipwayError {
  override readonly name = 'ResultRefusedError';
  readonly code = 'result_refused';
  readonly kind = 'denied';

  constructor(options: { readonly why: string; readonly next: string }) {
    super({ advice: { what: 'This image cannot be handed out now', ...options } });
  }
}
