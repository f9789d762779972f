import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** Text that is no image reference. `suggestion` is a whole reference, given only where it is certain. */
export class InvalidReferenceError extends SlipwayError {
  override readonly name = 'InvalidReferenceError';
  readonly code = 'reference_invalid';
  readonly kind = 'input';
  readonly suggestion: string | undefined;

  constructor(options: { readonly why: string; readonly next: string; readonly suggestion?: string }) {
    const { why, next, suggestion } = options;
    super({ advice: { what: 'This is not an image reference', why, next } });
    this.suggestion = suggestion;
  }
}

export class InvalidDigestError extends SlipwayError {
  override readonly name = 'InvalidDigestError';
  readonly code = 'digest_invalid';
  readonly kind = 'input';

  constructor(why: string) {
    super({
      advice: {
        what: 'This is not a digest',
        why,
        next: 'Copy it whole: sha256: and 64 hexadecimal digits in lower case, or sha512: and 128.',
      },
    });
  }
}

export class InvalidPlatformError extends SlipwayError {
  override readonly name = 'InvalidPlatformError';
  readonly code = 'platform_invalid';
  readonly kind = 'input';

  constructor(why: string) {
    super({
      advice: {
        what: 'This is not a platform',
        why,
        next: 'Write it as os/architecture or os/architecture/variant, for example linux/amd64 or linux/arm/v7.',
      },
    });
  }
}
