import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createFaultSwitch, type FaultSwitch } from './faults.ts';
import type { GoogleTokenEndpoint } from './google-token-endpoint.ts';
import { startRegistry, type TestRegistry } from './registry.ts';
import { type RegistryProxy, startRegistryProxy } from './registry-proxy.ts';

export interface GoogleRegistryOptions {
  /** The host of references: `europe-west1-docker.pkg.dev`, `gcr.io`. It is reached at `url`, by an `endpoint` of registries.json. */
  readonly registryHost: string;
  readonly location: string;
  readonly tokens: GoogleTokenEndpoint;
}

export interface GoogleRegistry {
  readonly registryHost: string;
  /** Where it is reached. */
  readonly url: string;
  /** The registry behind it, for its owner: images are pushed there. */
  readonly behind: TestRegistry;
  /** Gives an account the role Artifact Registry Reader on `project/repository`. */
  allow(options: { readonly email: string; readonly repository: string }): void;
  /** The role Artifact Registry Writer, which reads as well. */
  allowWriting(options: { readonly email: string; readonly repository: string }): void;
  revoke(options: { readonly email: string; readonly repository: string }): void;
  /** The API is off in a project: nothing of it is served, and Google says so. */
  disableApi(projectId: string): void;
  /** The project is gone. */
  deleteProject(projectId: string): void;
  /** Fails as a remote repository does whose upstream refuses. `project/repository` */
  breakUpstream(repository: string): void;
  /** Does something before each of the next requests for a blob is answered, so that a test can change things mid-pull. */
  onBlob(act: () => void, options: { readonly times: number }): void;
  readonly fault: FaultSwitch;
  readonly requests: RegistryProxy['requests'];
  /** Every token of its own that it handed out. */
  readonly sensitive: readonly string[];
  stop(): Promise<void>;
}

/**
 * Stands before a real registry and answers as Google's do: tokens of its own for `oauth2accesstoken` with a living access
 * token alone, a role for each repository, blobs by a redirect, and refusals in Google's words.
 * https://cloud.google.com/artifact-registry/docs/docker/authentication#token
 */
export async function startGoogleRegistry(options: GoogleRegistryOptions): Promise<GoogleRegistry> {
  const { registryHost, location, tokens } = options;
  const behind = await startRegistry({ auth: 'none' });
  const fault = createFaultSwitch();
  const readers = new Set<string>();
  const writers = new Set<string>();
  const projectsOff = new Set<string>();
  const projectsGone = new Set<string>();
  const brokenUpstreams = new Set<string>();
  /** Own tokens, each as good as the access token that it was given for. */
  const accessTokens = new Map<string, string>();
  const downloads = new Map<string, string>();
  const sensitive: string[] = [];
  const acts: (() => void)[] = [];

  const proxy = await startRegistryProxy({
    target: behind.url,
    intercept(request, response) {
      if (fault.strike(response)) return true;
      const url = new URL(request.url ?? '/', 'http://localhost');
      const download = downloads.get(url.pathname);
      if (download !== undefined) {
        request.url = download;
        return false;
      }
      if (url.pathname === '/v2/token') return giveToken(request, response, url);
      if (/\/blobs\/sha256:/.test(url.pathname)) acts.shift()?.();
      const email = callerOf(request);
      if (email === 'unknown') return challenge(response);
      if (url.pathname === '/v2/') {
        if (email === undefined) return challenge(response);
        sendJson(response, 200, {});
        return true;
      }
      return guard(request, response, url, email);
    },
  });

  /** Who asks: an account, nobody, or somebody with a token that is worth nothing. */
  function callerOf({ headers }: IncomingMessage): string | 'unknown' | undefined {
    const [scheme, value = ''] = (headers.authorization ?? '').split(' ');
    if (scheme === '') return undefined;
    if (scheme === 'Bearer') return tokens.ownerOf(accessTokens.get(value) ?? '') ?? 'unknown';
    if (scheme !== 'Basic') return 'unknown';
    const [username, ...password] = Buffer.from(value, 'base64').toString('utf8').split(':');
    if (username !== 'oauth2accesstoken') return 'unknown';
    return tokens.ownerOf(password.join(':')) ?? 'unknown';
  }

  function challenge(response: ServerResponse): true {
    const realm = `Bearer realm="${proxy.url}/v2/token",service="${registryHost}"`;
    sendError(response, 401, 'UNAUTHORIZED', 'authentication failed', { 'www-authenticate': realm });
    return true;
  }

  function giveToken(request: IncomingMessage, response: ServerResponse, url: URL): true {
    const isBasic = /^Basic /.test(request.headers.authorization ?? '');
    const email = callerOf(request);
    if (request.method !== 'GET' || url.searchParams.get('service') !== registryHost) {
      sendError(response, 400, 'UNSUPPORTED', 'another service');
    } else if (!isBasic || email === undefined || email === 'unknown') {
      sendError(response, 401, 'UNAUTHORIZED', 'authentication failed');
    } else {
      const token = randomBytes(48).toString('base64url');
      const password = Buffer.from((request.headers.authorization ?? '').split(' ')[1] ?? '', 'base64')
        .toString('utf8')
        .split(':')[1];
      accessTokens.set(token, password ?? '');
      sensitive.push(token);
      sendJson(response, 200, { token, expires_in: 3_600, issued_at: new Date().toISOString() });
    }
    return true;
  }

  function isForWriting({ headers }: IncomingMessage): boolean {
    return tokens.mayWrite(accessTokens.get((headers.authorization ?? '').split(' ')[1] ?? '') ?? '');
  }

  function guard(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    email: string | undefined,
  ): boolean {
    const asked = partsOf(registryHost, url.pathname);
    if (asked === undefined) return false;
    const { project, repository } = asked;
    const resource = `projects/${project}/locations/${location}/repositories/${repository}`;
    const isWrite = request.method !== 'GET' && request.method !== 'HEAD';
    const permission = `"artifactregistry.repositories.${isWrite ? 'upload' : 'download'}Artifacts"`;
    const roles = isWrite ? writers : readers;
    if (projectsGone.has(project)) {
      sendError(response, 403, 'DENIED', `Project "${project}" not found or deleted.`);
    } else if (projectsOff.has(project)) {
      sendError(
        response,
        403,
        'DENIED',
        `Artifact Registry API has not been used in project ${project} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/artifactregistry.googleapis.com/overview?project=${project} then retry.`,
      );
    } else if (email === undefined) {
      sendError(
        response,
        403,
        'DENIED',
        `Unauthenticated request. Unauthenticated requests do not have permission ${permission} on resource "${resource}" (or it may not exist)`,
      );
    } else if (!roles.has(`${email} ${project}/${repository}`) || (isWrite && !isForWriting(request))) {
      sendError(
        response,
        403,
        'DENIED',
        `Permission ${permission} denied on resource "${resource}" (or it may not exist)`,
      );
    } else if (brokenUpstreams.has(`${project}/${repository}`)) {
      sendError(
        response,
        403,
        'DENIED',
        `Remote repository "${repository}": the upstream server refused the request.`,
      );
    } else if (request.method === 'PATCH') {
      // https://cloud.google.com/artifact-registry/docs/docker/pushing-and-pulling#limitations
      sendError(response, 400, 'UNSUPPORTED', 'Chunked uploads are not supported.');
    } else if (request.method === 'GET' && /\/blobs\/sha256:/.test(url.pathname)) {
      const path = `/artifacts-downloads/namespaces/${project}/repositories/${repository}/downloads/${randomBytes(24).toString('base64url')}`;
      downloads.set(path, url.pathname);
      response.writeHead(302, { location: path }).end();
    } else {
      return false;
    }
    return true;
  }

  return {
    registryHost,
    url: proxy.url,
    behind,
    allow: ({ email, repository }) => void readers.add(`${email} ${repository}`),
    allowWriting({ email, repository }) {
      readers.add(`${email} ${repository}`);
      writers.add(`${email} ${repository}`);
    },
    revoke: ({ email, repository }) => void readers.delete(`${email} ${repository}`),
    disableApi: (projectId) => void projectsOff.add(projectId),
    deleteProject: (projectId) => void projectsGone.add(projectId),
    breakUpstream: (repository) => void brokenUpstreams.add(repository),
    onBlob: (act, { times }) => void acts.push(...Array.from({ length: times }, () => act)),
    fault,
    requests: proxy.requests,
    sensitive,
    stop: async () => {
      await proxy.stop();
      await behind.stop();
    },
  };
}

/** Of `gcr.io` hosts the repository is the host itself. */
function partsOf(registryHost: string, path: string) {
  const name = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(path)?.[1];
  const [project = '', repository = ''] = name?.split('/') ?? [];
  if (name === undefined) return undefined;
  return { project, repository: registryHost.endsWith('gcr.io') ? registryHost : repository };
}

function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendJson(response, status, { errors: [{ code, message }] }, headers);
}

function sendJson(
  response: ServerResponse,
  status: number,
  json: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(json));
}
