import { answerError, type SaidError } from './answer-error.ts';
import { type Place, SignInRefusedError } from './errors.ts';
import {
  type ExchangeRequest,
  exchange,
  peekErrorBody,
  readErrorBody,
  type Surroundings,
} from './exchange.ts';
import type { Answer } from './hop.ts';

/**
 * Who requests to one registry are signed for. The session itself, or, in a thread that only fetches, one that asks the
 * session: then credentials and the way to new tokens stay where they are, and a thread holds no more than a header.
 */
export interface Signer {
  readonly hadCredentials: boolean;
  /** Whether passwords come from a cloud, end, and can be had anew. */
  readonly isMinting: boolean;
  /** The Authorization header for a request; undefined while none is known to be wanted. */
  authorize(request: SigningRequest): Promise<string | undefined>;
  /**
   * Another header than the one that was refused.
   * @throws SignInRefusedError, RegistryAnswerError and RedirectRefusedError where trying again is useless
   */
  renew(request: SigningRequest, refusal: Refusal, used: string | undefined): Promise<string | undefined>;
}

export interface SigningRequest {
  readonly place: Place;
  /** Another repository of the same registry that it reads from. */
  readonly alsoPull?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The registry did not take whoever asked. */
export interface Refusal {
  readonly status: number;
  /** The WWW-Authenticate header. */
  readonly challenge: string;
  readonly error: SaidError | undefined;
}

/** A request to the registry itself, in the name of whoever it is signed for. */
export type SignedRequest = Omit<ExchangeRequest, 'authorization'> & Pick<SigningRequest, 'alsoPull'>;

/**
 * Sends a request, signing in where the registry asks for it. A token or a minted password that it does not take is renewed
 * once; a password that somebody typed is refused for good.
 * https://github.com/distribution/distribution/blob/v3.0.0/docs/content/spec/auth/token.md#docker-registry-v2-authentication-via-central-service
 * @throws SignInRefusedError, AccessDeniedError on 401, RedirectRefusedError, what an exchange throws, and what minting
 *   throws. Other statuses come back as answers.
 */
export async function sendSigned(
  around: Surroundings,
  signer: Signer,
  request: SignedRequest,
): Promise<Answer> {
  const used = await signer.authorize(request);
  const first = await askSigned({ around, signer, request, authorization: used });
  if (!('refused' in first)) return first;
  const authorization = await signer.renew(request, first.refused, used);
  const second = await askSigned({ around, signer, request, authorization });
  if (!('refused' in second)) return second;

  const { place } = request;
  const { status } = second.refused;
  const error = second.refused.error ?? first.refused.error;
  const { hadCredentials } = signer;
  if (authorization?.startsWith('Basic ') === true) {
    throw new SignInRefusedError({ place, hadCredentials, said: error?.said, status });
  }
  throw answerError({ status, error, place, hadCredentials, isElsewhere: false });
}

/** One exchange, and whether the registry refused whoever asked; its refusal is read. */
export async function askSigned(options: {
  readonly around: Surroundings;
  readonly signer: Pick<Signer, 'isMinting'>;
  readonly request: SignedRequest;
  readonly authorization: string | undefined;
}): Promise<Answer | { readonly refused: Refusal }> {
  const { around, signer, request, authorization } = options;
  const answer = await exchange(around, { ...request, authorization });
  const { status, isElsewhere } = answer;
  if (isElsewhere) return answer;
  if (status === 401) {
    const challenge = answer.headers.get('www-authenticate') ?? '';
    const error = await readErrorBody(around, answer, request.signal);
    return { refused: { status, challenge, error } };
  }
  const isMinted = signer.isMinting && authorization?.startsWith('Basic ') === true;
  if (status !== 403 || !isMinted) return answer;
  const { error, unread } = await peekErrorBody(around, answer, request.signal);
  return saysExpired(error?.said) ? { refused: { status, challenge: '', error } } : unread;
}

/**
 * ECR answers 403 where others answer 401, and tells it apart from a missing permission in words alone.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html
 */
function saysExpired(said: string | undefined): boolean {
  return /\btoken has expired\b/i.test((said ?? '').slice(0, 500));
}
