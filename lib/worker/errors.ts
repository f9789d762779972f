import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** The secret version of a build is gone, or does not hold what its type needs. Nothing was sent anywhere. */
export class SecretUnusableError extends SlipwayError {
  override readonly name = 'SecretUnusableError';
  readonly code = 'secret_unusable';
  readonly kind = 'denied';

  constructor(options: { readonly secretName: string; readonly why: string }) {
    super({
      advice: {
        what: `The secret ${options.secretName} cannot be used`,
        why: `${options.why} Nothing was sent to the registry.`,
        next: 'Replace the values of the secret on its page, then run the build again.',
      },
    });
  }
}
