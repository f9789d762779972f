import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** A request without a session, where one is needed. */
export class NotSignedInError extends SlipwayError {
  override readonly name = 'NotSignedInError';
  readonly code = 'not_signed_in';
  readonly kind = 'denied';

  constructor() {
    super({
      advice: {
        what: 'You are not signed in',
        why: 'Your session has ended, or this browser never had one.',
        next: 'Sign in and come back.',
      },
    });
  }
}

/** A signed address that opens nothing: too old, changed, or of a session that has ended. */
export class AddressExpiredError extends SlipwayError {
  override readonly name = 'AddressExpiredError';
  readonly code = 'address_expired';
  readonly kind = 'denied';

  constructor() {
    super({
      advice: {
        what: 'This link opens nothing any more',
        why: 'A link holds for an hour, for one file, and no longer than the session in which it was made.',
        next: 'Make another one on the page of the image.',
      },
    });
  }
}

/** The same for a wrong password and for an email that nobody has. */
export class WrongCredentialsError extends SlipwayError {
  override readonly name = 'WrongCredentialsError';
  readonly code = 'wrong_credentials';
  readonly kind = 'denied';

  constructor(options: { readonly triesLeft: number; readonly pauseMs: number }) {
    const { triesLeft, pauseMs } = options;
    const tries = triesLeft === 1 ? '1 try' : `${triesLeft} tries`;
    super({
      advice: {
        what: 'That email and password do not match',
        why:
          triesLeft === 0
            ? `That was the last try before a pause of ${formatWait(pauseMs)}.`
            : `${tries} left before a pause of ${formatWait(pauseMs)}.`,
        next: 'Check both. An owner who is locked out can run slipway user reset-password on the server.',
      },
    });
  }
}

/** More tries than a person needs. `waitMs` is the time until the next one counts. */
export class TooManyTriesError extends SlipwayError {
  override readonly name = 'TooManyTriesError';
  readonly code = 'too_many_tries';
  readonly kind = 'rate_limited';
  readonly waitMs: number;

  constructor(options: { readonly waitMs: number }) {
    super({
      advice: {
        what: 'Too many tries',
        why: 'Somebody tried too often with this account or from this address.',
        next: `Wait ${formatWait(options.waitMs)}, then try again.`,
      },
      isRetryable: true,
    });
    this.waitMs = options.waitMs;
  }
}

/** A set-up code that is not the one which the server printed last. */
export class WrongSetUpCodeError extends SlipwayError {
  override readonly name = 'WrongSetUpCodeError';
  readonly code = 'wrong_set_up_code';
  readonly kind = 'denied';

  constructor() {
    super({
      advice: {
        what: 'That is not the set-up code',
        why: 'The server prints a new code each time it starts, and only the newest one works.',
        next: 'Copy the code from the terminal or the log in which slipway start runs.',
      },
    });
  }
}

/** An account exists: the set-up page is closed for good. */
export class SetUpDoneError extends SlipwayError {
  override readonly name = 'SetUpDoneError';
  readonly code = 'set_up_done';
  readonly kind = 'conflict';

  constructor() {
    super({
      advice: {
        what: 'This server has an owner already',
        why: 'It is set up once, by whoever holds the code first.',
        next: 'Sign in, or ask the owner for an invitation link.',
      },
    });
  }
}

/** An account with this email exists. */
export class EmailTakenError extends SlipwayError {
  override readonly name = 'EmailTakenError';
  readonly code = 'email_taken';
  readonly kind = 'conflict';

  constructor() {
    super({
      advice: {
        what: 'There is an account with this email already',
        why: 'One email is one account. Whoever has it is in the team already and needs no link.',
        next: 'Sign in with it, or use another email. The link was not used up.',
      },
    });
  }
}

/** The present password, asked for before a change, was another one. */
export class WrongPasswordError extends SlipwayError {
  override readonly name = 'WrongPasswordError';
  readonly code = 'wrong_password';
  readonly kind = 'denied';

  constructor() {
    super({
      advice: {
        what: 'That is not your present password',
        why: 'It is asked for so that nobody changes it at your open browser.',
        next: 'Type the password that you sign in with.',
      },
    });
  }
}

/** `40 seconds`, `5 minutes`: rounded up, so that waiting that long is enough. */
function formatWait(waitMs: number): string {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  if (seconds < 60) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}
