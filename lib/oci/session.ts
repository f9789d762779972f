import { answerError } from './answer-error.ts';
import { parseChallenges } from './challenge.ts';
import { RegistryAnswerError, SignInRefusedError } from './errors.ts';
import { readErrorBody, type Surroundings, throwIfCancelled } from './exchange.ts';
import { type Realm, readRealm } from './realm.ts';
import {
  askSigned,
  type Refusal,
  type SignedRequest,
  type Signer,
  type SigningRequest,
  sendSigned,
} from './signing.ts';
import { basicAuthorization, fetchToken, type Token, type TokenRequest } from './token.ts';
import type { CredentialSource, Credentials } from './types.ts';

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
  /** Tokens by scope, as promises so that requests at once share one. */
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(around: Surroundings, options: SessionOptions) {
    this.#around = around;
    this.#options = options;
  }

  get hadCredentials(): boolean {
    return this.#options.credentials !== undefined;
  }

  get isMinting(): boolean {
    return typeof this.#options.credentials === 'function';
  }

  async authorize(request: SigningRequest): Promise<string | undefined> {
    return this.#authorization(request, undefined);
  }

  async renew(
    request: SigningRequest,
    refusal: Refusal,
    used: string | undefined,
  ): Promise<string | undefined> {
    const scopes = this.#learn(refusal, request, used);
    return this.#authorization(request, { scopes, used });
  }

  /**
   * Signs in now instead of with the first request, so that wrong credentials show before anything else.
   * `ping` is a request for the registry's base address. Comes back with how the registry had it.
   * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support
   */
  async signIn(ping: SignedRequest): Promise<SignInWay> {
    const { place, signal } = ping;
    const answer = await askSigned({
      around: this.#around,
      signer: this,
      request: ping,
      authorization: undefined,
    });
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
    const signed = await sendSigned(this.#around, this, ping);
    const error = await readErrorBody(this.#around, signed, signal);
    if (signed.status === 200) return 'basic';
    throw answerError({ ...signed, error, place, hadCredentials });
  }

  /** Takes in a refusal and returns the scopes that its challenge names. Throws where trying again is useless. */
  #learn(
    { status, challenge, error }: Refusal,
    request: SigningRequest,
    used: string | undefined,
  ): readonly string[] {
    const { place } = request;
    const { hadCredentials } = this;
    const challenges = parseChallenges(challenge);
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer !== undefined) {
      this.#way = { kind: 'bearer', realm: readRealm({ ...this.#options, challenge: bearer, place }) };
      return (bearer.parameters.scope ?? '').split(' ').filter((scope) => scope !== '');
    }
    const isUsed = used?.startsWith('Basic ') === true;
    if (isUsed && this.isMinting) return [];
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
  async #authorization(request: SigningRequest, renew: Renewal | undefined): Promise<string | undefined> {
    const way = this.#way;
    if (way === undefined) return undefined;
    if (way.kind === 'basic') {
      const credentials = await this.#credentials(request, renew?.used);
      return credentials === undefined ? undefined : basicAuthorization(credentials);
    }
    const { value } = await this.#token(request, way.realm, renew);
    return `Bearer ${value}`;
  }

  async #token(request: SigningRequest, realm: Realm, renew: Renewal | undefined): Promise<Token> {
    const key = this.#scopesOf(request).join(' ');
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
    const credentials = await this.#credentials(request, undefined);
    const scopes = named.length > 0 ? named : this.#scopesOf(request);
    const token = await this.#fetchToken(request, { realm, scopes, credentials }).catch(async (error) => {
      const isEnded = this.isMinting && error instanceof SignInRefusedError && error.refusal.status === 401;
      if (!isEnded || credentials === undefined) throw error;
      const fresh = await this.#credentials(request, basicAuthorization(credentials));
      return this.#fetchToken(request, { realm, scopes, credentials: fresh });
    });
    this.#options.onToken(token.value);
    return token;
  }

  /** https://github.com/distribution/distribution/blob/v3.0.0/docs/content/spec/auth/scope.md#resource-scope-grammar */
  #scopesOf({ place, alsoPull }: SigningRequest): readonly string[] {
    const { actions = 'pull' } = this.#options;
    const own = place.repository === undefined ? [] : [`repository:${place.repository}:${actions}`];
    return alsoPull === undefined ? own : [...own, `repository:${alsoPull}:pull`];
  }

  #fetchToken(
    { place, signal, headers }: SigningRequest,
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

  /** `refused`: the Authorization header that was refused just now. Requests that were refused together share one renewal. */
  async #credentials(
    { signal }: SigningRequest,
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
  /** What tokens are asked for; `pull` if absent. */
  readonly actions?: 'pull' | 'pull,push' | undefined;
  /** Called with each token and password minted, for redaction. */
  readonly onToken: (value: string) => void;
  readonly onCredentials: (credentials: Credentials) => void;
}

function isCancelled(error: unknown): boolean {
  return error instanceof Error && error.name === 'CancelledError';
}
