import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** This page or browser cannot seal: no Web Crypto (plain http), or no X25519 in it. */
export class SealingUnavailableError extends SlipwayError {
  override readonly name = 'SealingUnavailableError';
  readonly code = 'sealing_unavailable';
  readonly kind = 'unsupported';

  constructor(reason: 'insecure_page' | 'old_browser') {
    super({
      advice:
        reason === 'insecure_page'
          ? {
              what: 'Values cannot be sealed on this page',
              why: 'Browsers give pages their cryptography over HTTPS and on localhost only, and this page came over plain http.',
              next: 'Open Slipway by its https address, or on the server itself as http://localhost.',
            }
          : {
              what: 'This browser cannot seal values',
              why: 'It does not know X25519, the key exchange that the seal uses.',
              next: 'Use a current Chrome, Edge, Firefox or Safari.',
            },
    });
  }
}

/** The public key that came with the page is not the one its id names. */
export class SealingKeyError extends SlipwayError {
  override readonly name = 'SealingKeyError';
  readonly code = 'sealing_key';
  readonly kind = 'integrity';

  constructor(cause?: unknown) {
    super({
      advice: {
        what: 'The values were not sealed',
        why: 'The public key that this server offers does not match its own name, so nothing was encrypted with it.',
        next: 'Reload the page. If it happens again, restart the worker, which publishes the key.',
      },
      cause,
    });
  }
}

/** More than fits in one sealed record. */
export class SealTooLargeError extends SlipwayError {
  override readonly name = 'SealTooLargeError';
  readonly code = 'seal_too_large';
  readonly kind = 'input';

  constructor() {
    super({
      advice: {
        what: 'The values are too large for one secret',
        why: 'A sealed secret holds at most 512 KiB, all keys and values together.',
        next: 'Split them over several secrets.',
      },
    });
  }
}

/** The sealed record does not open: altered, cut short, or moved from another row. Which one is not told apart. */
export class SealBrokenError extends SlipwayError {
  override readonly name = 'SealBrokenError';
  readonly code = 'seal_broken';
  readonly kind = 'integrity';

  constructor() {
    super({
      advice: {
        what: 'The sealed values do not open',
        why: 'What is stored is not what was sealed for this secret and version.',
        next: 'Replace the values. If nobody edited the database, check it and its backups for damage.',
      },
    });
  }
}

/** The record was sealed with a public key whose private half is not in the keyring. */
export class UnknownSealingKeyError extends SlipwayError {
  override readonly name = 'UnknownSealingKeyError';
  readonly code = 'unknown_sealing_key';
  readonly kind = 'setup';

  constructor(keyId: string) {
    super({
      advice: {
        what: 'The sealed values cannot be opened on this server',
        why: `They were sealed with key ${/^[0-9a-f]{16}$/.test(keyId) ? keyId : 'of an unreadable id'}, which is not among this server's private keys.`,
        next: 'Bring back the key file from the backup and restart the worker, or replace the values.',
      },
    });
  }
}

/** The private keys cannot be read, or must not be used as they lie there. */
export class KeyringError extends SlipwayError {
  override readonly name = 'KeyringError';
  readonly code = 'keyring';
  readonly kind = 'setup';

  constructor(options: { readonly why: string; readonly next: string; readonly cause?: unknown }) {
    const { why, next, cause } = options;
    super({ advice: { what: 'The private keys of this server cannot be used', why, next }, cause });
  }
}
