import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type AwsFront, type RegistryToken, startAwsFront } from './aws-front.ts';
import {
  type Key,
  makeKey,
  makeSession,
  type Principal,
  pullPolicy,
  type Role,
  refusalOf,
  type Statement,
} from './aws-iam.ts';
import { type FaultyServer, startFaultyServer } from './aws-server.ts';
import { type SignatureFault, type SignedRequest, verifySignature } from './aws-sigv4.ts';
import type { TestRegistry } from './registry.ts';

/** One call of ECR or STS, as it was answered. */
interface AwsCall {
  readonly service: 'ecr' | 'sts';
  readonly action: string;
  /** From the signature, whether or not it was right. */
  readonly accessKeyId: string | undefined;
  readonly status: number;
  /** AWS' name of the error. */
  readonly code: string | undefined;
}

export interface AwsEndpoint {
  readonly accountId: string;
  readonly region: string;
  /** The registry's own name, as references have it. Nothing answers there: `registries` says where it is. */
  readonly host: string;
  /** ECR's and STS' API; its faults are theirs. */
  readonly api: FaultyServer;
  /** The registry before the images, and the other origin that layers come from. */
  readonly front: AwsFront;
  /** `AWS_ENDPOINT_URL_ECR` and `AWS_ENDPOINT_URL_STS`. */
  readonly environment: Readonly<Record<string, string>>;
  /** `registries` of a registries.json that leads to the front. */
  readonly registries: Readonly<Record<string, object>>;
  readonly calls: readonly AwsCall[];
  /** Everything sensitive that was handed out so far: registry passwords, temporary keys and session tokens. */
  readonly handedOut: readonly string[];
  /** The repositories that exist. Images are pushed to the registry behind; who may see them is asked here. */
  readonly repositories: Set<string>;
  /** Those of them whose tags cannot be moved. */
  readonly immutable: Set<string>;
  arnOf(repository: string): string;
  /** A user with a key. May sign in and pull everything unless a policy says otherwise. */
  addUser(options?: { readonly name?: string; readonly policy?: readonly Statement[] }): Key;
  /** A temporary key of the same user, as GetSessionToken makes it. One hour unless said. */
  addSession(key: Key, options?: { readonly lifeMs?: number }): Key;
  addRole(options: {
    readonly name: string;
    readonly trusts: readonly Key[];
    readonly externalId?: string;
    readonly policy?: readonly Statement[];
  }): Role;
  removeKey(key: Key): void;
  /** The values of a secret of type `aws`. */
  valuesOf(
    key: Key,
    more?: { readonly region?: string; readonly role?: Role; readonly externalId?: string },
  ): Readonly<Record<string, string>>;
  /** Registry tokens handed out so far are worth nothing from here on: past their twelve hours, or unknown. */
  endTokens(how: 'expired' | 'revoked'): void;
  /** Moves the service's clock against everybody else's. It tells its time honestly unless `isHidden`. */
  setClock(options: { readonly offsetMs: number; readonly isHidden?: boolean }): void;
  /** STS of an opt-in region that the account has not enabled. */
  disableRegion(): void;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * ECR and STS of one account and region before a real registry. It is strict: signatures are verified from the bytes that
 * came, every call and every request for an image is held against the caller's policy, and layers come from another origin
 * that takes no credentials.
 */
export async function startAwsEndpoint(options: {
  /** Where the images are. */
  readonly registry: Pick<TestRegistry, 'url' | 'authorize'>;
  readonly accountId?: string;
  readonly region?: string;
}): Promise<AwsEndpoint> {
  const { registry, accountId = '111122223333', region = 'eu-west-1' } = options;
  const keys = new Map<string, Key>();
  const roles = new Map<string, Role>();
  const tokens = new Map<string, RegistryToken>();
  const calls: AwsCall[] = [];
  const handedOut: string[] = [];
  const repositories = new Set<string>();
  const immutable = new Set<string>();
  let clock = { offsetMs: 0, isHidden: false };
  let isRegionDisabled = false;
  const now = () => Date.now() + clock.offsetMs;
  const arnOf = (repository: string) => `arn:aws:ecr:${region}:${accountId}:repository/${repository}`;
  const everything = () => pullPolicy([arnOf('*')]);

  const front = await startAwsFront({ registry, accountId, tokens, repositories, immutable, arnOf, now });
  const api = await startFaultyServer(async (request, response) => {
    const signed = await readRequest(request);
    const call = readCall(signed);
    const key = verifySignature({
      request: signed,
      service: call.service,
      region,
      nowMs: now(),
      keyOf: (id) => keys.get(id),
    });
    const result = 'kind' in key ? signatureFailure(call.service, key) : perform(call, key);
    const { status, code } = 'code' in result ? result : { status: 200, code: undefined };
    const accessKeyId = /Credential=([A-Z0-9]+)/.exec(signed.headers.authorization ?? '')?.[1];
    calls.push({ service: call.service, action: call.action, accessKeyId, status, code });
    send({ response, service: call.service, result, dateMs: clock.isHidden ? Date.now() : now() });
  });

  function perform(call: Call, key: Key): Result {
    if (call.service === 'sts') return isRegionDisabled ? regionDisabled : assumeRole(call.parameters, key);
    if (call.action !== 'GetAuthorizationToken')
      return { status: 400, code: 'UnknownOperationException', message: '' };
    const refusal = refusalOf({
      principal: key.principal,
      action: 'ecr:GetAuthorizationToken',
      resource: '*',
    });
    if (refusal !== undefined) return { status: 400, code: 'AccessDeniedException', message: refusal };
    const password = makePassword();
    // A token of a role's session outlives the session: twelve hours in any case.
    const endsAtMs = now() + tokenLifeMs;
    tokens.set(password, { principal: key.principal, endsAtMs });
    handedOut.push(password);
    const authorizationToken = Buffer.from(`AWS:${password}`).toString('base64');
    const proxyEndpoint = `https://${accountId}.dkr.ecr.${region}.amazonaws.com`;
    return {
      body: { authorizationData: [{ authorizationToken, expiresAt: endsAtMs / 1000, proxyEndpoint }] },
    };
  }

  /** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
  function assumeRole(parameters: URLSearchParams, key: Key): Result {
    const arn = parameters.get('RoleArn') ?? '';
    const sessionName = parameters.get('RoleSessionName') ?? '';
    if (parameters.get('Version') !== '2011-06-15' || !/^[\w+=,.@-]{2,64}$/.test(sessionName))
      return { status: 400, code: 'ValidationError', message: 'A parameter is not as it has to be.' };
    const role = roles.get(arn);
    const externalId = parameters.get('ExternalId') ?? undefined;
    const isTrusted = role?.trusted.includes(key.principal.arn) === true;
    const hasExternalId = role?.externalId === undefined || role.externalId === externalId;
    if (role === undefined || !isTrusted || !hasExternalId) {
      const message = `User: ${key.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
      return { status: 403, code: 'AccessDenied', message };
    }
    const session: Principal = {
      arn: `arn:aws:sts::${accountId}:assumed-role/${role.name}/${sessionName}`,
      policy: role.policy,
    };
    const minted = makeSession(session, now() + sessionLifeMs);
    keys.set(minted.accessKeyId, minted);
    handedOut.push(minted.secretAccessKey, minted.sessionToken ?? '');
    return {
      body: {
        AssumedRoleUser: { Arn: session.arn, AssumedRoleId: `AROA${'X'.repeat(17)}:${sessionName}` },
        Credentials: {
          AccessKeyId: minted.accessKeyId,
          SecretAccessKey: minted.secretAccessKey,
          SessionToken: minted.sessionToken ?? '',
          Expiration: new Date(minted.endsAtMs ?? 0).toISOString(),
        },
      },
    };
  }

  const remember = (key: Key) => {
    keys.set(key.accessKeyId, key);
    return key;
  };
  const stop = async () => {
    await Promise.all([api.stop(), front.stop()]);
  };
  const host = `${accountId}.dkr.ecr.${region}.amazonaws.com`;
  return {
    accountId,
    region,
    host,
    api,
    front,
    environment: { AWS_ENDPOINT_URL_ECR: api.url, AWS_ENDPOINT_URL_STS: api.url },
    registries: { [host]: { endpoint: front.registry.url, plainHttp: true, allowPrivate: true } },
    calls,
    handedOut,
    repositories,
    immutable,
    arnOf,
    addUser: ({ name = 'ci', policy = everything() } = {}) =>
      remember(makeKey({ arn: `arn:aws:iam::${accountId}:user/${name}`, policy })),
    addSession: (key, { lifeMs = 3_600_000 } = {}) => remember(makeSession(key.principal, now() + lifeMs)),
    addRole({ name, trusts, externalId, policy = everything() }) {
      const trusted = trusts.map(({ principal }) => principal.arn);
      const role = { name, arn: `arn:aws:iam::${accountId}:role/${name}`, trusted, externalId, policy };
      roles.set(role.arn, role);
      return role;
    },
    removeKey: ({ accessKeyId }) => void keys.delete(accessKeyId),
    valuesOf: (key, more = {}) => ({
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      AWS_REGION: more.region ?? region,
      ...(key.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: key.sessionToken }),
      ...(more.role === undefined ? {} : { AWS_ROLE_ARN: more.role.arn }),
      ...(more.externalId === undefined ? {} : { AWS_EXTERNAL_ID: more.externalId }),
    }),
    endTokens(how) {
      for (const [password, token] of tokens) {
        if (how === 'revoked') tokens.delete(password);
        else tokens.set(password, { ...token, endsAtMs: now() });
      }
    },
    setClock({ offsetMs, isHidden = false }) {
      clock = { offsetMs, isHidden };
    },
    disableRegion() {
      isRegionDisabled = true;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const tokenLifeMs = 12 * 3_600_000;
const sessionLifeMs = 3_600_000;

interface Call {
  readonly service: 'ecr' | 'sts';
  readonly action: string;
  readonly parameters: URLSearchParams;
}

type Result = { readonly body: object } | Failure;

interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const regionDisabled: Failure = {
  status: 403,
  code: 'RegionDisabledException',
  message:
    'STS is not activated in this region for account:111122223333. Your account administrator can activate STS in this region using the IAM Console.',
};

async function readRequest(request: IncomingMessage): Promise<SignedRequest> {
  const { method = '', url = '', headers } = request;
  return { method, url, headers, body: await buffer(request) };
}

/** ECR speaks JSON 1.1 and STS the Query protocol; both take POST on / alone. */
function readCall({ method, url, headers, body }: SignedRequest): Call {
  if (method !== 'POST' || url !== '/') throw new Error(`No call of AWS: ${method} ${url}`);
  const target = /^AmazonEC2ContainerRegistry_V20150921\.(\w+)$/.exec(String(headers['x-amz-target']));
  if (headers['content-type'] === 'application/x-amz-json-1.1' && target?.[1] !== undefined)
    return { service: 'ecr', action: target[1], parameters: new URLSearchParams() };
  const parameters = new URLSearchParams(body.toString('utf8'));
  if (headers['content-type'] === 'application/x-www-form-urlencoded' && parameters.has('Action'))
    return { service: 'sts', action: parameters.get('Action') ?? '', parameters };
  throw new Error('No call of ECR or STS');
}

/** Each service's own names for the same faults. */
function signatureFailure(service: Call['service'], { kind, message }: SignatureFault): Failure {
  const [ecr, sts] = {
    missing: ['MissingAuthenticationTokenException', 'MissingAuthenticationToken'],
    incomplete: ['IncompleteSignatureException', 'IncompleteSignature'],
    unknown_key: ['UnrecognizedClientException', 'InvalidClientTokenId'],
    wrong_signature: ['InvalidSignatureException', 'SignatureDoesNotMatch'],
    expired_session: ['ExpiredTokenException', 'ExpiredToken'],
  }[kind] as [string, string];
  return service === 'ecr' ? { status: 400, code: ecr, message } : { status: 403, code: sts, message };
}

function send(options: {
  readonly response: ServerResponse;
  readonly service: Call['service'];
  readonly result: Result;
  readonly dateMs: number;
}): void {
  const { response, service, result } = options;
  const common = { date: new Date(options.dateMs).toUTCString(), 'x-amzn-requestid': randomUUID() };
  const status = 'code' in result ? result.status : 200;
  if (service === 'ecr') {
    const body = 'code' in result ? { __type: result.code, message: result.message } : result.body;
    response.writeHead(status, { ...common, 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
    return;
  }
  const content =
    'code' in result
      ? `<ErrorResponse xmlns="${stsSpace}"><Error><Type>Sender</Type>${xml({ Code: result.code, Message: result.message })}</Error></ErrorResponse>`
      : `<AssumeRoleResponse xmlns="${stsSpace}"><AssumeRoleResult>${xml(result.body)}</AssumeRoleResult></AssumeRoleResponse>`;
  response.writeHead(status, { ...common, 'content-type': 'text/xml' });
  response.end(content);
}

const stsSpace = 'https://sts.amazonaws.com/doc/2011-06-15/';

function xml(value: object): string {
  return Object.entries(value)
    .map(
      ([name, inner]) =>
        `<${name}>${typeof inner === 'object' ? xml(inner) : escapeXml(String(inner))}</${name}>`,
    )
    .join('');
}

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** As long as the real ones, and as opaque. */
function makePassword(): string {
  const token = { payload: randomBytes(900).toString('base64'), version: '2', type: 'DATA_KEY' };
  return Buffer.from(JSON.stringify(token)).toString('base64');
}
