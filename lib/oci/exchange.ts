import { CancelledError } from '#lib/errors/cancelled.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { errorBodyBytesMax, parseErrorBody, type SaidError } from './answer-error.ts';
import type { AnswerFacts } from './answer-facts.ts';
import { readBounded } from './body.ts';
import { connectionFault } from './connection-fault.ts';
import { type Place, quoted, RegistryUnavailableError } from './errors.ts';
import type { Answer, HopRequest } from './hop.ts';
import type { Limits } from './limits.ts';
import { RateLimitedError } from './rate-limited-error.ts';
import { sendFollowing } from './redirects.ts';
import { isRetryableStatus, parseRetryAfter, type RetryNotice, waitBeforeMs } from './retry.ts';
import type { Fetch } from './types.ts';

/** What the client's parts share: the ways out of the process, and what must not leak into messages. */
export interface Surroundings {
  readonly fetch: Fetch;
  readonly clock: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly limits: Limits;
  readonly facts: AnswerFacts;
  readonly hadCredentials: boolean;
  readonly onRetry: ((notice: RetryNotice) => void) | undefined;
  /** Values that no message may repeat: the password, tokens. Grows while the client works. */
  readonly secrets: readonly string[];
}

export interface ExchangeRequest extends HopRequest {
  readonly authorization: string | undefined;
  readonly place: Place;
  readonly signal: AbortSignal;
  /** The first redirect is the answer and is not followed. */
  readonly endsAtRedirect?: boolean | undefined;
  /** For what must not be sent again just so; as many as the limits say if absent. */
  readonly triesMax?: number | undefined;
  /** Instead of the limits' own, for what keeps a registry busy for longer. */
  readonly answerTimeoutMs?: number | undefined;
}

/**
 * One request and its final answer, redirects followed and failures that may pass tried again. Any status that trying
 * again cannot change comes back as an answer.
 * @throws CancelledError, RegistryUnavailableError, RateLimitedError, and what a redirect throws
 */
export async function exchange(around: Surroundings, request: ExchangeRequest): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOnce(around, request);
    if ('answer' in outcome) return outcome.answer;
    if (attempt >= Math.min(outcome.triesMax, request.triesMax ?? outcome.triesMax)) throw outcome.error;
    const waitMs = waitBeforeMs({ ...around, attempt, retryAfterMs: outcome.retryAfterMs });
    around.onRetry?.({ attempt, waitMs, why: outcome.error.advice.why });
    await pause(around, waitMs, request.signal);
  }
}

/**
 * Does `read` again when it breaks in the middle of a body, as often as a request is tried. For answers that are read
 * whole; blobs resume instead.
 */
export async function retryBroken<T>(
  around: Surroundings,
  options: { readonly place: Place; readonly signal: AbortSignal },
  read: () => Promise<T>,
): Promise<T> {
  const { place, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      throwIfCancelled(signal);
      if (error instanceof SlipwayError) throw error;
      const { isRetryable, ...fault } = connectionFault(error);
      if (!isRetryable || attempt >= around.limits.attemptsMax) {
        throw new RegistryUnavailableError({ place, ...fault, isRetryable, cause: error });
      }
      const waitMs = waitBeforeMs({ ...around, attempt, retryAfterMs: undefined });
      around.onRetry?.({ attempt, waitMs, why: fault.why });
      await pause(around, waitMs, signal);
    }
  }
}

/** Sleeps, and turns an abort meanwhile into CancelledError. */
export async function pause(around: Surroundings, waitMs: number, signal: AbortSignal): Promise<void> {
  try {
    await around.sleep(waitMs, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throwIfCancelled(signal);
}

export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new CancelledError(signal.reason);
}

/** Reads an error body as far as it may help, and lets go of the rest. */
export async function readErrorBody(
  around: Surroundings,
  answer: Answer,
  signal: AbortSignal,
): Promise<SaidError | undefined> {
  const bytes = await readErrorBytes(around, answer, signal);
  return bytes && parseErrorBody(bytes, around.secrets);
}

/** The same, with an answer whose body can be read once more. */
export async function peekErrorBody(
  around: Surroundings,
  answer: Answer,
  signal: AbortSignal,
): Promise<{ readonly error: SaidError | undefined; readonly unread: Answer }> {
  const bytes = await readErrorBytes(around, answer, signal);
  const body = (async function* () {
    if (bytes !== undefined) yield bytes;
  })();
  return { error: bytes && parseErrorBody(bytes, around.secrets), unread: { ...answer, body, abandon() {} } };
}

async function readErrorBytes(
  around: Surroundings,
  answer: Answer,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const { idleTimeoutMs } = around.limits;
    return await readBounded({ answer, noun: 'answer', bytesMax: errorBodyBytesMax, idleTimeoutMs, signal });
  } catch {
    throwIfCancelled(signal);
    return undefined;
  }
}

type Outcome =
  | { readonly answer: Answer }
  | {
      readonly error: SlipwayError;
      /** How many tries make sense while this is what comes back. */
      readonly triesMax: number;
      readonly retryAfterMs: number | undefined;
    };

async function attemptOnce(around: Surroundings, request: ExchangeRequest): Promise<Outcome> {
  const { place, signal, authorization, endsAtRedirect } = request;
  let answer: Answer;
  try {
    const { answerTimeoutMs = around.limits.answerTimeoutMs } = request;
    const how = { authorization, place, answerTimeoutMs, signal, endsAtRedirect };
    answer = await sendFollowing({ ...around, request, ...how });
  } catch (error) {
    throwIfCancelled(signal);
    if (error instanceof SlipwayError) throw error;
    const { isRetryable, ...fault } = connectionFault(error);
    const unavailable = new RegistryUnavailableError({ place, ...fault, isRetryable, cause: error });
    const triesMax = isRetryable ? around.limits.attemptsMax : 1;
    return { error: unavailable, triesMax, retryAfterMs: undefined };
  }
  around.facts.note(answer);
  if (!isRetryableStatus(answer.status)) return { answer };
  return busyOutcome(around, request, answer);
}

/** 408, 429 and 5xx: worth another try, unless the registry itself says that it would come too early. */
async function busyOutcome(around: Surroundings, request: ExchangeRequest, answer: Answer): Promise<Outcome> {
  const { place, signal } = request;
  const retryAfterMs = parseRetryAfter(answer.headers.get('retry-after'), around.clock());
  const body = await readErrorBody(around, answer, signal);
  const said = answer.isElsewhere ? undefined : body?.said;
  const isTooLong = retryAfterMs !== undefined && retryAfterMs > around.limits.retryAfterMaxMs;
  const triesMax = isTooLong ? 1 : around.limits.attemptsMax;
  if (answer.status !== 429) {
    const error = new RegistryUnavailableError({
      place,
      why: `It answered ${answer.status}.${quoted(said)}`,
    });
    return { error, triesMax, retryAfterMs };
  }
  const error = new RateLimitedError({
    place,
    hadCredentials: around.hadCredentials,
    nowMs: around.clock(),
    retryAfterSeconds: retryAfterMs === undefined ? undefined : retryAfterMs / 1000,
    // What the registry said with an earlier answer still holds; this one need not say it again.
    rateLimit: answer.isElsewhere ? undefined : around.facts.rateLimit,
    said,
  });
  if (!error.isUsedUp) return { error, triesMax, retryAfterMs };
  // Where no pulls are left only the registry's own word makes another try worth it, and that once.
  return { error, triesMax: Math.min(triesMax, retryAfterMs === undefined ? 1 : 2), retryAfterMs };
}
