import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listPushes } from '#lib/push/data.ts';
import { startPush } from '#lib/push/mutations.ts';
import type { PushView } from '#lib/push/types.ts';
import { type AwsEndpoint, startAwsEndpoint } from '#tests/support/aws-endpoint.ts';
import { pullActions, pushActions } from '#tests/support/aws-iam.ts';
import { type GoogleRegistry, startGoogleRegistry } from '#tests/support/google-registry.ts';
import {
  type GoogleTokenEndpoint,
  startGoogleTokenEndpoint,
  type TestServiceAccount,
} from '#tests/support/google-token-endpoint.ts';
import { type PushedImage, pushImage } from '#tests/support/images.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';
import { until } from '../worker/yard.ts';
import { type Bench, openBench } from './bench.ts';

const googleHost = 'europe-west1-docker.pkg.dev';
const repository = 'tidewater-prod/images';

let registry: TestRegistry;
let aws: AwsEndpoint;
let tokens: GoogleTokenEndpoint;
let google: GoogleRegistry;
let account: TestServiceAccount;
let bench: Bench;
let image: PushedImage;
let other: PushedImage;
/** The builds of both images. */
let number: number;
let otherNumber: number;

beforeAll(async () => {
  registry = await startRegistry({ auth: 'none' });
  aws = await startAwsEndpoint({ registry });
  tokens = await startGoogleTokenEndpoint();
  google = await startGoogleRegistry({ registryHost: googleHost, location: 'europe-west1', tokens });
  account = await tokens.createAccount();
  // More than a chunk, which Google takes in one request.
  image = await pushImage({ registry, repository: 'team/app', tag: '1', layers: [40_000_000, 9_000] });
  other = await pushImage({ registry, repository: 'team/app', tag: '2', layers: [5_000] });
  aws.repositories.add('team/app').add('team/fixed');
  const rule = { allowPrivate: true, plainHttp: true };
  bench = await openBench(
    {
      registries: { ...aws.registries, [googleHost]: { ...rule, endpoint: google.url } },
      tokenUris: [tokens.tokenUri],
    },
    aws.environment,
  );
  const policy = [
    { Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: ['*'] },
    { Effect: 'Allow', Action: [...pullActions, ...pushActions], Resource: [aws.arnOf('*')] },
  ] as const;
  await save('puller', 'aws', aws.valuesOf(aws.addUser({ name: 'puller' })));
  await save('pusher', 'aws', aws.valuesOf(aws.addUser({ name: 'pusher', policy })));
  await save('google', 'gcp', { SERVICE_ACCOUNT_JSON: account.keyFile });
  ({ number } = await bench.build(`${aws.host}/team/app:1`, { secret: 'puller' }));
  ({ number: otherNumber } = await bench.build(`${aws.host}/team/app:2`, { secret: 'puller' }));
});
afterAll(async () => {
  await bench?.close();
  await google?.stop();
  await tokens?.stop();
  await aws?.stop();
  await registry?.stop();
});

function save(name: string, type: 'aws' | 'gcp', values: Readonly<Record<string, string>>) {
  return bench.yard.saveSecret({ scope: bench.scope, name, type, values });
}

async function push(reference: string, secretName: string, of = number): Promise<PushView> {
  const { scope } = bench;
  const { id } = await startPush({ scope, number: of, input: { reference, secretName } });
  const find = async () => (await listPushes({ scope, number: of })).find((each) => each.id === id);
  await until(async () => ['succeeded', 'failed'].includes((await find())?.state ?? ''));
  const found = await find();
  if (found === undefined) throw new Error('The push is gone');
  return found;
}

async function tagAt(base: string, path: string): Promise<string | null> {
  const answer = await fetch(`${base}/v2/${path}`, { method: 'HEAD', headers: { accept: image.mediaType } });
  return answer.headers.get('docker-content-digest');
}

describe('a push to ECR', () => {
  test('into a repository that is there', async () => {
    expect(await push(`${aws.host}/team/fixed:1`, 'pusher')).toMatchObject({
      state: 'succeeded',
      error: null,
    });
    expect(await tagAt(registry.url, 'team/fixed/manifests/1')).toBe(image.digest);
  });

  test('into one that is not says how to create it', async () => {
    const { state, error } = await push(`${aws.host}/team/new:1`, 'pusher');
    expect(state).toBe('failed');
    expect(error).toMatchObject({ code: 'repository_unknown' });
    expect(error?.paste?.text).toBe(
      'aws ecr create-repository --repository-name team/new --registry-id 111122223333 --region eu-west-1',
    );
  });

  test('with a policy for pulls says which statement is missing', async () => {
    const { error } = await push(`${aws.host}/team/fixed:2`, 'puller');
    expect(error).toMatchObject({
      code: 'access_denied',
      what: 'ECR does not let user puller push to team/fixed',
    });
    expect(error?.why).toMatch(/ecr:(InitiateLayerUpload|PutImage) is missing/);
    expect(error?.paste?.text).toContain('"ecr:PutImage"');
  });

  test('under an immutable tag that means another image is refused, under the same it is not', async () => {
    aws.immutable.add('team/fixed');
    const { error } = await push(`${aws.host}/team/fixed:1`, 'pusher', otherNumber);
    expect(error).toMatchObject({ code: 'tag_immutable' });
    expect(await tagAt(registry.url, 'team/fixed/manifests/1')).toBe(image.digest);
    expect(await push(`${aws.host}/team/fixed:1`, 'pusher')).toMatchObject({
      state: 'succeeded',
      sentBytes: 0,
    });
    expect(await push(`${aws.host}/team/fixed:3`, 'pusher', otherNumber)).toMatchObject({
      digest: other.digest,
    });
  });

  test('leaves no password of ECR anywhere', async () => {
    expect(aws.handedOut.length).toBeGreaterThan(0);
    expect(await bench.traces(aws.handedOut)).toEqual([]);
  });
});

describe('a push to Google', () => {
  const reference = `${googleHost}/${repository}/app:1`;

  test('by an account that may only read says which role is missing', async () => {
    google.allow({ email: account.email, repository });
    const { error } = await push(reference, 'google');
    expect(error).toMatchObject({ code: 'access_denied' });
    expect(error?.paste?.text).toContain(
      `--member=serviceAccount:${account.email} --role=roles/artifactregistry.writer`,
    );
  });

  test('sends each blob in one request, with a token that may write', async () => {
    google.allowWriting({ email: account.email, repository });
    expect(await push(reference, 'google')).toMatchObject({
      state: 'succeeded',
      error: null,
      digest: image.digest,
    });
    expect(google.requests.some(({ method }) => method === 'PATCH')).toBe(false);
    expect(await tagAt(google.behind.url, `${repository}/app/manifests/1`)).toBe(image.digest);
  });

  test('leaves no token anywhere', async () => {
    expect(await bench.traces([...tokens.sensitive, ...google.sensitive])).toEqual([]);
  });
});
