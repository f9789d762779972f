import { answerError, type SaidError } from './answer-error.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { type Place, RegistryAnswerError, SignInRefusedError } from './errors.ts';
import {
  type ExchangeRequest,
  exchange,
  peekErrorBody,
  readErrorBody,
  type Surroundings,
  throwIfCancelled,
} from './exchange.ts';
import type { Answer } from './hop.ts';
import { type Realm, readRealm } from './realm.ts';
import { basicAuthorization, fetchToken, type Token, type TokenRequest } from './token.ts';
import type { CredentialSource, Credentials } from './types.ts';

/** `none`: the registry asks nobody to sign in. `token`: its token service signs whoever asks in, perhaps as nobody. */
export type SignInWay = 'none' | 'basic' | 'token';

/** A request to the registry itself, in the name of whoever the session is for. */
export type SessionRequest = Omit<ExchangeRequest, 'authorization'>;

/**
 * Who the client is to one registry: learns from its challenges how to sign in, keeps tokens by scope, and signs
 * requests. Credentials and tokens go to the registry's own origin and, credentials alone, to its token realm.
 */
export class Session {
  readonly #around: Surroundings;
  readonly #options: SessionOptions;
  /** How the registry wants requests signed; unknown until it asks. */
  #way: { readonly kind: 'basic' } | { readonly kind: 'bearer'; readonly realm: Realm } | undefined;
  /** Tokens by repository, as promises so that requests at once share one. */
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(around: Surroundings, options: SessionOptions) {
    this.#around = around;
    this.#options = options;
  }

  /**
   * Sends a request, signing in where the registry asks for it. A token or a minted password that it does not take is renewed
   * once; a password that somebody typed is refused for good.
   * https://github.com/distribution/distribution/blob/v3.0.0/docs/content/spec/auth/token.md#docker-registry-v2-authentication-via-central-service
   * @throws SignInRefusedError, AccessDeniedError on 401, RedirectRefusedError, what an exchange throws, and what minting
   *   throws. Other statuses come back as answers.
   */
  async send(request: SessionRequest): Promise<Answer> {
    const used = await this.#authorization(request, undefined);
    const first = await this.#ask(request, used);
    if (!('refused' in first)) return first;
    const scopes = this.#learn(first.refused, request, used);
    const authorization = await this.#authorization(request, { scopes, used });
    const second = await this.#ask(request, authorization);
    if (!('refused' in second)) return second;

    const { place } = request;
    const { status } = second.refused;
    const error = second.refused.error ?? first.refused.error;
    const hadCredentials = this.#options.credentials !== undefined;
    if (this.#way?.kind === 'basic') {
      throw new SignInRefusedError({ place, hadCredentials, said: error?.said, status });
    }
    throw answerError({ status, error, place, hadCredentials, isElsewhere: false });
  }

  /**
   * Signs in now instead of with the first request, so that wrong credentials show before anything else.
   * `ping` is a request for the registry's base address. Comes back with how the registry had it.
   * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support
   */
  async signIn(ping: SessionRequest): Promise<SignInWay> {
    const { place, signal } = ping;
    const answer = await this.#ask(ping, undefined);
    const hadCredentials = this.#options.credentials !== undefined;
    if (!('refused' in answer)) {
      const error = await readErrorBody(this.#around, answer, signal);
      const { isElsewhere, status } = answer;
      if (status === 200 && !isElsewhere) return 'none';
      // A host that only points to others, as registry.k8s.io does, serves whoever asks: there is nothing to sign in to.
      if (isElsewhere && !hadCredentials) return 'none';
      if (status === 403 && !isElsewhere) {
        throw answerError({ status, error, place, hadCredentials, isElsewhere });
      }
      throw new RegistryAnswerError({ place, why: `Its base address /v2/ answered ${status}.` });
    }
    this.#learn(answer.refused, ping, undefined);
    if (this.#way?.kind === 'bearer') {
      await this.#authorization(ping, undefined);
      return 'token';
    }
    const signed = await this.send(ping);
    const error = await readErrorBody(this.#around, signed, signal);
    if (signed.status === 200) return 'basic';
    throw answerError({ ...signed, error, place, hadCredentials });
  }

  /** One exchange, and whether the registry refused whoever asked; its refusal is read. */
  async #ask(request: SessionRequest, authorization: string | undefined): Promise<Answer | Refused> {
    const answer = await exchange(this.#around, { ...request, authorization });
    const { status, isElsewhere } = answer;
    if (isElsewhere) return answer;
    if (status === 401) {
      const challenges = parseChallenges(answer.headers.get('www-authenticate') ?? '');
      const error = await readErrorBody(this.#around, answer, request.signal);
      return { refused: { status, challenges, error } };
    }
    const isMinted = this.#isMinting && authorization?.startsWith('Basic ') === true;
    if (status !== 403 || !isMinted) return answer;
    const { error, unread } = await peekErrorBody(this.#around, answer, request.signal);
    return saysExpired(error?.said) ? { refused: { status, challenges: [], error } } : unread;
  }

  /** Takes in a refusal and returns the scopes that its challenge names. Throws where trying again is useless. */
  #learn(
    { status, challenges, error }: Refused['refused'],
    request: SessionRequest,
    used: string | undefined,
  ): readonly string[] {
    const { place } = request;
    const hadCredentials = this.#options.credentials !== undefined;
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer !== undefined) {
      this.#way = { kind: 'bearer', realm: readRealm({ ...this.#options, challenge: bearer, place }) };
      return (bearer.parameters.scope ?? '').split(' ').filter((scope) => scope !== '');
    }
    const isUsed = used?.startsWith('Basic ') === true;
    if (isUsed && this.#isMinting) return [];
    const isBasic = challenges.some(({ scheme }) => scheme === 'basic');
    if (isUsed || (isBasic && !hadCredentials)) {
      throw new SignInRefusedError({ place, hadCredentials, said: error?.said, status });
    }
    if (isBasic) {
      this.#way = { kind: 'basic' };
      return [];
    }
    if (challenges.length === 0) {
      throw new RegistryAnswerError({
        place,
        why: 'It refuses access (401), but does not say how to sign in.',
      });
    }
    const offered = challenges.map(({ scheme }) => scheme).join(', ');
    throw new RegistryAnswerError({
      place,
      why: `It wants a sign-in by ${offered.slice(0, 80)}; registries use Bearer or Basic.`,
    });
  }

  /** The Authorization header for a request. With `renew` it is another than the one that was refused. */
  async #authorization(request: SessionRequest, renew: Renewal | undefined): Promise<string | undefined> {
    const way = this.#way;
    if (way === undefined) return undefined;
    if (way.kind === 'basic') {
      const credentials = await this.#credentials(request, renew?.used);
      return credentials === undefined ? undefined : basicAuthorization(credentials);
    }
    const { value } = await this.#token(request, way.realm, renew);
    return `Bearer ${value}`;
  }

  async #token(request: SessionRequest, realm: Realm, renew: Renewal | undefined): Promise<Token> {
    const key = request.place.repository ?? '';
    for (;;) {
      const shared = this.#tokens.get(key);
      if (shared === undefined) {
        const minted = this.#mint(request, realm, renew?.scopes ?? []);
        this.#tokens.set(key, minted);
        minted.catch(() => this.#forget(key, minted));
        return minted;
      }
      try {
        const token = await shared;
        throwIfCancelled(request.signal);
        const isRefused = renew?.used === `Bearer ${token.value}`;
        if (!isRefused && this.#around.clock() < token.renewAtMs) return token;
        this.#forget(key, shared);
      } catch (error) {
        // Whoever fetched it was cancelled, which says nothing about this request.
        throwIfCancelled(request.signal);
        if (!isCancelled(error)) throw error;
      }
    }
  }

  #forget(key: string, token: Promise<Token>): void {
    if (this.#tokens.get(key) === token) this.#tokens.delete(key);
  }

  async #mint(request: SessionRequest, realm: Realm, named: readonly string[]): Promise<Token> {
    const credentials = await this.#credentials(request, undefined);
    const scopes = named.length > 0 ? named : pullScopes(request.place);
    const token = await this.#fetchToken(request, { realm, scopes, credentials }).catch(async (error) => {
      const isEnded = this.#isMinting && error instanceof SignInRefusedError && error.refusal.status === 401;
      if (!isEnded || credentials === undefined) throw error;
      const fresh = await this.#credentials(request, basicAuthorization(credentials));
      return this.#fetchToken(request, { realm, scopes, credentials: fresh });
    });
    this.#options.onToken(token.value);
    return token;
  }

  #fetchToken(
    { place, signal, headers }: SessionRequest,
    wanted: Pick<TokenRequest, 'realm' | 'scopes' | 'credentials'>,
  ): Promise<Token> {
    return fetchToken({
      ...wanted,
      around: this.#around,
      headers: {
        'user-agent': headers['user-agent'] ?? 'slipway',
        accept: 'application/json',
        'accept-encoding': 'identity',
      },
      place,
      signal,
    });
  }

  /** Whether passwords come from a cloud, end, and can be had anew. */
  get #isMinting(): boolean {
    return typeof this.#options.credentials === 'function';
  }

  /** `refused`: the Authorization header that was refused just now. Requests that were refused together share one renewal. */
  async #credentials(
    { signal }: SessionRequest,
    refused: string | undefined,
  ): Promise<Credentials | undefined> {
    const { credentials, onCredentials, onToken } = this.#options;
    if (typeof credentials !== 'function') {
      if (credentials !== undefined) onCredentials(credentials);
      return credentials;
    }
    let minted = await credentials({ isRefused: false, signal });
    if (basicAuthorization(minted) === refused) minted = await credentials({ isRefused: true, signal });
    onToken(minted.password);
    onToken(basicAuthorization(minted).slice('Basic '.length));
    return minted;
  }
}

/** The registry did not take whoever asked. */
interface Refused {
  readonly refused: {
    readonly status: number;
    readonly challenges: readonly Challenge[];
    readonly error: SaidError | undefined;
  };
}

/**
 * ECR answers 403 where others answer 401, and tells it apart from a missing permission in words alone.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html
 */
function saysExpired(said: string | undefined): boolean {
  return /\btoken has expired\b/i.test((said ?? '').slice(0, 500));
}

/** The header that the registry refused, and the scopes that it named while doing so. */
interface Renewal {
  readonly used: string | undefined;
  readonly scopes: readonly string[];
}

export interface SessionOptions {
  /** The registry's own address. */
  readonly endpoint: URL;
  readonly allowPlainHttp: boolean;
  readonly credentials: Credentials | CredentialSource | undefined;
  /** Called with each token and password minted, for redaction. */
  readonly onToken: (value: string) => void;
  readonly onCredentials: (credentials: Credentials) => void;
}

/** https://github.com/distribution/distribution/blob/v3.0.0/docs/content/spec/auth/scope.md#resource-scope-grammar */
function pullScopes(place: Place): readonly string[] {
  return place.repository === undefined ? [] : [`repository:${place.repository}:pull`];
}

function isCancelled(error: unknown): boolean {
  return error instanceof Error && error.name === 'CancelledError';
}
