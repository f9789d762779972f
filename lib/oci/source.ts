import type { Place } from './errors.ts';
import { exchange, type Surroundings } from './exchange.ts';
import type { Answer } from './hop.ts';
import { Session, type SessionOptions, type SignInWay } from './session.ts';
import { type SignedRequest, type Signer, sendSigned } from './signing.ts';
import type { Mirror } from './types.ts';

/** A place that serves the pull side of the distribution-spec: the registry itself, or a mirror of it. */
export interface Source {
  readonly around: Surroundings;
  readonly hadCredentials: boolean;
  send(request: SourceRequest): Promise<Answer>;
  place(repository?: string, target?: string): Place;
}

interface SourceRequest extends Omit<SignedRequest, 'url' | 'headers'> {
  /** Below `/v2/`, with its query. Made of checked parts: nothing in it needs escaping. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** To an address that the registry named: in the name of whoever signs at its own origin, elsewhere as nobody. */
type AddressRequest = Omit<SourceRequest, 'path'> & { readonly url: URL };

export interface RegistrySource extends Source {
  readonly session: Session;
  sendTo(request: AddressRequest): Promise<Answer>;
  /** Signs in now. `place` may name a repository, whose scope is then asked for. */
  signIn(options: { readonly place: Place; readonly signal: AbortSignal }): Promise<SignInWay>;
}

/** The registry itself, with retries and, where it asks for it, a sign-in. */
export function registrySource(options: {
  readonly around: Surroundings;
  readonly registry: string;
  readonly userAgent: string;
  readonly session: SessionOptions;
}): RegistrySource {
  const { around, userAgent } = options;
  const { endpoint } = options.session;
  const session = new Session(around, options.session);
  const headers = commonHeaders(userAgent);
  return {
    ...signedSource({ ...options, endpoint, signer: session }),
    session,
    async sendTo({ url, ...request }) {
      const signed = { ...request, url, headers: { ...headers, ...request.headers } };
      if (url.origin === endpoint.origin) return sendSigned(around, session, signed);
      return { ...(await exchange(around, { ...signed, authorization: undefined })), isElsewhere: true };
    },
    signIn: (request) => session.signIn({ ...request, method: 'GET', url: addressOf(endpoint, ''), headers }),
  };
}

/** The registry itself, in the name of whoever signs. */
export function signedSource(options: {
  readonly around: Surroundings;
  readonly registry: string;
  readonly userAgent: string;
  readonly endpoint: URL;
  readonly signer: Signer;
}): Source {
  const { around, registry, endpoint, signer } = options;
  const headers = commonHeaders(options.userAgent);
  return {
    around,
    hadCredentials: signer.hadCredentials,
    send: ({ path, ...request }) =>
      sendSigned(around, signer, {
        ...request,
        url: addressOf(endpoint, path),
        headers: { ...headers, ...request.headers },
      }),
    place: placeAt(registry),
  };
}

/** A mirror: asked once, without credentials. Whatever goes wrong with it, the registry is there. */
export function mirrorSource(options: {
  readonly around: Surroundings;
  readonly mirror: Mirror;
  readonly userAgent: string;
}): Source {
  const { mirror, userAgent } = options;
  const limits = { ...options.around.limits, attemptsMax: 1 };
  const around = { ...options.around, limits, fetch: mirror.fetch };
  const headers = commonHeaders(userAgent);
  return {
    around,
    hadCredentials: false,
    send: ({ path, ...request }) =>
      exchange(around, {
        ...request,
        url: addressOf(mirror.url, path),
        headers: { ...headers, ...request.headers },
        authorization: undefined,
      }),
    place: placeAt(mirror.url.host),
  };
}

function placeAt(registry: string): Source['place'] {
  return (repository, target) => ({
    registry,
    ...(repository === undefined ? {} : { repository }),
    ...(target === undefined ? {} : { target }),
  });
}

function commonHeaders(userAgent: string): Readonly<Record<string, string>> {
  return { 'user-agent': userAgent, 'accept-encoding': 'identity' };
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints, below the base address's own path */
function addressOf(base: URL, path: string): URL {
  return new URL(`${base.pathname.replace(/\/+$/, '')}/v2/${path}`, base);
}
