import { answerError } from './answer-error.ts';
import { readBounded } from './body.ts';
import { isObject } from './descriptor.ts';
import { AccessDeniedError, type Place, RegistryAnswerError, SignInRefusedError } from './errors.ts';
import { exchange, readErrorBody, retryBroken, type Surroundings } from './exchange.ts';
import type { Realm } from './realm.ts';
import type { Credentials } from './types.ts';

/** A Bearer token in this process's memory. */
export interface Token {
  readonly value: string;
  /** By the client's clock, from which on a new one is fetched: somewhat before the token ends. */
  readonly renewAtMs: number;
}

/**
 * Fetches a token: GET on the realm with service, scope and account, with Basic credentials if there are any.
 * https://github.com/distribution/distribution/blob/v3.0.0/docs/content/spec/auth/token.md#requesting-a-token
 * @throws SignInRefusedError when the credentials are not taken, AccessDeniedError when they are and the repository is not
 *   for them, RegistryAnswerError when the answer is no token,
 *   and what an exchange throws
 */
export function fetchToken(options: TokenRequest): Promise<Token> {
  return retryBroken(options.around, options, () => fetchOnce(options));
}

export interface TokenRequest {
  readonly around: Surroundings;
  readonly realm: Realm;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly place: Place;
  readonly signal: AbortSignal;
}

/** https://www.rfc-editor.org/rfc/rfc7617#section-2, with UTF-8 as its section 2.1 recommends */
export function basicAuthorization(credentials: Credentials): string {
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`, 'utf8').toString('base64')}`;
}

/**
 * Reads a token answer. `token` and `access_token` mean the same; `expires_in` counts from `issued_at`, or from now.
 * https://github.com/distribution/distribution/blob/v3.0.0/docs/content/spec/auth/token.md#token-response-fields
 */
export function parseToken(options: {
  readonly bytes: Uint8Array;
  readonly receivedAtMs: number;
  /** The Date header, which tells apart a token's age from a clock that is wrong. */
  readonly serverDate: string | null;
  readonly place: Place;
}): Token {
  const { bytes, receivedAtMs, serverDate, place } = options;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new RegistryAnswerError({ place, why: 'Its token service did not answer with JSON.' });
  }
  const fields = isObject(json) ? json : {};
  const value = [fields.token, fields.access_token].find((one) => typeof one === 'string' && one !== '');
  // RFC 6750, 2.1 allows fewer characters still; this keeps white space and line ends out of a header.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw new RegistryAnswerError({ place, why: 'Its token service answered without a usable token.' });
  }
  const lifeMs = lifeOf(fields) * 1000;
  const issuedAtMs = Date.parse(typeof fields.issued_at === 'string' ? fields.issued_at : '');
  const serverNowMs = Date.parse(serverDate ?? '');
  const ageMs = Math.max(0, (Number.isNaN(serverNowMs) ? receivedAtMs : serverNowMs) - issuedAtMs) || 0;
  const leftMs = Math.max(shortestLifeSeconds * 1000, lifeMs - ageMs);
  return { value, renewAtMs: receivedAtMs + leftMs - Math.min(renewBeforeMsMax, leftMs / 6) };
}

/** ECR passwords have 2 to 3 KB, tokens that list many scopes 10 KB; this is what fits a header besides. */
const tokenBytesMax = 64 * 1024;
/** The default of `expires_in`, and what the specification promises at least. */
const shortestLifeSeconds = 60;
/** A day: a token with a longer life is asked for again all the same. */
const longestLifeSeconds = 86_400;
/** Renewed this long before its end, or a sixth of what is left, so that none ends on its way. */
const renewBeforeMsMax = 30_000;

async function fetchOnce(options: TokenRequest): Promise<Token> {
  const { around, credentials, headers, place, signal } = options;
  const answer = await exchange(around, {
    url: tokenUrl(options),
    method: 'GET',
    headers,
    authorization: credentials === undefined ? undefined : basicAuthorization(credentials),
    place,
    signal,
  });
  if (answer.status !== 200) {
    const error = await readErrorBody(around, answer, signal);
    const hadCredentials = credentials !== undefined;
    const { status, isElsewhere } = answer;
    if ((status === 401 || status === 403) && !isElsewhere) {
      const refusal = { place, hadCredentials, said: error?.said, status, isAtTokenService: true };
      // With 403 it says that it understood who asks, and refuses what was asked for (RFC 9110, 15.5.4).
      const isOfRepository = status === 403 && place.repository !== undefined;
      throw isOfRepository ? new AccessDeniedError(refusal) : new SignInRefusedError(refusal);
    }
    throw answerError({
      status,
      error,
      place: { registry: place.registry },
      hadCredentials,
      isElsewhere,
    });
  }
  const { idleTimeoutMs } = around.limits;
  const bytes = await readBounded({
    answer,
    noun: 'token answer',
    bytesMax: tokenBytesMax,
    idleTimeoutMs,
    signal,
  });
  const receivedAtMs = around.clock();
  return parseToken({ bytes, receivedAtMs, serverDate: answer.headers.get('date'), place });
}

function lifeOf(fields: Readonly<Record<string, unknown>>): number {
  const seconds = Number(fields.expires_in);
  if (!Number.isFinite(seconds)) return shortestLifeSeconds;
  return Math.min(longestLifeSeconds, Math.max(shortestLifeSeconds, seconds));
}

function tokenUrl(options: {
  readonly realm: Realm;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
}): URL {
  const { realm, scopes, credentials } = options;
  const url = new URL(realm.url);
  if (realm.service !== undefined) url.searchParams.set('service', realm.service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credentials !== undefined) url.searchParams.set('account', credentials.username);
  return url;
}
