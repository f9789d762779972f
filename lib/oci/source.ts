import type { Place } from './errors.ts';
import { exchange, type Surroundings } from './exchange.ts';
import type { Answer } from './hop.ts';
import { Session, type SessionOptions, type SignInWay } from './session.ts';
import type { Mirror } from './types.ts';

/** A place that serves the pull side of the distribution-spec: the registry itself, or a mirror of it. */
export interface Source {
  readonly around: Surroundings;
  readonly hadCredentials: boolean;
  send(request: SourceRequest): Promise<Answer>;
  place(repository?: string, target?: string): Place;
}

interface SourceRequest {
  readonly method: 'GET' | 'HEAD';
  /** Below `/v2/`. Made of checked parts: nothing in it needs escaping. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly place: Place;
  readonly signal: AbortSignal;
  /** The first redirect is the answer and is not followed. */
  readonly endsAtRedirect?: boolean;
}

export interface RegistrySource extends Source {
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
  const { around, registry, userAgent } = options;
  const { endpoint, credentials } = options.session;
  const session = new Session(around, options.session);
  const headers = commonHeaders(userAgent);
  return {
    around,
    hadCredentials: credentials !== undefined,
    send: ({ path, ...request }) =>
      session.send({
        ...request,
        url: addressOf(endpoint, path),
        headers: { ...headers, ...request.headers },
      }),
    place: placeAt(registry),
    signIn: (request) => session.signIn({ ...request, method: 'GET', url: addressOf(endpoint, ''), headers }),
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
