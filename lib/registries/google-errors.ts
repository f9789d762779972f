import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { plain } from '#lib/oci/plain-text.ts';

/** A key file that wants its grants sent to an address that nobody here allowed. Nothing was sent. */
export class TokenAddressRefusedError extends SlipwayError {
  override readonly name = 'TokenAddressRefusedError';
  readonly code = 'token_address_refused';
  readonly kind = 'setup';

  constructor(options: { readonly tokenUri: string }) {
    super({
      advice: {
        what: 'The key file wants to sign in at an address that is not Google’s',
        why: `Its token_uri is “${plain(options.tokenUri, 200)}”. Whoever answers there could sign in as this account. Nothing was sent.`,
        next: 'Use the key file as Google made it. If the address is meant, the operator can add it to tokenUris in registries.json.',
      },
    });
  }
}

/** A key that cannot sign. Nothing was sent. */
export class KeyUnusableError extends SlipwayError {
  override readonly name = 'KeyUnusableError';
  readonly code = 'key_unusable';
  readonly kind = 'denied';

  constructor(options: { readonly account: string; readonly cause: unknown }) {
    super({
      advice: {
        what: 'The private key in the key file cannot sign',
        why: `Google’s keys are RSA keys; the one of ${plain(options.account, 255)} is of another kind, or was altered on the way. Nothing was sent.`,
        next: 'Download a new key file for this account and replace the values of the secret with it.',
      },
      cause: options.cause,
    });
  }
}
