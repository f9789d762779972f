import { lossesMax } from '#lib/builds/state.ts';
import { InputError } from '#lib/errors/input.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { shortDigest } from '#lib/oci/plain-text.ts';

/** A blob of the store is not what its name says, or is not there. Nothing of it became an image in the registry. */
export class StoredBlobDamagedError extends SlipwayError {
  override readonly name = 'StoredBlobDamagedError';
  readonly code = 'stored_blob_damaged';
  readonly kind = 'integrity';

  constructor(options: { readonly digest: string; readonly why: string }) {
    super({
      advice: {
        what: `${shortDigest(options.digest)} in the store is damaged`,
        why: `${options.why} The registry was not given an image with it.`,
        next: 'Run “slipway store check” to see what else is wrong, then build again: what is damaged is fetched or made anew.',
      },
    });
  }
}

/** The worker or the process of a push was lost as often as a push may be. */
export class PushLostError extends SlipwayError {
  override readonly name = 'PushLostError';
  readonly code = 'push_lost';
  readonly kind = 'internal';

  constructor(options: { readonly what: string }) {
    super({
      advice: {
        what: options.what,
        why: `It was lost ${lossesMax} times during this push, so the push is not taken up again.`,
        next: 'Look at the memory and the disk of the server, then push again; layers that arrived are not sent again.',
      },
      isRetryable: true,
    });
  }
}

/** What the image was made from may not be read any more, as far as its registry says now. */
export class BaseNotProvenError extends SlipwayError {
  override readonly name = 'BaseNotProvenError';
  readonly code = 'base_not_proven';
  readonly kind = 'denied';

  constructor(options: { readonly reference: string }) {
    super({
      advice: {
        what: 'This image may not be pushed now',
        why: `It holds ${options.reference}, and that registry says that there is no such repository, or hides it from the secret that it was read with.`,
        next: 'Have the account of that secret let in again, or build from a base that it may read.',
      },
    });
  }
}

/** Cancelling a push that ended already. */
export class PushEndedError extends SlipwayError {
  override readonly name = 'PushEndedError';
  readonly code = 'push_ended';
  readonly kind = 'conflict';

  constructor() {
    super({
      advice: {
        what: 'The push has ended already',
        why: 'It ended before the request to stop it arrived.',
        next: 'Nothing needs to be done.',
      },
    });
  }
}

/** A target that no image of its own can be put under. */
export function digestTarget(): InputError {
  return new InputError(
    {
      what: 'A push needs a tag, not a digest',
      why: 'What an image’s digest is follows from the image; the registry is told a tag.',
      next: 'Write a tag behind the repository, such as :1.4.',
    },
    { reference: 'Write a tag, such as :1.4, in the place of the digest' },
  );
}
