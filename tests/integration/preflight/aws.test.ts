import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RegistryRule } from '#lib/egress/registries-config.ts';
import { type AwsEndpoint, startAwsEndpoint } from '#tests/support/aws-endpoint.ts';
import { type Key, pullPolicy } from '#tests/support/aws-iam.ts';
import { pushImage } from '#tests/support/images.ts';
import { faultsOf, preflight, type Ran, wordsOf } from '#tests/support/preflight.ts';
import { startRegistry, type TestRegistry } from '#tests/support/registry.ts';

let registry: TestRegistry;
let aws: AwsEndpoint;

beforeAll(async () => {
  registry = await startRegistry({ auth: 'none' });
  aws = await startAwsEndpoint({ registry });
  for (const tag of ['1.4.1', '1.4.2', 'latest']) {
    await pushImage({ registry, repository: 'ml/app', tag, layers: [20_000, 30_000] });
  }
  aws.repositories.add('ml/app');
});
afterAll(async () => {
  await aws?.stop();
  await registry?.stop();
});

describe('ECR', () => {
  test('with a key that may pull: every check passes, and no layer is fetched', async () => {
    const key = aws.addUser();
    const before = aws.front.registryRequests.length;
    const ran = await look({ key });
    expect(faultsOf(ran)).toEqual([]);
    expect(ran.lines).toEqual([
      `passed name: ${aws.host}/ml/app:1.4.2`,
      'passed dns: 127.0.0.1 is an address',
      'skipped tls: It answers over plain http, which registries.json allows',
      `passed sign_in: Signed in as ${key.accessKeyId}, token valid for 12h`,
      'passed permission: May read ml/app, layers included',
      expect.stringMatching(/^passed manifest: sha256:[0-9a-f]{8}…[0-9a-f]{4}$/),
      'passed platform: linux/amd64 only',
      expect.stringMatching(/^passed size: 2 layers, [0-9.]+ kB$/),
      'passed pulls_left: No pull limit on AWS ECR',
    ]);
    const requests = aws.front.registryRequests.slice(before).map(({ method, path, status }) => {
      return `${status} ${method} ${path.replace(/sha256:[0-9a-f]{64}/, 'DIGEST')}`;
    });
    expect(requests).toEqual([
      '401 GET /v2/',
      '200 GET /v2/',
      '200 HEAD /v2/ml/app/manifests/1.4.2',
      '200 GET /v2/ml/app/manifests/DIGEST',
      // The proof that layers are handed out is not followed; the config is then read for its platform.
      '307 GET /v2/ml/app/blobs/DIGEST',
      '307 GET /v2/ml/app/blobs/DIGEST',
    ]);
    expect(aws.front.blobRequests).toHaveLength(1);
  });

  test('through a role says as which', async () => {
    const key = aws.addUser({ name: 'robot', policy: [] });
    const role = aws.addRole({ name: 'slipway-pull', trusts: [key] });
    const ran = await look({ key, more: { role } });
    expect(ran.check('sign_in').detail).toBe('Signed in as role slipway-pull, token valid for 12h');
    expect(ran.failure).toBeUndefined();
  });

  test('with another region in the secret warns, and goes by the host', async () => {
    const ran = await look({ key: aws.addUser(), more: { region: 'us-east-1' } });
    expect(ran.check('sign_in')).toMatchObject({
      state: 'warned',
      problem: { why: expect.stringContaining('AWS_REGION of the secret is us-east-1') },
    });
    expect(ran.failure).toBeUndefined();
  });

  test('with the secret alone asks AWS, and no registry', async () => {
    const before = aws.front.registryRequests.length;
    const key = aws.addUser();
    const ran = await look({ key, reference: null });
    expect(ran.lines.slice(0, 5)).toEqual([
      'skipped name: No image was named: the secret is tried alone',
      'skipped dns: Not tested: no image was named',
      'skipped tls: Not tested: no image was named',
      `passed sign_in: Signed in as ${key.accessKeyId}, token valid for 12h`,
      'skipped permission: Not tested: no image was named',
    ]);
    expect(aws.front.registryRequests.length).toBe(before);
  });
});

describe('ECR refuses', () => {
  const arn = () => aws.arnOf('ml/app');

  test.each<[string, () => Parameters<typeof look>[0], string, readonly (string | RegExp)[], boolean]>([
    [
      'a key that AWS does not know',
      () => {
        const key = aws.addUser();
        aws.removeKey(key);
        return { key };
      },
      'sign_in',
      ['AWS does not know this access key', 'was deleted or deactivated', 'create a new one'],
      true,
    ],
    [
      'a secret half that does not belong to the key',
      () => ({ key: { ...aws.addUser(), secretAccessKey: 'x'.repeat(40) } }),
      'sign_in',
      [/secret access key|AWS_SECRET_ACCESS_KEY/i],
      true,
    ],
    [
      'a temporary key that has ended',
      () => ({ key: aws.addSession(aws.addUser(), { lifeMs: -1_000 }) }),
      'sign_in',
      [/ended|expired/i],
      true,
    ],
    [
      'a user who may not get a token',
      () => ({ key: aws.addUser({ policy: [] }) }),
      'sign_in',
      ['ecr:GetAuthorizationToken'],
      false,
    ],
    [
      'a role that does not trust the user',
      () => ({ key: aws.addUser(), more: { role: aws.addRole({ name: 'closed', trusts: [] }) } }),
      'sign_in',
      ['assume the role closed', 'its trust policy does not name user ci'],
      false,
    ],
    [
      'an external ID that is missing',
      () => {
        const key = aws.addUser();
        return { key, more: { role: aws.addRole({ name: 'guarded', trusts: [key], externalId: 'e-1' }) } };
      },
      'sign_in',
      ['guarded', /external ID/i],
      false,
    ],
    [
      'a user who may read no manifest',
      () => ({ key: aws.addUser({ policy: without('ecr:BatchGetImage') }) }),
      'permission',
      ['ECR refused to hand over the image', 'user ci', 'ecr:BatchGetImage', 'ml/app'],
      false,
    ],
    [
      'a user who may fetch no layer',
      () => ({ key: aws.addUser({ policy: without('ecr:GetDownloadUrlForLayer') }) }),
      'permission',
      ['ECR refused to hand over the image', 'ecr:GetDownloadUrlForLayer', 'ml/app'],
      false,
    ],
    [
      'a repository that does not exist',
      () => ({ key: aws.addUser(), path: 'ml/apps:1' }),
      'permission',
      ['There is no repository ml/apps', 'eu-west-1', 'no permission is missing'],
      false,
    ],
    [
      'a repository of another region',
      () => ({ key: aws.addUser(), path: 'ml/elsewhere:1', more: { region: 'us-east-1' } }),
      'permission',
      ['There is no repository ml/elsewhere', 'The secret says us-east-1'],
      false,
    ],
    [
      'a tag that does not exist',
      () => ({ key: aws.addUser({ policy: without('ecr:none') }), path: 'ml/app:1.4.3' }),
      'manifest',
      [/has no tag 1\.4\.3|no image.*1\.4\.3/, 'The nearest of its tags: 1.4.2, 1.4.1.', 'such as 1.4.2'],
      false,
    ],
    [
      'a tag that does not exist, to a user who may list none',
      () => ({ key: aws.addUser({ policy: without('ecr:ListImages') }), path: 'ml/app:1.4.3' }),
      'manifest',
      ['1.4.3'],
      false,
    ],
    [
      'another platform',
      () => ({ key: aws.addUser(), platform: 'linux/arm64' }),
      'platform',
      ['The image has no linux/arm64 variant', 'It exists for linux/amd64.'],
      false,
    ],
  ])('%s', async (_, asked, at, parts, isCredentialRefused) => {
    const ran = await look(asked());
    expect(faultsOf(ran)).toEqual([]);
    const { text, at: found } = wordsOf(ran);
    expect({ at: found, text }).toMatchObject({ at });
    for (const part of parts) expect(text).toMatch(part);
    expect(ran.isCredentialRefused).toBe(isCredentialRefused);
  });

  test('with the statement to add, for this repository alone', async () => {
    const { paste } = wordsOf(await look({ key: aws.addUser({ policy: without('ecr:BatchGetImage') }) }));
    expect(JSON.parse(paste ?? '')).toMatchObject({ Effect: 'Allow', Resource: arn() });
    expect(JSON.parse(paste ?? '').Action).toContain('ecr:BatchGetImage');
  });

  test.each(['silent', 'unavailable', 'cut', 'malformed', 'redirect'] as const)(
    'nobody when its API is %s, and that is told in time',
    async (fault) => {
      aws.api.faults.set(fault);
      try {
        const ran = await look({ key: aws.addUser(), budgetMs: 2_000 });
        expect(faultsOf(ran)).toEqual([]);
        expect(wordsOf(ran).at).toBe('sign_in');
        expect(ran.isCredentialRefused).toBe(false);
        expect(ran.tookMs).toBeLessThan(20_000);
      } finally {
        aws.api.faults.set(undefined);
      }
    },
  );
});

describe('nothing is asked', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'of the public gallery with a key',
      'public.ecr.aws/docker/library/python:3.12',
      ['public: choose no secret'],
    ],
    ['of another registry with a key', 'ghcr.io/acme/app:1', ['This secret is not for ghcr.io']],
    [
      'of Docker Hub for the image of another registry',
      'docker.io/111122223333.dkr.ecr.eu-west-1.amazonaws.com/ml/app:1',
      ['This image is not on Docker Hub', 'Write 111122223333.dkr.ecr.eu-west-1.amazonaws.com/ml/app:1'],
    ],
  ])('%s', async (_, reference, parts) => {
    const calls = aws.calls.length;
    const ran = await look({ key: aws.addUser(), reference });
    const { at, text } = wordsOf(ran);
    expect(at).toBe('name');
    for (const part of parts) expect(text).toContain(part);
    expect(aws.calls.length).toBe(calls);
  });
});

function without(action: string) {
  return pullPolicy([aws.arnOf('*')]).map((statement) => ({
    ...statement,
    Action: [...statement.Action, 'ecr:ListImages'].filter((one) => one !== action),
  }));
}

function look(options: {
  readonly key: Key;
  readonly more?: Parameters<AwsEndpoint['valuesOf']>[1];
  readonly path?: string;
  readonly reference?: string | null;
  readonly platform?: string;
  readonly budgetMs?: number;
}): Promise<Ran> {
  const { key, more, path = 'ml/app:1.4.2', reference, platform, budgetMs } = options;
  return preflight({
    reference: reference === undefined ? `${aws.host}/${path}` : reference,
    secret: { type: 'aws', host: '*.dkr.ecr.*.amazonaws.com', values: aws.valuesOf(key, more) },
    rules: aws.registries as Readonly<Record<string, RegistryRule>>,
    awsEndpoint: aws.api.url,
    ...(platform === undefined ? {} : { platform }),
    ...(budgetMs === undefined ? {} : { budgetMs }),
  });
}
