import { AddressRefusedError } from '#lib/egress/errors.ts';
import { type Advice, SlipwayError } from '#lib/errors/slipway-error.ts';
import { connectionFault } from '#lib/oci/connection-fault.ts';
import { AccessDeniedError, RegistryUnavailableError, SignInRefusedError } from '#lib/oci/errors.ts';
import { RateLimitedError } from '#lib/oci/rate-limited-error.ts';
import { isRetryableStatus } from '#lib/oci/retry.ts';
import * as advice from './aws-advice.ts';
import type { AwsCall } from './aws-call.ts';
import { ClockWrongError, TokenServiceAnswerError } from './token-service-errors.ts';

/**
 * What it means that a call of ECR or STS failed. The services' own codes tell most causes apart; ECR's end in `Exception`,
 * those of STS mostly do not. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html and
 * https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
export function awsFailure(options: { readonly error: unknown; readonly call: AwsCall }): SlipwayError {
  const { error, call } = options;
  const place = { registry: call.service };
  if (error instanceof AddressRefusedError) {
    const options = {
      place,
      ...advice.noAddress({ region: call.host.region, call }),
      isRetryable: false,
      cause: error,
    };
    return new RegistryUnavailableError(options);
  }
  if (error instanceof SlipwayError) return error;
  const answer = readAnswer(error);
  if (answer === undefined) {
    return new RegistryUnavailableError({ place, ...connectionFault(error), cause: error });
  }
  const { code, said, status } = answer;
  if (status === 429 || /^(?:Throttl|TooManyRequests|RequestLimit)/.test(code)) {
    return new RateLimitedError({ place, hadCredentials: true, said });
  }
  if (isRetryableStatus(status))
    return new RegistryUnavailableError({ place, why: `It answered ${status}.` });
  if (code === '') return strangeAnswer(call);
  if (timeFault.test(said))
    return new ClockWrongError({ service: call.service, aheadSeconds: answer.aheadSeconds });
  const refusal = { place, hadCredentials: true, said, status, isAtTokenService: true };
  const refused = { ...call, said };
  if (code === 'AccessDenied') {
    const isRole = call.action === 'sts:AssumeRole';
    return new AccessDeniedError(
      refusal,
      isRole ? advice.roleRefused(refused) : advice.signInMissing(refused),
    );
  }
  if (said.startsWith('Credential should be scoped')) {
    return new SignInRefusedError(refusal, advice.wrongEndpoint(refused));
  }
  const known = advices[code];
  return new SignInRefusedError(refusal, known?.(refused) ?? advice.otherRefusal(refused, code));
}

/** An answer that AWS does not give: something answers in its place. */
export function strangeAnswer({ service }: Pick<AwsCall, 'service'>): TokenServiceAnswerError {
  return new TokenServiceAnswerError({ service, why: 'It answered in a form that AWS does not use.' });
}

/** By code, without `Exception`. */
const advices: Readonly<Record<string, (refused: AwsCall & { readonly said: string }) => Advice>> = {
  UnrecognizedClient: advice.keyUnknown,
  InvalidClientTokenId: advice.keyUnknown,
  InvalidSignature: advice.secretHalfWrong,
  SignatureDoesNotMatch: advice.secretHalfWrong,
  ExpiredToken: advice.sessionEnded,
  IncompleteSignature: advice.signatureUnreadable,
  MissingAuthenticationToken: advice.signatureUnreadable,
  RegionDisabled: advice.regionDisabled,
  OptInRequired: advice.regionDisabled,
};

/** The SDK sets its clock by AWS' and tries again, so this comes only where AWS' own clock cannot be read. */
const timeFault = /^Signature (?:expired|not yet current)/;

interface AwsAnswer {
  readonly status: number;
  /** Without `Exception` at its end; empty where the answer was in no form of AWS. */
  readonly code: string;
  /** Foreign text. Empty where there was none. */
  readonly said: string;
  /** How far this machine's clock is ahead of the answer's date. */
  readonly aheadSeconds: number | undefined;
}

/** An error of the SDK that came from an answer; undefined where none came. */
function readAnswer(error: unknown): AwsAnswer | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $metadata, $response, $fault } = error as Error & SdkErrorFields;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status === undefined) return undefined;
  const dateMs = Date.parse($response?.headers?.date ?? '');
  const isOfAws = $fault !== undefined && !unnamed.has(error.name) && status >= 400;
  return {
    status,
    code: isOfAws ? error.name.replace(/Exception$/, '') : '',
    said: isOfAws ? error.message : '',
    aheadSeconds: Number.isNaN(dateMs) ? undefined : (Date.now() - dateMs) / 1000,
  };
}

/** What errors of the SDK carry besides a name and a message. */
interface SdkErrorFields {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
  /** Where the answer was an error in the service's own form. */
  readonly $fault?: string;
}

/** What the SDK calls errors in whose answers it found no code. */
const unnamed: ReadonlySet<string> = new Set(['Unknown', 'UnknownError', 'NotFound', 'Error']);
