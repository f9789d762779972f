import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** A cloud refuses what was signed because of its time: the clock of this machine and the cloud's disagree. */
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
        next: 'Set the clock of the machine that runs Slipway’s worker, and have it kept right by NTP. The secret is not the cause.',
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
