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

/** Another Slipway holds the data folder. */
export class AlreadyRunningError extends SlipwayError {
  override readonly name = 'AlreadyRunningError';
  readonly code = 'already_running';
  readonly kind = 'conflict';

  constructor(options: { readonly folder: string; readonly holder: string; readonly cause: unknown }) {
    super({
      advice: {
        what: 'Slipway is running already',
        why: `${options.holder} uses the data folder ${options.folder}.`,
        next: 'Stop it first, or give this one another folder in SLIPWAY_DATA.',
      },
      cause: options.cause,
    });
  }
}
