import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { runProgram } from './bound-process.ts';

export interface TokenServerOptions {
  /** Where it keeps its key and certificate. */
  readonly folder: string;
  /** username -> password; every account may do everything. */
  readonly accounts: ReadonlyMap<string, string>;
  /** Repositories that anybody may pull from. */
  readonly publicRepositories: readonly string[];
  readonly tokenSeconds: number;
}

/** One request for a token, as it was answered. */
interface TokenRequest {
  readonly username: string | undefined;
  readonly scopes: readonly string[];
  readonly status: number;
}

export interface TokenServer {
  readonly realm: string;
  readonly service: string;
  /** `auth.token` of the registry's configuration. */
  readonly registrySection: object;
  /** Everything it was asked, in order. */
  readonly requests: readonly TokenRequest[];
  /** Every token that it handed out over HTTP: what a search for leaks looks for. */
  readonly issued: readonly string[];
  /** A token for everything in a repository, without asking over HTTP. */
  mint(options: { readonly username: string; readonly repository: string }): string;
  stop(): Promise<void>;
}

/**
 * A strict token service: it refuses what a lenient one lets pass, so that a client which asks wrongly fails here.
 * https://distribution.github.io/distribution/spec/auth/token/ and …/spec/auth/jwt/
 */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { privateKey, certificateFile } = await makeKey(options.folder);
  const service = 'slipway-test-registry';
  const issuer = 'slipway-test-issuer';
  const requests: TokenRequest[] = [];
  const issued: string[] = [];
  const minter = { privateKey, issuer, service, tokenSeconds: options.tokenSeconds };

  const server = createServer((request, response) => {
    const answer = answerTo({ request, options, service });
    requests.push({ username: answer.username, scopes: answer.scopes, status: answer.status });
    if (answer.status !== 200) return sendProblem(response, answer.status, answer.why);
    const token = mintToken({ ...minter, subject: answer.username ?? '', access: answer.access });
    issued.push(token);
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(
      JSON.stringify({
        token,
        access_token: token,
        expires_in: options.tokenSeconds,
        issued_at: new Date().toISOString(),
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // The test process may end while a client keeps its connection.
  server.unref();
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;

  return {
    realm,
    service,
    registrySection: { realm, service, issuer, rootcertbundle: certificateFile },
    requests,
    issued,
    mint: ({ username, repository }) =>
      mintToken({
        ...minter,
        tokenSeconds: 300,
        subject: username,
        access: [{ type: 'repository', name: repository, actions: ['pull', 'push', 'delete'] }],
      }),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly why: string;
  readonly username: string | undefined;
  readonly scopes: readonly string[];
  readonly access: readonly Access[];
}

function answerTo(context: {
  readonly request: IncomingMessage;
  readonly options: TokenServerOptions;
  readonly service: string;
}): Answer {
  const { request, options, service } = context;
  const url = new URL(request.url ?? '/', 'http://localhost');
  const scopes = url.searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
  const refuse = (status: number, why: string, username?: string): Answer => ({
    status,
    why,
    username,
    scopes,
    access: [],
  });

  if (url.pathname !== '/token') return refuse(404, 'not found');
  if (request.method !== 'GET') return refuse(405, 'tokens are got');
  if (url.searchParams.getAll('service').join() !== service) return refuse(400, 'another service');
  const account = accountOf(request.headers.authorization);
  if (account === 'malformed') return refuse(400, 'malformed authorization');
  if (account !== undefined && options.accounts.get(account.username) !== account.password) {
    return refuse(401, 'incorrect username or password', account.username);
  }
  const access: Access[] = [];
  for (const scope of scopes) {
    const asked = parseScope(scope);
    if (asked === undefined) return refuse(400, 'malformed scope', account?.username);
    const isPublic = asked.type === 'repository' && options.publicRepositories.includes(asked.name);
    const granted =
      account === undefined ? asked.actions.filter((action) => isPublic && action === 'pull') : asked.actions;
    if (granted.length > 0) access.push({ ...asked, actions: granted });
  }
  return { status: 200, why: '', username: account?.username, scopes, access };
}

function accountOf(header: string | undefined) {
  if (header === undefined) return undefined;
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/.exec(header)?.[1];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return 'malformed';
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** https://distribution.github.io/distribution/spec/auth/scope/#resource-scope-grammar */
function parseScope(scope: string): Access | undefined {
  const match = /^([a-z]+):([a-z0-9._/-]+):((?:pull|push|delete|\*)(?:,(?:pull|push|delete|\*))*)$/.exec(
    scope,
  );
  if (match === null) return undefined;
  const [, type = '', name = '', actions = ''] = match;
  return { type, name, actions: actions.split(',') };
}

function sendProblem(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({ errors: [{ code: status === 401 ? 'UNAUTHORIZED' : 'DENIED', message: why }] }),
  );
}

/** Distribution 2.8 takes a token up to 60 s after its end (`token.Leeway`), so a short life ends before it begins. */
const registryLeewaySeconds = 60;

function mintToken(options: {
  readonly privateKey: KeyObject;
  readonly issuer: string;
  readonly service: string;
  readonly tokenSeconds: number;
  readonly subject: string;
  readonly access: readonly Access[];
}): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const header = { typ: 'JWT', alg: 'RS256', kid: keyIdOf(options.privateKey) };
  const claims = {
    iss: options.issuer,
    sub: options.subject,
    aud: options.service,
    exp: nowSeconds + options.tokenSeconds - registryLeewaySeconds,
    nbf: nowSeconds - 2 * registryLeewaySeconds,
    iat: nowSeconds,
    jti: randomUUID(),
    access: options.access,
  };
  const signed = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), options.privateKey).toString('base64url')}`;
}

/** The key id of libtrust: SHA-256 of the public key's DER, cut to 240 bits, base32 in groups of four. */
function keyIdOf(privateKey: KeyObject): string {
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const bytes = createHash('sha256').update(der).digest().subarray(0, 30);
  return (base32(bytes).match(/.{4}/g) ?? []).join(':');
}

/** RFC 4648 section 6, for lengths that need no padding. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)])
    .join('');
}

async function makeKey(folder: string): Promise<{ privateKey: KeyObject; certificateFile: string }> {
  const keyFile = path.join(folder, 'token-key.pem');
  const certificateFile = path.join(folder, 'token-certificate.pem');
  await runProgram('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=slipway-test-issuer'],
    ...['-keyout', keyFile, '-out', certificateFile],
  ]);
  return { privateKey: createPrivateKey(await readFile(keyFile)), certificateFile };
}
