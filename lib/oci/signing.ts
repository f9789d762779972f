import { answerError } from './answer-error.ts';
import { type Place, SignInRefusedError } from './errors.ts';
import { type ExchangeRequest, exchange, readErrorBody, type Surroundings } from './exchange.ts';
import type { Answer } from './hop.ts';

/**
 * Who requests to one registry are signed for. The session itself, or, in a thread that only fetches, one that asks the
 * session: then credentials and the way to new tokens stay where they are, and a thread holds no more than a header.
 */
export interface Signer {
  readonly hadCredentials: boolean;
  /** The Authorization header for a request; undefined while none is known to be wanted. */
  authorize(request: SigningRequest): Promise<string | undefined>;
  /**
   * Another header than the one that was refused.
   * @throws SignInRefusedError, RegistryAnswerError and RedirectRefusedError where trying again is useless
   */
  renew(request: SigningRequest, refusal: Refusal): Promise<string | undefined>;
}

export interface SigningRequest {
  readonly place: Place;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A 401 of the registry itself. */
export interface Refusal {
  /** Its WWW-Authenticate header. */
  readonly challenge: string;
  readonly used: string | undefined;
  readonly said: string | undefined;
}

/** A request to the registry itself, in the name of whoever it is signed for. */
export type SignedRequest = Omit<ExchangeRequest, 'authorization'>;

/**
 * Sends a request, signing in where the registry asks for it. A token that it does not take is renewed once.
 * https://github.com/distribution/distribution/blob/v3.0.0/docs/content/spec/auth/token.md#docker-registry-v2-authentication-via-central-service
 * @throws SignInRefusedError, AccessDeniedError on 401, RedirectRefusedError, and what an exchange throws. Other
 *   statuses come back as answers.
 */
export async function sendSigned(
  around: Surroundings,
  signer: Signer,
  request: SignedRequest,
): Promise<Answer> {
  const used = await signer.authorize(request);
  const answer = await exchange(around, { ...request, authorization: used });
  if (answer.status !== 401 || answer.isElsewhere) return answer;

  const challenge = answer.headers.get('www-authenticate') ?? '';
  const error = await readErrorBody(around, answer, request.signal);
  const authorization = await signer.renew(request, { challenge, used, said: error?.said });
  const second = await exchange(around, { ...request, authorization });
  if (second.status !== 401 || second.isElsewhere) return second;

  const said = (await readErrorBody(around, second, request.signal)) ?? error;
  const { place } = request;
  const { hadCredentials } = signer;
  if (authorization?.startsWith('Basic ') === true) {
    throw new SignInRefusedError({ place, hadCredentials, said: said?.said });
  }
  throw answerError({ status: 401, error: said, place, hadCredentials, isElsewhere: false });
}
