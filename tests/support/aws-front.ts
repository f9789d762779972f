import { randomBytes } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Principal, refusalOf } from './aws-iam.ts';
import { type FaultyServer, startFaultyServer } from './aws-server.ts';
import type { TestRegistry } from './registry.ts';

/** What a registry password is worth. It carries everything that its principal may do. */
export interface RegistryToken {
  readonly principal: Principal;
  /** Milliseconds since 1970. */
  readonly endsAtMs: number;
}

/** One request of a registry client, as it was answered. */
interface FrontRequest {
  readonly method: string;
  /** `/v2/team/app/manifests/1`; of a layer's own origin, the path that was signed. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly status: number;
}

export interface AwsFront {
  readonly registry: FaultyServer;
  /** Where layers come from: another origin, as S3 is. */
  readonly blobs: FaultyServer;
  readonly registryRequests: readonly FrontRequest[];
  readonly blobRequests: readonly FrontRequest[];
  /** Runs before the registry answers a request, which is counted from 1: to end tokens in the middle of a pull. */
  beforeEach(act: (count: number, request: Pick<FrontRequest, 'method' | 'path'>) => void): void;
  stop(): Promise<void>;
}

/**
 * Stands before a registry as ECR does: Basic with `AWS` and a token, each request held against the policy of the token's
 * principal, refusals in ECR's words, layers by redirect to an origin that refuses whoever shows credentials.
 */
export async function startAwsFront(options: {
  readonly registry: Pick<TestRegistry, 'url' | 'authorize'>;
  readonly accountId: string;
  readonly tokens: ReadonlyMap<string, RegistryToken>;
  readonly repositories: ReadonlySet<string>;
  /** Those whose tags cannot be moved. */
  readonly immutable: ReadonlySet<string>;
  readonly arnOf: (repository: string) => string;
  readonly now: () => number;
}): Promise<AwsFront> {
  const { registry } = options;
  const registryRequests: FrontRequest[] = [];
  const blobRequests: FrontRequest[] = [];
  const signatures = new Map<string, string>();
  let act: Parameters<AwsFront['beforeEach']>[0] = () => {};

  const blobs = await startFaultyServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const status = blobStatus(request, url);
    note(blobRequests, request, status ?? 200);
    if (status !== undefined) return void response.writeHead(status).end();
    await forward({ registry, request, response, path: url.pathname });
  });

  /** ECR keeps a tag that means another image: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html */
  async function refusedTag(request: IncomingMessage, path: string): Promise<Refusal | undefined> {
    const [, repository = '', tag = ''] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path) ?? [];
    if (request.method !== 'PUT' || !options.immutable.has(repository)) return undefined;
    const accept = request.headers['content-type'] ?? '';
    const there = await fetch(`${registry.url}${path}`, { method: 'HEAD', headers: { accept } });
    if (there.status !== 200) return undefined;
    const message = `The image tag '${tag}' already exists in the '${repository}' repository and cannot be overwritten because the repository is immutable.`;
    return { status: 400, code: 'TAG_INVALID', message };
  }

  /** S3 takes one way of signing alone, and an address that was signed for GET serves no HEAD. */
  function blobStatus(request: IncomingMessage, url: URL): number | undefined {
    if (request.headers.authorization !== undefined) return 400;
    const signature = url.searchParams.get('X-Amz-Signature') ?? '';
    return request.method === 'GET' && signatures.get(signature) === url.pathname ? undefined : 403;
  }

  const front = await startFaultyServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    act(registryRequests.length + 1, { method: request.method ?? '', path });
    const refusal = refusalFor(request, path, options) ?? (await refusedTag(request, path));
    if (refusal !== undefined) {
      request.resume();
      note(registryRequests, request, refusal.status);
      return sendRefusal(request, response, refusal);
    }
    const isBlob = request.method === 'GET' && path.includes('/blobs/sha256:');
    note(registryRequests, request, isBlob ? 307 : 200);
    if (!isBlob) return forward({ registry, request, response, path: request.url ?? path });
    const signature = randomBytes(32).toString('hex');
    signatures.set(signature, path);
    const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600&X-Amz-Signature=${signature}`;
    response.writeHead(307, { location: `${blobs.url}${path}?${query}` }).end();
  });

  return {
    registry: front,
    blobs,
    registryRequests,
    blobRequests,
    beforeEach(next) {
      act = next;
    },
    async stop() {
      await Promise.all([front.stop(), blobs.stop()]);
    },
  };
}

interface Refusal {
  readonly status: number;
  readonly code?: string;
  readonly message: string;
}

function note(list: FrontRequest[], request: IncomingMessage, status: number): void {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  list.push({ method: request.method ?? '', path, authorization: request.headers.authorization, status });
}

/** ECR asks first who it is, then what they may do, and only then whether the repository exists. */
function refusalFor(
  request: IncomingMessage,
  path: string,
  options: {
    readonly accountId: string;
    readonly tokens: ReadonlyMap<string, RegistryToken>;
    readonly repositories: ReadonlySet<string>;
    readonly arnOf: (repository: string) => string;
    readonly now: () => number;
  },
): Refusal | undefined {
  const token = tokenOf(request.headers.authorization, options.tokens);
  if (token === undefined) return { status: 401, message: 'Not Authorized' };
  if (token.endsAtMs <= options.now()) {
    const message = 'Your authorization token has expired. Reauthenticate and try again.';
    return { status: 403, code: 'DENIED', message };
  }
  if (path === '/v2/') return undefined;
  const asked = /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs|tags)\/[^/]*$/.exec(path);
  const [, repository = '', kind = ''] = asked ?? [];
  const action = actions[`${request.method} ${kind}`];
  if (action === undefined)
    return { status: 405, code: 'UNSUPPORTED', message: 'The operation is unsupported.' };
  const resource = options.arnOf(repository);
  const message = refusalOf({ principal: token.principal, action, resource });
  if (message !== undefined) return { status: 403, code: 'DENIED', message };
  if (options.repositories.has(repository)) return undefined;
  return {
    status: 404,
    code: 'NAME_UNKNOWN',
    message: `The repository with name '${repository}' does not exist in the registry with id '${options.accountId}'`,
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html */
const actions: Readonly<Record<string, string>> = {
  'GET manifests': 'ecr:BatchGetImage',
  'HEAD manifests': 'ecr:BatchGetImage',
  'GET blobs': 'ecr:GetDownloadUrlForLayer',
  'HEAD blobs': 'ecr:BatchCheckLayerAvailability',
  'GET tags': 'ecr:ListImages',
  'POST blobs/uploads': 'ecr:InitiateLayerUpload',
  'GET blobs/uploads': 'ecr:UploadLayerPart',
  'PATCH blobs/uploads': 'ecr:UploadLayerPart',
  'PUT blobs/uploads': 'ecr:CompleteLayerUpload',
  'PUT manifests': 'ecr:PutImage',
};

function tokenOf(
  header: string | undefined,
  tokens: ReadonlyMap<string, RegistryToken>,
): RegistryToken | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/.exec(header ?? '')?.[1];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  return text.startsWith('AWS:') ? tokens.get(text.slice('AWS:'.length)) : undefined;
}

function sendRefusal(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const { status, code, message } = refusal;
  const challenge = { 'www-authenticate': 'Basic realm="https://ecr.test/",service="ecr.amazonaws.com"' };
  const body = code === undefined ? `${message}\n` : JSON.stringify({ errors: [{ code, message }] });
  response.writeHead(status, {
    'content-type': code === undefined ? 'text/plain' : 'application/json',
    ...(status === 401 ? challenge : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Passes a request on to the registry behind, in its owner's name, and its answer back. */
async function forward(options: {
  readonly registry: Pick<TestRegistry, 'url' | 'authorize'>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
}): Promise<void> {
  const { registry, request, response, path } = options;
  const authorization = registry.authorize(/^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(path)?.[1] ?? '');
  const { accept, range } = request.headers;
  const sent = Object.fromEntries(
    ['content-type', 'content-length', 'content-range'].map((name) => [name, request.headers[name]]),
  );
  const headers = Object.fromEntries(
    Object.entries({ accept, range, ...sent, authorization }).filter(([, value]) => value !== undefined),
  );
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const upstream = send(`${registry.url}${path}`, { method: request.method, headers });
    upstream.on('response', resolve).on('error', reject);
    request.pipe(upstream);
  });
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  await pipeline(answer, response);
}
