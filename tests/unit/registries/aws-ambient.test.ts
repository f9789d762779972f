import { mkdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '#tests/support/aws-endpoint.ts';
import { runProgram } from '#tests/support/bound-process.ts';
import { testFolder } from '#tests/support/folder.ts';
import { type LoopbackServer, startLoopbackServer } from '#tests/support/loopback-server.ts';

/** Where everything leads that is not the secret itself: whatever arrives here should not have been sent. */
let trap: LoopbackServer;
const trapped: string[] = [];
let aws: AwsEndpoint;

beforeAll(async () => {
  aws = await startAwsEndpoint({ registry: { url: 'http://127.0.0.1:9', authorize: () => undefined } });
  trap = await startLoopbackServer((request: IncomingMessage, response) => {
    trapped.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'content-type': 'application/json' });
    // What the metadata services of containers and machines hand out.
    response.end(
      JSON.stringify({
        AccessKeyId: 'ASIAAMBIENT',
        SecretAccessKey: 'ambient',
        Token: 'ambient',
        Expiration: '2099-01-01T00:00:00Z',
      }),
    );
  });
});
afterAll(async () => {
  await trap.stop();
  await aws.stop();
});
beforeEach(() => {
  trapped.length = 0;
});

/** A home whose configuration opens every other way to be somebody at AWS, and leads into the trap. */
async function poisonedHome(): Promise<string> {
  const home = await testFolder();
  const folder = path.join(home, '.aws');
  await mkdir(path.join(folder, 'sso', 'cache'), { recursive: true });
  const owner = aws.addUser({ name: 'owner-of-the-server' });
  const keys = `aws_access_key_id = ${owner.accessKeyId}\naws_secret_access_key = ${owner.secretAccessKey}\n`;
  const services = `services = trap\nregion = us-west-2\n`;
  await writeFile(path.join(folder, 'credentials'), `[default]\n${keys}[poisoned]\n${keys}`);
  await writeFile(
    path.join(folder, 'config'),
    `[default]\n${services}[profile poisoned]\n${services}[services trap]\necr =\n  endpoint_url = ${trap.url}\nsts =\n  endpoint_url = ${trap.url}\n`,
  );
  await writeFile(path.join(folder, 'web-identity'), 'ambient-token');
  return home;
}

async function poisonedEnvironment(home: string): Promise<NodeJS.ProcessEnv> {
  const owner = aws.addUser({ name: 'owner-of-the-server' });
  const { host } = trap;
  return {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    HOME: home,
    AWS_PROFILE: 'poisoned',
    AWS_ACCESS_KEY_ID: owner.accessKeyId,
    AWS_SECRET_ACCESS_KEY: owner.secretAccessKey,
    AWS_REGION: 'us-west-2',
    AWS_DEFAULT_REGION: 'us-west-2',
    AWS_CONFIG_FILE: path.join(home, '.aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE: path.join(home, '.aws', 'credentials'),
    AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/ambient',
    AWS_WEB_IDENTITY_TOKEN_FILE: path.join(home, '.aws', 'web-identity'),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${host}/container`,
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/relative',
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'ambient',
    AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${host}`,
    AWS_ENDPOINT_URL: `http://${host}`,
    AWS_ENDPOINT_URL_ECR: `http://${host}`,
    AWS_ENDPOINT_URL_STS: `http://${host}`,
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
    AWS_MAX_ATTEMPTS: '9',
    AWS_RETRY_MODE: 'adaptive',
    AWS_DEFAULTS_MODE: 'auto',
    AWS_EXECUTION_ENV: 'ambient',
    AWS_LAMBDA_FUNCTION_NAME: 'ambient',
    AWS_SDK_UA_APP_ID: 'ambient',
    _X_AMZN_TRACE_ID: 'ambient',
    HTTP_PROXY: `http://${host}`,
    HTTPS_PROXY: `http://${host}`,
    http_proxy: `http://${host}`,
    https_proxy: `http://${host}`,
  };
}

/** How Lambda runs it, whether to warn of an old Node, a default of a handler that is not used: no identity, no address. */
const harmless = [
  'AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA',
  'AWS_LAMBDA_BENCHMARK_MODE',
  'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED',
  'AWS_ENABLE_DEFAULT_SOCKET_TIMEOUT_2026',
];

async function mint(input: {
  readonly values: object;
  readonly home?: string;
  readonly endpoint?: undefined;
  readonly registries?: object;
}) {
  const minter = fileURLToPath(new URL('./ecr-minter.ts', import.meta.url));
  const env = await poisonedEnvironment(input.home ?? (await poisonedHome()));
  const said = await runProgram(process.execPath, [minter], {
    input: JSON.stringify({ host: aws.host, endpoint: aws.api.url, ...input }),
    env,
  });
  return JSON.parse(said);
}

test('the keys of the secret alone sign in, whatever identity the machine has', async () => {
  const key = aws.addUser({ name: 'ci' });
  const role = aws.addRole({ name: 'pull', trusts: [key] });
  for (const values of [aws.valuesOf(key), aws.valuesOf(key, { role })]) {
    const { username, looked } = await mint({ values });
    expect(username).toBe('AWS');
    expect(looked.filter((name: string) => !harmless.includes(name))).toEqual([]);
  }
  expect(aws.calls.map(({ action, status }) => [action, status])).toEqual([
    ['GetAuthorizationToken', 200],
    ['AssumeRole', 200],
    ['GetAuthorizationToken', 200],
  ]);
  const used = aws.calls.map(({ accessKeyId }) => accessKeyId);
  expect(used.slice(0, 2)).toEqual([key.accessKeyId, key.accessKeyId]);
  expect(trapped).toEqual([]);
});

test('AWS’s own addresses are called where the operator names none, whatever the environment says', async () => {
  const key = aws.addUser({ name: 'ci' });
  const role = aws.addRole({ name: 'pull-own', trusts: [key] });
  const rule = { endpoint: aws.api.url, allowPrivate: true };
  const registries = {
    [`api.ecr.${aws.region}.amazonaws.com`]: rule,
    [`sts.${aws.region}.amazonaws.com`]: rule,
  };
  const values = aws.valuesOf(key, { role });
  expect(await mint({ values, registries, endpoint: undefined })).toMatchObject({ username: 'AWS' });
  expect(trapped).toEqual([]);
});

test.each([
  ['no keys at all', {}, 'Error'],
  ['a key without its secret half', { AWS_ACCESS_KEY_ID: 'AKIA1234567890ABCDEF' }, 'Error'],
  ['a role alone', { AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/pull' }, 'Error'],
  [
    'a key that AWS does not know',
    {
      AWS_ACCESS_KEY_ID: 'AKIA1234567890ABCDEF',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    },
    'SignInRefusedError',
  ],
])('%s is not replaced by the machine’s own identity', async (_what, values, failed) => {
  const before = aws.calls.length;
  const { looked, ...end } = await mint({ values });
  expect(end).toEqual({ failed });
  expect(looked.filter((name: string) => !harmless.includes(name))).toEqual([]);
  // The known key of the server's owner would have been taken.
  expect(aws.calls.slice(before).filter(({ status }) => status === 200)).toEqual([]);
  expect(trapped).toEqual([]);
});

test('the files of the machine are not even opened: whoever opened one of these would never come back', async () => {
  const home = await testFolder();
  await mkdir(path.join(home, '.aws'));
  // A pipe without a writer holds up whoever opens it, and a process that has it open does not end.
  for (const name of ['config', 'credentials']) await runProgram('mkfifo', [path.join(home, '.aws', name)]);
  const key = aws.addUser({ name: 'ci' });
  expect(await mint({ values: aws.valuesOf(key), home })).toMatchObject({ username: 'AWS' });
});

test('the trap is one: the SDK by itself walks into it, as somebody else', async () => {
  const script = `
    const { ECRClient, GetAuthorizationTokenCommand } = await import('@aws-sdk/client-ecr');
    await new ECRClient({}).send(new GetAuthorizationTokenCommand({})).catch(() => {});`;
  const env = await poisonedEnvironment(await poisonedHome());
  // Of these the SDK itself says that they do not go with an address of one's own.
  const open = { ...env, AWS_USE_FIPS_ENDPOINT: 'false', AWS_USE_DUALSTACK_ENDPOINT: 'false' };
  await runProgram(process.execPath, ['--input-type=module', '-e', script], { env: open });
  expect(trapped).not.toEqual([]);
});
