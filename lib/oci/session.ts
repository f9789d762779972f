import { answerError } from './answer-error.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { type Place, RegistryAnswerError, SignInRefusedError } from './errors.ts';
import {
  exchange,
  readErrorBody,
  type Surroundings,
  throwIfCancelled,
} from './exchange.ts';
import { type Realm, readRealm } from './realm.ts';
import type { Refusal, SignedRequest, Signer, SigningRequest } from './signing.ts';
import { basicAuthorization, fetchToken, type Token } from './token.ts';
import type { Credentials } from './types.ts';

/** `none`: the registry asks nobody to sign in. `token`: its token service signs whoever asks in, perhaps as nobody. */
export type SignInWay = 'none' | 'basic' | 'token';

/**
 * Who the client is to one registry: learns from its challenges how to sign in, keeps tokens by scope, and signs
 * requests. Credentials and tokens go to the registry's own origin and, credentials alone, to its token realm.
 */
export class Session implements Signer {
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

  get hadCredentials(): boolean {
    return this.#options.credentials !== undefined;
  }

  async authorize(request: SigningRequest): Promise<string | undefined> {
    return this.#authorization(request, undefined);
  }

  async renew(request: SigningRequest, { challenge, used, said }: Refusal): Promise<string | undefined> {
    const scopes = this.#learn(parseChallenges(challenge), request, used, said);
    return this.#authorization(request, { scopes, used });
  }

  /**
   * Signs in now instead of with the first request, so that wrong credentials show before anything else.
   * `ping` is a request for the registry's base address. Comes back with how the registry had it.
   * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support
   */
  async signIn(ping: SignedRequest): Promise<SignInWay> {
    const answer = await exchange(this.#around, { ...ping, authorization: undefined });
    const error = await readErrorBody(this.#around, answer, ping.signal);
    const { isElsewhere, status } = answer;
    const hadCredentials = this.#options.credentials !== undefined;
    if (status === 200 && !isElsewhere) return 'none';
    // A host that only points to others, as registry.k8s.io does, serves whoever asks: there is nothing to sign in to.
    if (isElsewhere && !hadCredentials) return 'none';
    if (status !== 401 || isElsewhere) {
      if (status === 403 && !isElsewhere) {
        throw answerError({ status, error, place: ping.place, hadCredentials, isElsewhere });
      }
      throw new RegistryAnswerError({ place: ping.place, why: `Its base address /v2/ answered ${status}.` });
    }
    const challenges = parseChallenges(answer.headers.get('www-authenticate') ?? '');
    this.#learn(challenges, ping, undefined, error?.said);
    const authorization = await this.#authorization(ping, undefined);
    if (this.#way?.kind !== 'basic') return 'token';
    const second = await exchange(this.#around, { ...ping, authorization });
    const secondError = await readErrorBody(this.#around, second, ping.signal);
    if (second.status === 200) return 'basic';
    if (second.status === 401) {
      throw new SignInRefusedError({ place: ping.place, hadCredentials, said: secondError?.said });
    }
    throw answerError({ ...second, error: secondError, place: ping.place, hadCredentials });
  }

  /** Takes in the challenge of a 401 and returns the scopes that it names. Throws where trying again is useless. */
  #learn(
    challenges: readonly Challenge[],
    request: SigningRequest,
    used: string | undefined,
    said: string | undefined,
  ): readonly string[] {
    const { place } = request;
    const hadCredentials = this.#options.credentials !== undefined;
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer !== undefined) {
      this.#way = { kind: 'bearer', realm: readRealm({ ...this.#options, challenge: bearer, place }) };
      return (bearer.parameters.scope ?? '').split(' ').filter((scope) => scope !== '');
    }
    if (challenges.some(({ scheme }) => scheme === 'basic')) {
      const isUsed = used?.startsWith('Basic ') === true;
      if (isUsed || !hadCredentials) throw new SignInRefusedError({ place, hadCredentials, said });
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
  async #authorization(request: SigningRequest, renew: Renewal | undefined): Promise<string | undefined> {
    const way = this.#way;
    if (way === undefined) return undefined;
    if (way.kind === 'basic') {
      const credentials = await this.#credentials();
      return credentials === undefined ? undefined : basicAuthorization(credentials);
    }
    const { value } = await this.#token(request, way.realm, renew);
    return `Bearer ${value}`;
  }

  async #token(request: SigningRequest, realm: Realm, renew: Renewal | undefined): Promise<Token> {
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

  async #mint(request: SigningRequest, realm: Realm, named: readonly string[]): Promise<Token> {
    const { place, signal, headers } = request;
    const token = await fetchToken({
      around: this.#around,
      realm,
      scopes: named.length > 0 ? named : pullScopes(place),
      credentials: await this.#credentials(),
      headers: {
        'user-agent': headers['user-agent'] ?? 'slipway',
        accept: 'application/json',
        'accept-encoding': 'identity',
      },
      place,
      signal,
    });
    this.#options.onToken(token.value);
    return token;
  }

  async #credentials(): Promise<Credentials | undefined> {
    const { credentials } = this.#options;
    const found = typeof credentials === 'function' ? await credentials() : credentials;
    if (found !== undefined) this.#options.onCredentials(found);
    return found;
  }
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
  readonly credentials: Credentials | (() => Promise<Credentials>) | undefined;
  /** Called with each token minted, for redaction. */
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
