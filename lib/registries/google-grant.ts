import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { FetchResponse } from '#lib/egress/types.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { readBounded } from '#lib/oci/body.ts';
import { connectionFault } from '#lib/oci/connection-fault.ts';
import { RegistryUnavailableError } from '#lib/oci/errors.ts';
import type { Answer } from '#lib/oci/hop.ts';
import { jsonOf } from '#lib/oci/json.ts';
import { defaultLimits } from '#lib/oci/limits.ts';
import { RateLimitedError } from '#lib/oci/rate-limited-error.ts';
import { isRetryableStatus, parseRetryAfter, waitBeforeMs } from '#lib/oci/retry.ts';
import type { Fetch } from '#lib/oci/types.ts';
import type { GoogleKey } from './google-key.ts';
import { grantRefused } from './google-refusal.ts';
import { TokenServiceAnswerError } from './token-service-errors.ts';

/** https://www.rfc-editor.org/rfc/rfc6749#section-5.1 */
const grantedSchema = z.object({
  // RFC 6750, 2.1 allows fewer characters still; this keeps white space and line ends out of a header.
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  // Google's live an hour, or twelve where an organisation allows it; nothing is kept for longer than a day.
  expires_in: z.number().min(1).max(86_400),
});
export type Granted = z.infer<typeof grantedSchema>;

export interface GrantOptions {
  readonly key: GoogleKey;
  readonly tokenUri: URL;
  readonly fetch: Fetch;
  /** The signed assertion: good for an hour. */
  readonly assertion: string;
  readonly signal: AbortSignal;
  readonly clock: () => number;
}

/**
 * Exchanges a signed assertion for an access token, trying again what may pass. Redirects are not followed.
 * https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 * @throws SignInRefusedError, ClockWrongError, RateLimitedError, RegistryUnavailableError, TokenServiceAnswerError, and what
 *   the guarded fetch refuses
 */
export async function exchangeGrant(options: GrantOptions): Promise<Granted> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await tryOnce(options);
    if ('granted' in outcome) return outcome.granted;
    if (attempt >= outcome.triesMax) throw outcome.error;
    const waitMs = waitBeforeMs({ ...outcome, attempt, limits: defaultLimits, random: Math.random });
    await delay(waitMs, undefined, { signal: options.signal });
  }
}

/** A build waits for a token before anything else happens, and Google answers within a second. */
const answerTimeoutMs = 10_000;
const tries = 3;
/** Longer than this a token service is not waited for. */
const retryAfterMaxMs = 5_000;
/** Access tokens have 1 to 2 KB. */
const answerBytesMax = 64 * 1024;

type Outcome =
  | { readonly granted: Granted }
  | {
      readonly error: SlipwayError;
      readonly triesMax: number;
      readonly retryAfterMs: number | undefined;
    };

async function tryOnce(options: GrantOptions): Promise<Outcome> {
  const { tokenUri, signal } = options;
  const timeout = AbortSignal.timeout(answerTimeoutMs);
  const stop = new AbortController();
  const ends = AbortSignal.any([signal, timeout, stop.signal]);
  try {
    const response = await send(options, ends);
    const answer = { ...response, url: tokenUri, isElsewhere: false, abandon: () => stop.abort() };
    return await readAnswer(options, answer, ends);
  } catch (error) {
    if (signal.aborted || error instanceof SlipwayError) throw error;
    const fault = timeout.aborted ? tooSlow : connectionFault(error);
    const unavailable = new RegistryUnavailableError({
      place: { registry: tokenUri.host },
      ...fault,
      cause: error,
    });
    return {
      error: unavailable,
      triesMax: fault.isRetryable ? tries : 1,
      retryAfterMs: undefined,
    };
  }
}

const tooSlow = { why: 'It took the request and did not answer in time.', isRetryable: true };

function send({ fetch, tokenUri, assertion }: GrantOptions, signal: AbortSignal): Promise<FetchResponse> {
  return fetch(tokenUri, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'slipway',
    },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion,
    }).toString(),
    redirect: 'manual',
    signal,
  });
}

async function readAnswer(options: GrantOptions, answer: Answer, signal: AbortSignal): Promise<Outcome> {
  const { tokenUri, clock } = options;
  const { status, headers } = answer;
  const idleTimeoutMs = answerTimeoutMs;
  const bytes = await readBounded({
    answer,
    noun: 'token answer',
    bytesMax: answerBytesMax,
    idleTimeoutMs,
    signal,
  });
  const json = jsonOf(bytes);
  if (status === 200) {
    const granted = grantedSchema.safeParse(json);
    if (granted.success) return { granted: granted.data };
    throw new TokenServiceAnswerError({ service: tokenUri.host, why: 'It answered without a usable token.' });
  }
  if (!isRetryableStatus(status)) {
    throw grantRefused({ ...options, status, serverDate: headers.get('date'), json, nowMs: clock() });
  }
  const retryAfterMs = parseRetryAfter(headers.get('retry-after'), clock());
  const place = { registry: tokenUri.host };
  const error =
    status === 429
      ? new RateLimitedError({
          place,
          hadCredentials: true,
          nowMs: clock(),
          retryAfterSeconds: retryAfterMs === undefined ? undefined : retryAfterMs / 1000,
        })
      : new RegistryUnavailableError({ place, why: `It answered ${status}.` });
  const triesMax = retryAfterMs !== undefined && retryAfterMs > retryAfterMaxMs ? 1 : tries;
  return { error, triesMax, retryAfterMs };
}
