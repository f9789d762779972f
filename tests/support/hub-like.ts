import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createFaultSwitch, type FaultSwitch } from './faults.ts';
import { startLoopbackServer } from './loopback-server.ts';
import { startRegistry, type TestRegistry } from './registry.ts';
import { type RegistryProxy, startRegistryProxy } from './registry-proxy.ts';

/** Who pulls: the name of an account, or null for whoever does not sign in. */
type Puller = string | null;

export interface HubLikeOptions {
  /** Pulls in a window for whoever does not sign in. 100 when absent. */
  readonly anonymousPulls?: number;
  /** Six hours when absent. */
  readonly windowSeconds?: number;
}

export interface HubLike {
  /** Where `docker.io` is reached, by an `endpoint` of registries.json. */
  readonly url: string;
  /** The registry behind it, for its owner: images are pushed there. */
  readonly behind: TestRegistry;
  /**
   * Makes an account, of a person or of an organisation, with a first access token that may read everything. `pulls` are
   * those of a window; null for a paid account, which is not counted.
   */
  createAccount(options: { readonly username: string; readonly pulls?: number | null }): {
    readonly token: string;
  };
  /** Another access token of an account. `public` reads public repositories alone, `none` reads nothing. */
  createToken(options: {
    readonly username: string;
    readonly reads: 'everything' | 'public' | 'none';
  }): string;
  revokeToken(token: string): void;
  /** Who may pull from a repository, `library/python`: accounts by name, or everybody. Without this nobody sees it. */
  share(options: { readonly repository: string; readonly with: 'everybody' | readonly string[] }): void;
  setPullsLeft(puller: Puller, left: number): void;
  /** Undefined for accounts that are not counted. */
  pullsLeft(puller: Puller): number | undefined;
  /** What an answer 429 says in Retry-After, from here on. */
  setRetryAfter(seconds: number | undefined): void;
  /** Refuses all requests with the bare 429 of too many requests at once, whatever is left. */
  setAbuseLimit(isOn: boolean): void;
  /** The bearer tokens that were handed out are worth nothing any more. */
  expireTokens(): void;
  readonly fault: FaultSwitch;
  readonly tokenFault: FaultSwitch;
  readonly requests: RegistryProxy['requests'];
  /** Requests for tokens, as they were answered. */
  readonly tokenRequests: readonly {
    readonly username: Puller;
    readonly scopes: readonly string[];
    readonly status: number;
  }[];
  /** Every bearer token that it handed out: what a search for leaks looks for. */
  readonly sensitive: readonly string[];
  /** Manifests that went out with their bodies: what a pull costs. */
  manifestGets(): number;
  stop(): Promise<void>;
}

/**
 * Stands before a real registry and answers as Docker Hub does: a token service at another address, repositories that are
 * missing and ones that are hidden answered alike, pulls counted by GETs of image manifests and not by HEADs, 429 when none
 * are left. https://docs.docker.com/docker-hub/usage/pulls/ and https://distribution.github.io/distribution/spec/auth/token/
 */
export async function startHubLike(options: HubLikeOptions = {}): Promise<HubLike> {
  const { anonymousPulls = 100, windowSeconds = 21_600 } = options;
  const behind = await startRegistry({ auth: 'none' });
  const accounts = new Map<string, { readonly id: string; readonly limit: number | null }>();
  const accessTokens = new Map<string, AccessToken>();
  const shares = new Map<string, 'everybody' | readonly string[]>();
  const used = new Map<Puller, number>();
  const bearers = new Map<string, Bearer>();
  const sensitive: string[] = [];
  const tokenRequests: { username: Puller; scopes: readonly string[]; status: number }[] = [];
  const fault = createFaultSwitch();
  const tokenFault = createFaultSwitch();
  let retryAfter: number | undefined;
  let isAbuseLimitOn = false;

  const limitOf = (puller: Puller) =>
    puller === null ? anonymousPulls : (accounts.get(puller)?.limit ?? null);
  const leftOf = (puller: Puller) => {
    const limit = limitOf(puller);
    return limit === null ? undefined : Math.max(0, limit - (used.get(puller) ?? 0));
  };
  const mayRead = (token: AccessToken | null, repository: string) => {
    const share = shares.get(repository) ?? [];
    if (token?.reads === 'none') return false;
    if (share === 'everybody') return true;
    return token !== null && token.reads === 'everything' && share.includes(token.username);
  };

  const tokenServer = await startLoopbackServer((request, response) => {
    if (tokenFault.strike(response)) return;
    if (isAbuseLimitOn) return sendAbuseLimit(response);
    const answer = answerToken(request, { accessTokens, mayRead });
    tokenRequests.push({ username: answer.username, scopes: answer.scopes, status: answer.status });
    if (answer.status !== 200) return sendJson(response, answer.status, { details: answer.why });
    const token = randomBytes(64).toString('base64url');
    bearers.set(token, answer);
    sensitive.push(token);
    sendJson(response, 200, {
      token,
      access_token: token,
      expires_in: 300,
      issued_at: new Date().toISOString(),
    });
  });

  const proxy = await startRegistryProxy({
    target: behind.url,
    intercept(request, response) {
      if (fault.strike(response)) return true;
      if (isAbuseLimitOn) {
        sendAbuseLimit(response);
        return true;
      }
      return guard(request, response);
    },
  });

  function guard(request: IncomingMessage, response: ServerResponse): boolean {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const asked = /^\/v2\/(.+)\/(manifests|blobs|tags)\/[^/]+$/.exec(path);
    const bearer = bearers.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '');
    const [, repository = '', kind] = asked ?? [];
    if (bearer === undefined || (kind !== undefined && !bearer.readable.has(repository))) {
      const reads = bearer?.reads;
      challenge(response, {
        repository,
        hadToken: bearer !== undefined,
        isTokenTooNarrow: reads !== undefined && reads !== 'everything',
      });
      return true;
    }
    if (kind !== 'manifests') return false;
    return count(request, response, bearer.username);
  }

  /** Headers on every answer about a manifest, 429 to a GET when nothing is left, one pull less after a GET of an image. */
  function count(request: IncomingMessage, response: ServerResponse, puller: Puller): boolean {
    const left = leftOf(puller);
    const limit = limitOf(puller);
    if (left === undefined || limit === null) return false;
    response.setHeader('ratelimit-limit', `${limit};w=${windowSeconds}`);
    response.setHeader('ratelimit-remaining', `${left};w=${windowSeconds}`);
    response.setHeader('docker-ratelimit-source', accounts.get(puller ?? '')?.id ?? '192.0.2.7');
    if (request.method !== 'GET') return false;
    if (left === 0) {
      if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
      const whose = puller === null ? 'unauthenticated pull rate limit' : 'pull rate limit';
      const message = `You have reached your ${whose}. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit`;
      sendJson(response, 429, { errors: [{ code: 'TOOMANYREQUESTS', message }] });
      return true;
    }
    response.once('finish', () => {
      // An index by itself is not an image: each platform's manifest counts.
      const isIndex = /index|manifest\.list/.test(String(response.getHeader('content-type')));
      if (response.statusCode === 200 && !isIndex) used.set(puller, (used.get(puller) ?? 0) + 1);
    });
    return false;
  }

  function challenge(
    response: ServerResponse,
    facts: { readonly repository: string; readonly hadToken: boolean; readonly isTokenTooNarrow: boolean },
  ): void {
    const { repository, hadToken } = facts;
    const scope = repository === '' ? '' : `,scope="repository:${repository}:pull"`;
    const error = hadToken ? ',error="insufficient_scope"' : '';
    const message = facts.isTokenTooNarrow
      ? 'access token has insufficient scopes'
      : 'authentication required';
    response.setHeader(
      'www-authenticate',
      `Bearer realm="${tokenServer.url}/token",service="registry.docker.io"${scope}${error}`,
    );
    const detail = [{ Type: 'repository', Class: '', Name: repository, Action: 'pull' }];
    sendJson(response, 401, { errors: [{ code: 'UNAUTHORIZED', message, detail }] });
  }

  function createToken(token: AccessToken): string {
    const value = `dckr_pat_${randomBytes(20).toString('base64url')}`;
    accessTokens.set(value, token);
    return value;
  }

  return {
    url: proxy.url,
    behind,
    createAccount({ username, pulls = 200 }) {
      accounts.set(username, { id: randomUUID(), limit: pulls });
      return { token: createToken({ username, reads: 'everything' }) };
    },
    createToken,
    revokeToken: (token) => void accessTokens.delete(token),
    share: (share) => void shares.set(share.repository, share.with),
    setPullsLeft(puller, left) {
      used.set(puller, (limitOf(puller) ?? left) - left);
    },
    pullsLeft: leftOf,
    setRetryAfter(seconds) {
      retryAfter = seconds;
    },
    setAbuseLimit(isOn) {
      isAbuseLimitOn = isOn;
    },
    expireTokens: () => bearers.clear(),
    fault,
    tokenFault,
    requests: proxy.requests,
    tokenRequests,
    sensitive,
    manifestGets: () =>
      proxy.requests.filter(
        ({ method, path, status }) => method === 'GET' && path.includes('/manifests/') && status === 200,
      ).length,
    stop: async () => {
      await proxy.stop();
      await tokenServer.stop();
      await behind.stop();
    },
  };
}

interface AccessToken {
  readonly username: string;
  readonly reads: 'everything' | 'public' | 'none';
}

/** What a bearer token is good for: these repositories, in the name of this account. */
interface Bearer {
  readonly username: Puller;
  readonly reads: AccessToken['reads'] | undefined;
  readonly readable: ReadonlySet<string>;
}

interface TokenAnswer extends Bearer {
  readonly status: number;
  readonly why: string;
  readonly scopes: readonly string[];
}

/** Like Docker Hub's it gives a token for less than was asked rather than none: what is hidden stays so. */
function answerToken(
  request: IncomingMessage,
  hub: {
    readonly accessTokens: ReadonlyMap<string, AccessToken>;
    readonly mayRead: (token: AccessToken | null, repository: string) => boolean;
  },
): TokenAnswer {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const scopes = url.searchParams.getAll('scope');
  const refuse = (status: number, why: string, username: Puller = null): TokenAnswer => ({
    status,
    why,
    username,
    scopes,
    reads: undefined,
    readable: new Set(),
  });
  if (request.method !== 'GET' || url.pathname !== '/token') return refuse(404, 'not found');
  if (url.searchParams.getAll('service').join() !== 'registry.docker.io')
    return refuse(400, 'another service');
  const asked = scopes.map((scope) => /^repository:([a-z0-9._/-]+):pull$/.exec(scope)?.[1]);
  if (asked.some((repository) => repository === undefined)) return refuse(400, 'malformed scope');
  const account = accountOf(request.headers.authorization, hub.accessTokens);
  if (account === 'unknown') {
    return refuse(401, 'incorrect username or password', url.searchParams.get('account'));
  }
  const readable = asked.filter((repository) => repository !== undefined && hub.mayRead(account, repository));
  return {
    status: 200,
    why: '',
    username: account?.username ?? null,
    scopes,
    reads: account?.reads,
    readable: new Set(readable as string[]),
  };
}

function accountOf(
  header: string | undefined,
  accessTokens: ReadonlyMap<string, AccessToken>,
): AccessToken | 'unknown' | null {
  if (header === undefined) return null;
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/.exec(header)?.[1] ?? '';
  const [username, ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  const found = accessTokens.get(password.join(':'));
  return found !== undefined && found.username === username ? found : 'unknown';
}

/** https://docs.docker.com/docker-hub/usage/#abuse-rate-limit */
function sendAbuseLimit(response: ServerResponse): void {
  response.writeHead(429, { 'content-type': 'text/plain' }).end('Too Many Requests');
}

function sendJson(response: ServerResponse, status: number, json: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
}
