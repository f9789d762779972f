import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '#tests/support/aws-endpoint.ts';
import { type Key, pullPolicy } from '#tests/support/aws-iam.ts';
import { pushImage } from '#tests/support/images.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { type Bench, openBench } from './bench.ts';

let registry: TestRegistry;
let aws: AwsEndpoint;
let bench: Bench;
let key: Key;

beforeAll(async () => {
  registry = await startRegistry({ auth: 'none' });
  aws = await startAwsEndpoint({ registry });
  for (const repository of ['team/app', 'team/long', 'team/refused']) {
    await pushImage({ registry, repository, tag: '1', layers: [200_000, 9_000, 400] });
    aws.repositories.add(repository);
  }
  bench = await openBench({ registries: aws.registries }, aws.environment);
  key = aws.addUser();
  await save('key', aws.valuesOf(key));
});
afterAll(async () => {
  await bench?.close();
  await aws?.stop();
  await registry?.stop();
});
beforeEach(() => {
  aws.api.faults.set(undefined);
  aws.front.beforeEach(() => {});
});

function save(name: string, values: Readonly<Record<string, string>>) {
  return bench.yard.saveSecret({ scope: bench.scope, name, type: 'aws', values });
}

const build = (image: string, secret: string) => bench.build(`${aws.host}/${image}`, { secret });

describe('a build from ECR', () => {
  test('signs in with the key, and its log says as whom and for how long', async () => {
    const { view, log } = await build('team/app:1', 'key');
    expect(view.error).toBeNull();
    expect(view.layers.map(({ state }) => state)).toEqual(['verified', 'verified', 'verified']);
    expect(log).toContain(`auth Signing in to ECR in eu-west-1 with the key ${key.accessKeyId}`);
    expect(log).toContain('auth ecr:GetAuthorizationToken, token valid for 12h');
    expect(log).toContain(`ok ${aws.host} answered: signed in`);
  });

  test('goes through a role of the secret, and warns of a region that is not the image’s', async () => {
    const role = aws.addRole({ name: 'slipway-pull', trusts: [key], externalId: 'halden-external' });
    await save('role', aws.valuesOf(key, { role, externalId: 'halden-external', region: 'us-east-1' }));
    const { view, log } = await build('team/app:1', 'role');
    expect(view.error).toBeNull();
    expect(log).toContain('auth assumed role slipway-pull, session slipway');
    expect(log).toContain(
      'AWS_REGION of the secret is us-east-1; the image’s host says eu-west-1, and that counts.',
    );
    expect(log).not.toContain('halden-external');
  });

  test('mints again where its password ends in the middle of the pull', async () => {
    const calls = aws.calls.length;
    const seen = aws.front.registryRequests.length;
    let isOver = false;
    aws.front.beforeEach((_count, { path }) => {
      if (isOver || !path.includes('/blobs/')) return;
      isOver = true;
      aws.endTokens('expired');
    });
    const { view, log } = await build('team/long:1', 'key');
    expect(view.error).toBeNull();
    expect(view.layers.every(({ state }) => state === 'verified')).toBe(true);
    expect(aws.calls.slice(calls).map(({ status }) => status)).toEqual([200, 200]);
    expect(aws.front.registryRequests.slice(seen).some(({ status }) => status === 403)).toBe(true);
    expect(log.match(/ecr:GetAuthorizationToken, token valid for 12h/g)).toHaveLength(2);
  });

  test('ends with a clear error where every password is refused', async () => {
    aws.front.beforeEach(() => aws.endTokens('revoked'));
    const { view } = await build('team/app:1', 'key');
    expect(view.error).toMatchObject({
      code: 'sign_in_refused',
      what: 'ECR does not take the password that it gave out',
    });
  });

  test('leaves no password, temporary key or session token in files, tables or the worker’s output', async () => {
    const passwords = aws.handedOut.flatMap((value) => [
      value,
      Buffer.from(`AWS:${value}`).toString('base64'),
    ]);
    expect(aws.handedOut.length).toBeGreaterThan(4);
    expect(await bench.traces([...passwords, key.secretAccessKey, 'halden-external'])).toEqual([]);
  });
});

describe('a build that ECR refuses', () => {
  test('names the action and gives the statement for its repository', async () => {
    const reader = aws.addUser({ name: 'reader', policy: pullPolicy([aws.arnOf('team/app')]) });
    await save('reader', aws.valuesOf(reader));
    const { view, log } = await build('team/refused:1', 'reader');
    expect(view.error).toMatchObject({
      code: 'access_denied',
      what: 'ECR refused to hand over the image',
      why: expect.stringContaining('ecr:BatchGetImage is missing'),
      paste: { title: 'IAM policy statement', text: expect.stringContaining(aws.arnOf('team/refused')) },
    });
    expect(view.stages.find(({ state }) => state === 'failed')?.name).toBe('resolve');
    expect(log).toContain('ECR refused to hand over the image');
  });

  test('names the action that layers take, which the manifest does not need', async () => {
    const policy = pullPolicy([aws.arnOf('*')]).map((statement) => ({
      ...statement,
      Action: statement.Action.filter((action) => action !== 'ecr:GetDownloadUrlForLayer'),
    }));
    await save('manifests', aws.valuesOf(aws.addUser({ name: 'manifests', policy })));
    const { view } = await build('team/refused:1', 'manifests');
    expect(view.error).toMatchObject({
      why: expect.stringContaining('ecr:GetDownloadUrlForLayer is missing'),
    });
  });

  test('stops at the sign-in for a key that AWS does not know', async () => {
    const gone = aws.addUser({ name: 'gone' });
    await save('gone', aws.valuesOf(gone));
    aws.removeKey(gone);
    const { view } = await build('team/app:1', 'gone');
    expect(view.error).toMatchObject({ code: 'sign_in_refused', what: 'AWS does not know this access key' });
    expect(view.stages.find(({ state }) => state === 'failed')?.name).toBe('authenticate');
  });

  test('is an outage where AWS is down, and nothing is served without the operator’s word', async () => {
    aws.api.faults.set('unavailable');
    const { view } = await build('team/app:1', 'key');
    expect(view.error).toMatchObject({ code: 'registry_unavailable', kind: 'network', isRetryable: true });
  });
});
