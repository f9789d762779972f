import { clip } from '#lib/errors/clip.ts';
import { reportError } from '#lib/errors/report.ts';
import { type ErrorKind, SlipwayError } from '#lib/errors/slipway-error.ts';
import type { Cleaner } from '#lib/log/redact.ts';
import { lossesMax } from './state.ts';

/** A write of an attempt whose lease ended: another worker has the build, or it ended. Nothing was written. */
export class LeaseLostError extends SlipwayError {
  override readonly name = 'LeaseLostError';
  readonly code = 'lease_lost';
  readonly kind = 'conflict';

  constructor() {
    super({
      advice: {
        what: 'This attempt no longer owns the build',
        why: 'Its worker was silent for too long, so the build was given to another one, or it ended.',
        next: 'Nothing needs to be done; the build goes on without this attempt.',
      },
    });
  }
}

/** The worker or the process of a build was lost as often as a build may be. */
export class BuildLostError extends SlipwayError {
  override readonly name = 'BuildLostError';
  readonly code = 'build_lost';
  readonly kind = 'internal';

  constructor(options: { readonly what: string }) {
    super({
      advice: {
        what: options.what,
        why: `It was lost ${lossesMax} times while it ran this build, so the build is not taken up again.`,
        next: 'Look at the memory and the disk of the server, then run the build again; finished layers stay in the store.',
      },
      isRetryable: true,
    });
  }
}

/** Cancelling a build that ended already. */
export class BuildEndedError extends SlipwayError {
  override readonly name = 'BuildEndedError';
  readonly code = 'build_ended';
  readonly kind = 'conflict';

  constructor(number: number) {
    super({
      advice: {
        what: `Build #${number} has already ended`,
        why: 'It ended before the request to cancel it arrived.',
        next: 'Nothing needs to be done.',
      },
    });
  }
}

/** The image was pulled, and something about it is not as it has to be. */
export class ImageCheckError extends SlipwayError {
  override readonly name = 'ImageCheckError';
  readonly code = 'image_check_failed';
  readonly kind = 'registry';

  constructor(check: { readonly detail: string; readonly remedy?: string | undefined }) {
    super({
      advice: {
        what: 'The image did not pass its checks',
        why: `${check.detail}.`,
        next: check.remedy ?? 'Build and push the image again, then run this build again.',
      },
    });
  }
}

/** The base has instructions for images that are made from it. They would act unseen, past what the steps say. */
export class OnBuildError extends SlipwayError {
  override readonly name = 'OnBuildError';
  readonly code = 'onbuild';
  readonly kind = 'unsupported';

  constructor({ trigger, clean }: { readonly trigger: string; readonly clean: Cleaner['text'] }) {
    // Cleaned first: half of a value is not known as one.
    const shown = clip(clean(trigger), 200);
    super({
      advice: {
        what: 'The base image wants to run something of its own',
        why: `Its config has an ONBUILD instruction: “${shown}”. It would run before the first step, without being one.`,
        next: 'Choose a tag without ONBUILD, and write what it does as a step.',
      },
    });
  }
}

/** The image that Python is taken from cannot be had. It has the kind of what failed. */
export class PythonImageError extends SlipwayError {
  override readonly name = 'PythonImageError';
  readonly code = 'python_image';
  readonly kind: ErrorKind;

  constructor(options: { readonly version: string; readonly reference: string; readonly cause: unknown }) {
    const { version, reference, cause } = options;
    const { what, why, kind, isRetryable } = reportError(cause);
    super({
      advice: {
        what: `Python ${version} cannot be had from ${reference}`,
        why: `${what}. ${why}`,
        next: `Choose another version of Python, try again later, or ask whoever runs this server to look at SLIPWAY_PYTHON_IMAGE. It is pulled without a secret.`,
      },
      cause,
      isRetryable,
    });
    this.kind = kind;
  }
}
