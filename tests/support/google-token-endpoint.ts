import { generateKeyPair, type KeyObject, randomBytes, verify } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createFaultSwitch, type FaultSwitch } from './faults.ts';
import { startLoopbackServer } from './loopback-server.ts';

/** A service account with one key, as its owner has it. */
export interface TestServiceAccount {
  readonly email: string;
  readonly projectId: string;
  readonly keyId: string;
  /** The text of the key file, as Google's console downloads it; its `token_uri` is this endpoint. */
  readonly keyFile: string;
}

export interface GoogleTokenEndpoint {
  /** What goes into `tokenUris` of registries.json, and stands in the key files. */
  readonly tokenUri: string;
  createAccount(options?: {
    readonly name?: string;
    readonly projectId?: string;
  }): Promise<TestServiceAccount>;
  /** From here on its signatures are worth nothing. */
  deleteKey(account: TestServiceAccount): void;
  disableAccount(account: TestServiceAccount): void;
  /** The account that an access token stands for, while both live. */
  ownerOf(accessToken: string): string | undefined;
  /** Whether it was asked for with a scope that allows writing. */
  mayWrite(accessToken: string): boolean;
  /** Every access token that was handed out lives no longer. */
  expireTokens(): void;
  /** How long tokens live that are handed out from here on. */
  setTokenSeconds(seconds: number): void;
  /** How far this endpoint's clock is ahead of the machine's. */
  setClockAhead(seconds: number): void;
  /** Refuses every grant with this code and text, as Google words what no request can provoke here. */
  setRefusal(refusal: { readonly error: string; readonly error_description: string } | undefined): void;
  readonly fault: FaultSwitch;
  /** Every grant that it was asked for, in order, as it was answered. */
  readonly grants: readonly { readonly status: number; readonly said: string }[];
  /** Every assertion that it was sent and every token that it handed out: what a search for leaks looks for. */
  readonly sensitive: readonly string[];
  stop(): Promise<void>;
}

/**
 * A strict double of https://oauth2.googleapis.com/token for service accounts: it verifies the RS256 signature, issuer,
 * audience, scope and times of each assertion itself, and refuses in Google's words.
 * https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests
 */
export async function startGoogleTokenEndpoint(): Promise<GoogleTokenEndpoint> {
  const accounts = new Map<string, Account>();
  const owners = new Map<
    string,
    { readonly email: string; readonly mayWrite: boolean; readonly endsAtMs: number }
  >();
  const grants: { status: number; said: string }[] = [];
  const sensitive: string[] = [];
  const fault = createFaultSwitch();
  let tokenSeconds = 3_599;
  let aheadSeconds = 0;
  let refusal: Refusal | undefined;
  const nowMs = () => Date.now() + aheadSeconds * 1000;

  const server = await startLoopbackServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const tokenUri = `${server.url}/token`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (fault.strike(response)) return;
    const asked = new URLSearchParams(body);
    const assertion = asked.get('assertion') ?? '';
    sensitive.push(assertion);
    const refused =
      refusedRequest({ request, asked, path: '/token' }) ??
      refusedAssertion({ assertion, accounts, tokenUri, nowSeconds: nowMs() / 1000 }) ??
      refusal;
    const headers = {
      'content-type': 'application/json; charset=UTF-8',
      date: new Date(nowMs()).toUTCString(),
    };
    if (refused !== undefined) {
      const status = refused.error === 'unauthorized_client' ? 401 : 400;
      grants.push({ status, said: refused.error_description });
      response.writeHead(status, headers).end(JSON.stringify(refused));
      return;
    }
    // The form of Google's own, which scanners for leaked tokens know.
    const token = `ya29.c.${randomBytes(96).toString('base64url')}`;
    sensitive.push(token);
    owners.set(token, {
      email: issuerOf(assertion),
      mayWrite: mayWrite(assertion),
      endsAtMs: Date.now() + tokenSeconds * 1000,
    });
    grants.push({ status: 200, said: '' });
    response
      .writeHead(200, headers)
      .end(JSON.stringify({ access_token: token, expires_in: tokenSeconds, token_type: 'Bearer' }));
  }

  return {
    tokenUri,
    async createAccount({ name = 'slipway-pull', projectId = 'tidewater-prod' } = {}) {
      const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
      const email = `${name}@${projectId}.iam.gserviceaccount.com`;
      const keyId = randomBytes(20).toString('hex');
      accounts.set(email, { key: publicKey, isDisabled: false });
      const keyFile = {
        type: 'service_account',
        project_id: projectId,
        private_key_id: keyId,
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        client_email: email,
        client_id: '103482910573829105738',
        auth_uri: 'https://accounts.google.com/o/oauth2/auth',
        token_uri: tokenUri,
        auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
        client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(email)}`,
        universe_domain: 'googleapis.com',
      };
      return { email, projectId, keyId, keyFile: `${JSON.stringify(keyFile, null, 2)}\n` };
    },
    deleteKey: ({ email }) => void accounts.set(email, { key: undefined, isDisabled: false }),
    disableAccount({ email }) {
      accounts.set(email, { key: accounts.get(email)?.key, isDisabled: true });
    },
    ownerOf(accessToken) {
      const found = owners.get(accessToken);
      if (found === undefined || found.endsAtMs <= Date.now()) return undefined;
      return accounts.get(found.email)?.isDisabled === false ? found.email : undefined;
    },
    mayWrite: (accessToken) => owners.get(accessToken)?.mayWrite === true,
    expireTokens: () => owners.clear(),
    setTokenSeconds(seconds) {
      tokenSeconds = seconds;
    },
    setClockAhead(seconds) {
      aheadSeconds = seconds;
    },
    setRefusal(next) {
      refusal = next;
    },
    fault,
    grants,
    sensitive,
    stop: server.stop,
  };
}

interface Account {
  /** Undefined when it was deleted. */
  readonly key: KeyObject | undefined;
  readonly isDisabled: boolean;
}

interface Refusal {
  readonly error: string;
  readonly error_description: string;
}

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Both read everything that is in a registry. */
const scopes: ReadonlySet<unknown> = new Set([
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/cloud-platform.read-only',
]);

function refusedRequest(options: {
  readonly request: IncomingMessage;
  readonly asked: URLSearchParams;
  readonly path: string;
}): Refusal | undefined {
  const { request, asked, path } = options;
  const type = request.headers['content-type'] ?? '';
  if (
    request.method !== 'POST' ||
    request.url !== path ||
    !/^application\/x-www-form-urlencoded\b/.test(type)
  ) {
    return { error: 'invalid_request', error_description: 'Tokens are asked for by POST, as a form.' };
  }
  if (request.headers.authorization !== undefined) {
    return { error: 'invalid_request', error_description: 'An assertion stands for itself.' };
  }
  if (asked.get('grant_type') === grantType) return undefined;
  return {
    error: 'unsupported_grant_type',
    error_description: `Invalid grant_type: ${asked.get('grant_type')}`,
  };
}

function refusedAssertion(options: {
  readonly assertion: string;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly tokenUri: string;
  readonly nowSeconds: number;
}): Refusal | undefined {
  const { assertion, accounts, tokenUri, nowSeconds } = options;
  const invalid = (error_description: string) => ({ error: 'invalid_grant', error_description });
  const [head = '', claimText = '', signature = '', ...more] = assertion.split('.');
  const header = parsePart(head);
  const claims = parsePart(claimText);
  if (header === undefined || claims === undefined || signature === '' || more.length > 0) {
    return invalid('Bad JWT');
  }
  const account = accounts.get(String(claims.iss));
  if (account === undefined || account.isDisabled) return invalid('Invalid grant: account not found');
  if (header.alg !== 'RS256' || (header.typ !== undefined && header.typ !== 'JWT'))
    return invalid('Bad JWT header');
  const isSigned =
    account.key !== undefined &&
    verify('sha256', Buffer.from(`${head}.${claimText}`), account.key, Buffer.from(signature, 'base64url'));
  if (!isSigned) return invalid('Invalid JWT Signature.');
  if (claims.aud !== tokenUri) return invalid('Invalid JWT: Failed audience check');
  if (claims.sub !== undefined && claims.sub !== claims.iss) {
    return {
      error: 'unauthorized_client',
      error_description: 'Client is unauthorized to retrieve access tokens using this method.',
    };
  }
  const { iat, exp } = claims;
  const isTimely =
    typeof iat === 'number' &&
    typeof exp === 'number' &&
    exp - iat > 0 &&
    exp - iat <= 3_600 &&
    iat <= nowSeconds + skewSeconds &&
    exp > nowSeconds - skewSeconds;
  if (!isTimely) {
    return invalid(
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
    );
  }
  if (!scopes.has(claims.scope)) {
    return {
      error: 'invalid_scope',
      error_description: 'Invalid OAuth scope or ID token audience provided.',
    };
  }
  return undefined;
}

/** The scope for reading alone lets nobody write, whatever roles the account has. */
function mayWrite(assertion: string): boolean {
  const scope = parsePart(assertion.split('.')[1] ?? '')?.scope;
  return scope === 'https://www.googleapis.com/auth/cloud-platform';
}

const skewSeconds = 300;

function issuerOf(assertion: string): string {
  return String(parsePart(assertion.split('.')[1] ?? '')?.iss);
}

function parsePart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
