import { type Advice, SlipwayError } from '#lib/errors/slipway-error.ts';

/** Slipway cannot start here: a taken port, a folder it may not write, a program that does not come up. */
export class StartError extends SlipwayError {
  override readonly name = 'StartError';
  readonly code = 'start';
  readonly kind = 'setup';

  constructor(advice: Advice, cause?: unknown) {
    super({ advice, cause });
  }
}
