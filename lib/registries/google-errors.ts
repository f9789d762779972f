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

/** Google refuses a grant because of its times: the clock of this machine and Google's disagree. */
export class ClockWrongError extends SlipwayError {
  override readonly name = 'ClockWrongError';
  readonly code = 'clock_wrong';
  readonly kind = 'setup';

  /** `aheadSeconds`: of this machine against the token service; negative when it is behind. Undefined where it does not say. */
  constructor(options: { readonly service: string; readonly aheadSeconds: number | undefined }) {
    const { service, aheadSeconds } = options;
    super({
      advice: {
        what: 'The clock of this server is wrong',
        why: `${service} refuses what was signed at a time that is not now.${differenceText(aheadSeconds)}`,
        next: 'Set the clock of the machine that runs Slipway’s worker, and have it kept right by NTP. The key file is not the cause.',
      },
    });
  }
}

/** An answer that no token service gives. */
export class TokenServiceAnswerError extends SlipwayError {
  override readonly name = 'TokenServiceAnswerError';
  readonly code = 'token_service_answer';
  readonly kind = 'registry';

  constructor(options: { readonly service: string; readonly why: string }) {
    super({
      advice: {
        what: `${options.service} gave an answer that a token service does not give`,
        why: `${options.why} Nothing was pulled.`,
        next: 'Check that no proxy answers in its place, then run it again.',
      },
    });
  }
}

function differenceText(aheadSeconds: number | undefined): string {
  if (aheadSeconds === undefined || Math.abs(aheadSeconds) < noticedSeconds) return '';
  const minutes = Math.round(Math.abs(aheadSeconds) / 60);
  const [count, unit] = minutes < 120 ? [minutes, 'minute'] : [Math.round(minutes / 60), 'hour'];
  return ` This server is ${count} ${unit}${count === 1 ? '' : 's'} ${aheadSeconds > 0 ? 'ahead' : 'behind'}.`;
}

/** Dates of answers count in seconds and may be a little old. */
const noticedSeconds = 60;
