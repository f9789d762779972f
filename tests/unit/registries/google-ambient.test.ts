import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from '#tests/support/bound-process.ts';
import { testFolder } from '#tests/support/folder.ts';
import { type GoogleTokenEndpoint, startGoogleTokenEndpoint } from '#tests/support/google-token-endpoint.ts';

/** Where everything leads that is not the secret itself: whatever arrives here should not have been sent. */
const trap = createServer();
const trapped: string[] = [];
let trapHost: string;
let google: GoogleTokenEndpoint;

beforeAll(async () => {
  google = await startGoogleTokenEndpoint();
  trap.on('request', (request, response) => {
    trapped.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'metadata-flavor': 'Google', 'content-type': 'application/json' });
    response.end(JSON.stringify({ access_token: 'ya29.ambient', expires_in: 3_599, token_type: 'Bearer' }));
  });
  // As a proxy for https.
  trap.on('connect', (request, socket) => {
    trapped.push(`${request.method} ${request.url}`);
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  trapHost = `127.0.0.1:${(trap.address() as AddressInfo).port}`;
});
afterAll(async () => {
  trap.closeAllConnections();
  await new Promise((resolve) => trap.close(resolve));
  await google.stop();
});

/** An environment in which every other way to be somebody at Google is open, and leads into the trap. */
async function poisonedEnvironment(): Promise<NodeJS.ProcessEnv> {
  const home = await testFolder();
  const owner = await google.createAccount({ name: 'server-owner' });
  const ambient = JSON.stringify({ ...JSON.parse(owner.keyFile), token_uri: `http://${trapHost}/token` });
  const gcloud = path.join(home, '.config', 'gcloud');
  await mkdir(gcloud, { recursive: true });
  await writeFile(path.join(gcloud, 'application_default_credentials.json'), ambient);
  await writeFile(path.join(gcloud, 'active_config'), 'default');
  return {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    HOME: home,
    GOOGLE_APPLICATION_CREDENTIALS: path.join(gcloud, 'application_default_credentials.json'),
    CLOUDSDK_CONFIG: gcloud,
    GOOGLE_CLOUD_PROJECT: 'server-owner',
    GOOGLE_CLOUD_UNIVERSE_DOMAIN: trapHost,
    GCE_METADATA_HOST: trapHost,
    GCE_METADATA_IP: trapHost,
    METADATA_SERVER_DETECTION: 'assume-present',
    GOOGLE_SDK_NODE_LOGGING: '*',
    NODE_DEBUG: 'auth',
    HTTP_PROXY: `http://${trapHost}`,
    HTTPS_PROXY: `http://${trapHost}`,
    http_proxy: `http://${trapHost}`,
    https_proxy: `http://${trapHost}`,
  };
}

async function run(args: readonly string[], input = ''): Promise<string> {
  // Both streams: a logger of a library may write to either.
  const command = ['-c', '"$0" "$@" 2>&1', process.execPath, ...args];
  return runProgram('sh', command, { input, env: await poisonedEnvironment() });
}

function mint(input: object): Promise<string> {
  return run([fileURLToPath(new URL('./google-minter.ts', import.meta.url))], JSON.stringify(input));
}

test('the key file alone signs in, whatever identity the machine has, and nothing of it is logged', async () => {
  const account = await google.createAccount();
  const said = await mint({
    values: { SERVICE_ACCOUNT_JSON: account.keyFile },
    tokenUris: [google.tokenUri],
  });
  expect(said.trim()).toBe(JSON.stringify({ username: 'oauth2accesstoken' }));
  expect(google.grants.map(({ status }) => status)).toEqual([200]);
  expect(google.sensitive.filter((value) => said.includes(value))).toEqual([]);
  expect(trapped).toEqual([]);
});

test.each([
  [
    'a key that Google does not know',
    async () => {
      const account = await google.createAccount({ name: 'deleted' });
      google.deleteKey(account);
      return account.keyFile;
    },
    'SignInRefusedError',
  ],
  ['no key at all', async () => undefined, 'Error'],
])('%s is not replaced by the machine’s own identity', async (_what, keyFile, failed) => {
  const values = { SERVICE_ACCOUNT_JSON: await keyFile() };
  expect((await mint({ values, tokenUris: [google.tokenUri] })).trim()).toBe(JSON.stringify({ failed }));
  expect(trapped).toEqual([]);
});

test('the trap is one: the library by itself walks into it', async () => {
  const script = `
    const { GoogleAuth } = await import('google-auth-library');
    await new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/cloud-platform'] }).getAccessToken().catch(() => {});`;
  await run(['--input-type=module', '-e', script]);
  expect(trapped).not.toEqual([]);
});
